import Foundation
import Testing
import Threads

@Test("Everything pushed comes out once and in order, through a queue that is mostly full")
func orderAndCompleteness() throws {
  let queue = BoundedQueue<Int>(capacity: 3)
  let writer = Worker("writer") {
    for number in 0..<10_000 { queue.push(number) }
    queue.close()
  }
  var received: [Int] = []
  while let number = queue.pop() { received.append(number) }
  try writer.join()
  #expect(received == Array(0..<10_000))
  #expect(queue.pop() == nil)
  #expect(queue.push(1) == false)
}

@Test("Groups come out once and in order, as many at a time as wait and are wanted")
func groups() throws {
  let queue = BoundedQueue<Int>(capacity: 5)
  let writer = Worker("writer") {
    for start in stride(from: 0, to: 9_999, by: 3) { queue.push(contentsOf: Array(start..<start + 3)) }
    queue.close()
  }
  var received: [Int] = []
  while true {
    let group = queue.pop(atMost: 2)
    guard !group.isEmpty else { break }
    #expect(group.count <= 2)
    received += group
  }
  try writer.join()
  #expect(received == Array(0..<9_999))
  #expect(queue.push(contentsOf: [1]) == false)
}

@Test("A worker hands over what its body throws")
func workerThrows() {
  struct Failure: Error {}
  let worker = Worker("failing") { throw Failure() }
  #expect(throws: Failure.self) { try worker.join() }
}

@Test("Waiting for an element ends when one comes, when the queue is closed, and when the time is over")
func waitingForAnElement() throws {
  let queue = BoundedQueue<Int>(capacity: 1)
  #expect(!queue.waitForElement(atMost: 0.001))
  let writer = Worker("writer") { queue.push(1) }
  #expect(queue.waitForElement(atMost: 60))
  // It only looks.
  #expect(queue.pop() == 1)
  try writer.join()
  queue.close()
  #expect(queue.waitForElement(atMost: 60))
}

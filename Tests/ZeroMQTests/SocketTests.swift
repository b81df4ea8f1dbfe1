import Foundation
import Testing
import ZeroMQ

@Test("Two-frame messages pass from dealer to router and back over loopback TCP and ipc")
func roundTrip() throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for address in ["tcp://127.0.0.1:*", "ipc://\(folder.path)/socket"] {
    let context = try Context()
    let router = try Socket(.router, in: context)
    let dealer = try Socket(.dealer, in: context)
    try dealer.connect(try router.bind(address))
    try dealer.send(Data("header".utf8), more: true)
    try dealer.send(Data(repeating: 7, count: 65536))

    let message = Message()
    var frames: [Data] = []
    repeat {
      while try !router.receive(into: message) { try router.wait(milliseconds: 1000) }
      frames.append(Data(message.bytes))
    } while message.hasMore
    #expect(frames.count == 3)
    #expect(frames[1] == Data("header".utf8))
    #expect(frames[2] == Data(repeating: 7, count: 65536))

    try router.send(frames[0], more: true)
    try router.send(Data("welcome".utf8))
    while try !dealer.receive(into: message) { try dealer.wait(milliseconds: 1000) }
    #expect(Data(message.bytes) == Data("welcome".utf8))
  }
}

@Test("A busy port is an error that says so")
func busyPort() throws {
  let context = try Context()
  let first = try Socket(.router, in: context)
  let endpoint = try first.bind("tcp://127.0.0.1:*")
  let second = try Socket(.router, in: context)
  let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
  #expect(error?.code == .addressInUse)
  #expect(error?.description.contains(endpoint) == true)
}

@Test("A letter in the mailbox wakes a thread that waits on a socket for ever")
func mailboxWakes() throws {
  let context = try Context()
  let router = try Socket(.router, in: context)
  _ = try router.bind("tcp://127.0.0.1:*")
  let mailbox = Mailbox<Int>()
  let poster = Thread { mailbox.post(42) }
  poster.start()
  try router.wait(for: mailbox.wakeup, milliseconds: -1)
  #expect(mailbox.take() == [42])
}

@Test("Memory that is sent without a copy arrives, is kept until it has left, and then given back")
func sendingWithoutCopy() throws {
  final class Owner: Sendable {
    let bytes = [UInt8](repeating: 7, count: 1 << 20)
    let released: DispatchSemaphore
    init(_ released: DispatchSemaphore) { self.released = released }
    deinit { released.signal() }
  }
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let endpoint = "ipc://\(folder.path)/socket"
  let context = try Context()
  let router = try Socket(.router, in: context)
  let dealer = try Socket(.dealer, in: context)
  try dealer.connect(endpoint)
  let released = DispatchSemaphore(value: 0)
  do {
    let owner = Owner(released)
    try owner.bytes.withUnsafeBytes { try dealer.send($0, keeping: owner) }
  }
  // Nobody listens yet, so it waits here.
  #expect(released.wait(timeout: .now()) == .timedOut)
  _ = try router.bind(endpoint)
  let message = Message()
  var turns = 0
  repeat {
    while try !router.receive(into: message), turns < 60 {
      try router.wait(milliseconds: 1000)
      turns += 1
    }
  } while message.hasMore
  #expect(message.count == 1 << 20 && message.bytes.allSatisfy { $0 == 7 })
  #expect(released.wait(timeout: .now() + 60) == .success)
}

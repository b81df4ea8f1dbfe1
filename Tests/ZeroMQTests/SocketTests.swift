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

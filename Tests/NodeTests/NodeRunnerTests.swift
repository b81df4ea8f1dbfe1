import Foundation
import Instruments
import Logging
import Node
import Protocol
import Sky
import Testing
import Threads
import Topology
import ZeroMQ

private func topology(patience: Double = 10, outage: Double = 3600) -> NetworkTopology {
  let node = Topology.Node(
    name: "alpha", site: Site(latitude: 10, longitude: 20), sampleRate: SampleRate(128), unit: "T", blockSamples: 128,
    instrument: .vectorSensor(
      VectorSensor(
        axes: [.init(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0))], noise: NoiseModel(white: 1))),
    gaps: DataGaps(intervals: [
      .init(start: 2_500_000_000, length: 2_000_000_000, reason: .calibration)
    ]))
  return NetworkTopology(
    name: "one", seed: 1, epoch: GPSTime(nanoseconds: 0), duration: 9_500_000_000, synthesisBlock: 4_000_000_000,
    hub: HubSettings(heartbeat: 0.2, patience: patience, outage: outage), bands: [], signals: [], nodes: [node])
}

private func quietLogger() -> Logger {
  var logger = Logger(label: "node")
  logger.logLevel = .critical
  return logger
}

private struct NoMessage: Error {}

/// A hub played by hand.
private final class ScriptedHub {
  let context: Context
  let socket: Socket
  let endpoint: String
  private let message = Message()
  private var peer = Data()

  init() throws {
    context = try Context()
    socket = try Socket(.router, in: context)
    try socket.setLinger(milliseconds: 1000)
    endpoint = try socket.bind("tcp://127.0.0.1:*")
  }

  func send(_ message: ControlMessage) throws {
    try socket.send(peer, more: true)
    try socket.send(message.encoded())
  }

  /// The frames of the next message after the sender's identity.
  private func frames() throws -> [Data] {
    var frames: [Data] = []
    let deadline = ContinuousClock.now + .seconds(60)
    repeat {
      while try !socket.receive(into: message) {
        guard .now < deadline else { throw NoMessage() }
        try socket.wait(milliseconds: 1000)
      }
      frames.append(Data(message.bytes))
    } while message.hasMore
    peer = frames.removeFirst()
    return frames
  }

  /// The next message that is no heartbeat.
  func next() throws -> (control: ControlMessage?, block: BlockHeader?, payload: Data) {
    while true {
      let frames = try frames()
      if frames.count == 2 {
        return (nil, try frames[0].withUnsafeBytes { try BlockHeader(decoding: $0) }, frames[1])
      }
      let control = try ControlMessage(decoding: frames[0])
      if control != .heartbeat { return (control, nil, Data()) }
    }
  }
}

@Test("A node begins where the welcome says, never passes its credit, goes back when asked, and declares its gap")
func conversation() throws {
  let hub = try ScriptedHub()
  let node = try NodeRunner("alpha", topology: topology(), endpoint: hub.endpoint, logger: quietLogger())
  let summaries = BoundedQueue<StreamSender.Summary>(capacity: 1)
  let thread = Worker("node") {
    summaries.push(try node.run())
  } onFailure: { _ in
    summaries.close()
  }

  let greeting = try hub.next().control
  guard case .hello(let hello)? = greeting else {
    Issue.record("no hello but \(String(describing: greeting))")
    return
  }
  #expect(hello.node == "alpha")
  #expect(hello.channels == ["x"])
  #expect(hello.topology == topology().streamChecksum)
  try hub.send(.welcome(.init(run: "r", nextSequence: 1, nextSample: 128, credit: 4, heartbeat: 0.2)))
  var blocks: [(header: BlockHeader, payload: Data)] = []
  func take(_ count: Int) throws {
    for _ in 0..<count {
      let (_, header, payload) = try hub.next()
      blocks.append((try #require(header), payload))
    }
  }
  try take(3)
  #expect(blocks.map(\.header.sequence) == [1, 2, 3])
  #expect(blocks[0].header.firstSample == 128)
  #expect(blocks[0].header.time == GPSTime(nanoseconds: 1_000_000_000))
  // Nothing beyond the credit: the next to come is the answer to the refusal, block 2 again.
  try hub.send(.acknowledge(.init(durable: 2, credit: 4)))
  try hub.send(.refused(.init(code: "payload-checksum", detail: "again", resumeSequence: 2)))
  try take(2)
  #expect(blocks[3...].map(\.header.sequence) == [2, 3])
  #expect(blocks[3].payload == blocks[1].payload)
  try hub.send(.acknowledge(.init(durable: 4, credit: 100)))
  try take(6)
  #expect(blocks[5...].map(\.header.sequence) == [4, 5, 6, 7, 8, 9])
  #expect(blocks.last?.header.sampleCount == 64)
  // The gap covers samples 320 ..< 576: half of block 2, all of block 3, half of block 4.
  let flags = Dictionary(blocks.map { ($0.header.sequence, $0.header.flags) }, uniquingKeysWith: { $1 })
  #expect(flags[1] == [])
  #expect(flags[2] == .someMissing)
  #expect(flags[3]?.contains(.allMissing) == true)
  #expect(flags[4] == .someMissing)
  #expect(flags[5] == [])
  #expect(blocks.filter { $0.header.sequence == 3 }.allSatisfy { $0.payload.isEmpty && $0.header.missingReason == 2 })

  #expect(try hub.next().control == .goodbye(.init(blocks: 10, samples: 1216, reason: "complete")))
  try hub.send(.farewell(.init(archived: 960, missing: 256)))
  let summary = try #require(summaries.pop())
  try thread.join()
  #expect(summary.samples == 1216)
  #expect(summary.missing == 256)
}

@Test("A final refusal ends the node with the hub's reason")
func refused() throws {
  let hub = try ScriptedHub()
  let node = try NodeRunner("alpha", topology: topology(), endpoint: hub.endpoint, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  _ = try hub.next()
  try hub.send(.refused(.init(code: "topology", detail: "another file")))
  let error = #expect(throws: NodeError.self) { try thread.join() }
  #expect(error?.description.contains("another file") == true)
}

@Test("Without a hub, or when the hub stays away too long, the node says so instead of waiting for ever")
func silence() throws {
  let alone = try NodeRunner(
    "alpha", topology: topology(patience: 0.3), endpoint: "tcp://127.0.0.1:1", logger: quietLogger())
  let none = #expect(throws: NodeError.self) { _ = try alone.run() }
  #expect(none?.description.contains("tcp://127.0.0.1:1") == true)

  let hub = try ScriptedHub()
  let node = try NodeRunner(
    "alpha", topology: topology(patience: 0.3, outage: 0.6), endpoint: hub.endpoint, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  _ = try hub.next()
  try hub.send(.welcome(.init(run: "r", nextSequence: 0, nextSample: 0, credit: 2, heartbeat: 0.1)))
  let silent = #expect(throws: NodeError.self) { try thread.join() }
  #expect(silent?.description.contains("silent") == true)
}

@Test("A stop ends the stream after what was sent, with its reason")
func stop() throws {
  let hub = try ScriptedHub()
  let node = try NodeRunner("alpha", topology: topology(), endpoint: hub.endpoint, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  _ = try hub.next()
  try hub.send(.welcome(.init(run: "r", nextSequence: 0, nextSample: 0, credit: 2, heartbeat: 0.2)))
  for sequence in 0..<2 { #expect(try hub.next().block?.sequence == UInt64(sequence)) }
  // What was refused before the stop goes once more, and so does what is refused after the goodbye.
  try hub.send(.refused(.init(code: "payload-checksum", detail: "again", resumeSequence: 0)))
  try hub.send(.stop(reason: "tea time"))
  for sequence in 0..<2 { #expect(try hub.next().block?.sequence == UInt64(sequence)) }
  #expect(try hub.next().control == .goodbye(.init(blocks: 2, samples: 256, reason: "tea time")))
  try hub.send(.refused(.init(code: "payload-checksum", detail: "again", resumeSequence: 1)))
  #expect(try hub.next().block?.sequence == 1)
  try hub.send(.farewell(.init(archived: 256, missing: 0)))
  try thread.join()
}

@Test("A node that a new hub does not know greets it, and goes back to where that hub is, before what it still holds")
func newHub() throws {
  let hub = try ScriptedHub()
  let node = try NodeRunner("alpha", topology: topology(), endpoint: hub.endpoint, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  _ = try hub.next()
  try hub.send(.welcome(.init(run: "r", nextSequence: 0, nextSample: 0, credit: 4, heartbeat: 0.2)))
  var payloads: [Data] = []
  for _ in 0..<4 { payloads.append(try hub.next().payload) }
  // Two are durable, one more has come: a hub that recovers knows of two, or of none when its file is gone.
  try hub.send(.acknowledge(.init(durable: 2, credit: 4)))
  for (sequence, sample): (UInt64, Int64) in [(3, 384), (2, 256), (0, 0)] {
    try hub.send(.refused(.init(code: "not-welcomed", detail: "who?")))
    guard case .hello? = try hub.next().control else {
      Issue.record("no greeting")
      return
    }
    try hub.send(
      .welcome(
        .init(
          run: "r", nextSequence: sequence, nextSample: sample, durable: min(2, sequence), credit: 4, heartbeat: 0.2)))
    for expected in Int(sequence)..<4 {
      let (_, header, payload) = try hub.next()
      #expect(header?.sequence == UInt64(expected))
      #expect(payload == payloads[expected])
    }
  }
  try hub.send(.acknowledge(.init(durable: 4, credit: 10)))
  for sequence in 4..<10 { #expect(try hub.next().block?.sequence == UInt64(sequence)) }
  #expect(try hub.next().control == .goodbye(.init(blocks: 10, samples: 1216, reason: "complete")))
  // All is acknowledged: the node needs no farewell from a hub that goes.
  try hub.send(.acknowledge(.init(durable: 10, credit: 10)))
  try thread.join()
}

@Test("A silent hub is greeted again on a new connection, and what it had not acknowledged is sent again")
func silentHub() throws {
  let hub = try ScriptedHub()
  let node = try NodeRunner("alpha", topology: topology(patience: 0.5), endpoint: hub.endpoint, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  guard case .hello(let first)? = try hub.next().control else {
    Issue.record("no greeting")
    return
  }
  try hub.send(.welcome(.init(run: "r", nextSequence: 0, nextSample: 0, credit: 3, heartbeat: 0.2)))
  for sequence in 0..<3 { #expect(try hub.next().block?.sequence == UInt64(sequence)) }
  guard case .hello(let second)? = try hub.next().control else {
    Issue.record("no second greeting")
    return
  }
  // The same process, so that the hub need not wait until the old connection is dead.
  #expect(first == second)
  #expect(first.instance != nil)
  try hub.send(.welcome(.init(run: "r", nextSequence: 1, nextSample: 128, credit: 3, heartbeat: 0.2)))
  for sequence in 1..<3 { #expect(try hub.next().block?.sequence == UInt64(sequence)) }
  try hub.send(.stop(reason: "enough"))
  #expect(try hub.next().control == .goodbye(.init(blocks: 3, samples: 384, reason: "enough")))
  try hub.send(.farewell(.init(archived: 128, missing: 256)))
  try thread.join()
}

@Test(
  "A node says from when on it can carry a signal, and makes anew what was to carry it while it was away",
  arguments: [false, true])
func liveSignals(spools: Bool) throws {
  let hub = try ScriptedHub()
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let node = try NodeRunner(
    "alpha", topology: topology(), endpoint: hub.endpoint,
    spool: spools ? .init(folder: folder, limit: 1 << 20) : nil, logger: quietLogger())
  let thread = Worker("node") { _ = try node.run() }
  guard case .hello(let hello)? = try hub.next().control else {
    Issue.record("no greeting")
    return
  }
  #expect(hello.injects == true)
  try hub.send(.welcome(.init(run: "r", nextSequence: 0, nextSample: 0, credit: 10, heartbeat: 0.2)))
  let before = try (0..<10).map { _ in try hub.next().payload }
  guard case .goodbye? = try hub.next().control else {
    Issue.record("no goodbye")
    return
  }
  let text =
    "{name: hum, kind: line, coupling: magnetic-dipole, rest-frequency: 20 Hz, strength: {rms: 1 pT}, start: 6 s}"
  var signal = LiveSignal(name: "hum", index: 0, seed: 1, text: text)
  // All 1216 samples are made; one more is kept clear of.
  try hub.send(.prepare(.init(identifier: "a", signals: [signal])))
  #expect(
    try hub.next().control == .ready(.init(identifier: "a", earliestNanoseconds: 1217 * 1_000_000_000 / 128)))
  try hub.send(.abandon(identifier: "a"))
  signal.text = "{name: hum}"
  try hub.send(.prepare(.init(identifier: "b", signals: [signal])))
  guard case .ready(let answer)? = try hub.next().control else {
    Issue.record("no answer")
    return
  }
  #expect(answer.identifier == "b" && answer.problem != nil)

  // Another hub has decided while this node was away.
  signal.text = text
  try hub.send(.refused(.init(code: "not-welcomed", detail: "who?")))
  guard case .hello? = try hub.next().control else {
    Issue.record("no second greeting")
    return
  }
  try hub.send(
    .welcome(.init(run: "r", nextSequence: 4, nextSample: 512, credit: 10, heartbeat: 0.2, signals: [signal])))
  for sequence in 4..<10 {
    let (_, header, payload) = try hub.next()
    #expect(header?.sequence == UInt64(sequence))
    // Sample 768 is the first at 6 s.
    #expect((payload == before[sequence]) == (sequence < 6))
    #expect(payload.count == before[sequence].count)
  }
  guard case .goodbye? = try hub.next().control else {
    Issue.record("no second goodbye")
    return
  }
  try hub.send(.farewell(.init(archived: 960, missing: 256)))
  try thread.join()
}

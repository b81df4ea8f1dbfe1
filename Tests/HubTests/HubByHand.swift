import Archive
import Foundation
import Hub
import Instruments
import Logging
import Numerics
import Protocol
import Sky
import Testing
import Threads
import Topology
import ZeroMQ

/// Two single-channel nodes of 100 Hz, blocks of 500 samples.
func topology(duration: Int64 = 20, absence: Double = 60) -> NetworkTopology {
  let nodes = ["alpha", "beta"].map { name in
    Topology.Node(
      name: name, site: Site(latitude: name == "alpha" ? 10 : 40, longitude: 20), sampleRate: SampleRate(100),
      unit: "T",
      blockSamples: 500,
      instrument: .vectorSensor(
        VectorSensor(
          axes: [.init(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0))], noise: NoiseModel(white: 1))))
  }
  return NetworkTopology(
    name: "pair", seed: 1, epoch: GPSTime(nanoseconds: 1_400_000_000_000_000_000), duration: duration * 1_000_000_000,
    synthesisBlock: 4_000_000_000, hub: HubSettings(heartbeat: 0.2, patience: 10, absence: absence),
    bands: [
      AnalysisBand(
        name: "low", lowestFrequency: 5, highestFrequency: 40, segment: 2_000_000_000, integration: 10_000_000_000)
    ], signals: [], nodes: nodes)
}

/// A node played by hand.
struct Peer {
  let name: String
  let socket: Socket
  let message = Message()
  let topology: NetworkTopology

  init(_ name: String, _ topology: NetworkTopology, _ context: Context, _ endpoint: String) throws {
    self.name = name
    self.topology = topology
    socket = try Socket(.dealer, in: context)
    try socket.setLinger(milliseconds: 0)
    try socket.connect(endpoint)
  }

  func hello(_ change: (inout ControlMessage.Hello) -> Void = { _ in }) throws {
    var hello = ControlMessage.Hello(
      node: name, topology: topology.streamChecksum, channels: ["x"], rateNumerator: 100, rateDenominator: 1,
      blockSamples: 500)
    change(&hello)
    try socket.send(ControlMessage.hello(hello).encoded())
  }

  /// Sends a block; `change` may spoil header or samples after the checksum was made.
  func block(_ sequence: UInt64, spoil change: (inout BlockHeader, inout [Double]) -> Void = { _, _ in }) throws {
    var samples = (0..<500).map { sinOfSample(Int(sequence) * 500 + $0) }
    var header = BlockHeader(
      stream: nodeIdentifier(name), sequence: sequence, firstSample: Int64(sequence) * 500,
      time: SampleRate(100).time(ofSample: Int64(sequence) * 500, epoch: topology.epoch), sampleCount: 500,
      channelCount: 1)
    header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
    change(&header, &samples)
    var bytes = [UInt8](repeating: 0, count: BlockHeader.size)
    bytes.withUnsafeMutableBytes { header.encode(into: $0) }
    try bytes.withUnsafeBytes { try socket.send($0, more: true) }
    try samples.withUnsafeBytes { try socket.send($0) }
  }

  /// When whatever is waited for now has to be there.
  private static var deadline: ContinuousClock.Instant { .now + .seconds(60) }

  /// The next message of any kind.
  /// - Throws: ``NoMessage`` when none has come in time.
  private func receive(by deadline: ContinuousClock.Instant) throws -> ControlMessage {
    while try !socket.receive(into: message) {
      guard .now < deadline else { throw NoMessage() }
      try socket.wait(milliseconds: 1000)
    }
    return try ControlMessage(decoding: Data(message.bytes))
  }

  /// The next message that is no heartbeat and no acknowledgement, or is one when asked for.
  func next(where wanted: (ControlMessage) -> Bool = { _ in true }) throws -> ControlMessage {
    let deadline = Self.deadline
    while true {
      let received = try receive(by: deadline)
      switch received {
      case .heartbeat, .acknowledge: continue
      default: if wanted(received) { return received }
      }
    }
  }

  /// The next acknowledgement that is wanted.
  func acknowledgement(where wanted: (ControlMessage.Acknowledge) -> Bool) throws -> ControlMessage.Acknowledge {
    let deadline = Self.deadline
    while true {
      if case .acknowledge(let body) = try receive(by: deadline), wanted(body) { return body }
    }
  }

  /// Waits until the hub has sent three heartbeats more.
  func pause() throws {
    try socket.send(ControlMessage.heartbeat.encoded())
    let deadline = Self.deadline
    for _ in 0..<3 {
      while try receive(by: deadline) != .heartbeat {}
    }
  }

  func welcome() throws -> ControlMessage.Welcome {
    try hello { $0.instance = name }
    guard case .welcome(let welcome) = try next() else { throw NoWelcome() }
    return welcome
  }

  /// Sends the end of the stream and waits for the answer.
  func goodbye(blocks: UInt64) throws -> ControlMessage {
    try socket.send(
      ControlMessage.goodbye(.init(blocks: blocks, samples: Int64(blocks) * 500, reason: "complete")).encoded())
    return try next { if case .farewell = $0 { true } else { false } }
  }

  func refusal() throws -> ControlMessage.Refused {
    let message = try next(where: { if case .refused = $0 { true } else { false } })
    guard case .refused(let refusal) = message else { return .init(code: "none", detail: "\(message)") }
    return refusal
  }
}

/// What a node played by hand measures.
func sinOfSample(_ number: Int) -> Double { sin(Double(number / 500) * 500 + Double(number % 500)) }

/// CRC-32C bit by bit, independent of the kernels.
func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
}

struct NoWelcome: Error {}
struct NoMessage: Error {}

/// A hub at work in this process, with its archive in a folder that goes with it.
final class RunningHub {
  let endpoint: String
  let archive: String
  private let folder: String
  private let outcomes = BoundedQueue<Hub.Outcome>(capacity: 1)
  private let thread: Worker
  private let hub: Hub

  init(_ topology: NetworkTopology) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    archive = folder + "/archive.h5"
    var logger = Logger(label: "hub")
    logger.logLevel = .critical
    let hub = try Hub(
      topology: topology, options: .init(archive: archive, run: "test", topologyText: "", provenance: "{}"),
      logger: logger)
    self.hub = hub
    let endpoints = BoundedQueue<String>(capacity: 1)
    thread = Worker("hub") { [outcomes] in
      outcomes.push(try hub.run { endpoints.push($0) })
    } onFailure: { [outcomes] _ in
      endpoints.close()
      outcomes.close()
    }
    endpoint = try #require(endpoints.pop())
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func stop() { hub.stop(reason: "test") }

  /// Waits for the end of the run.
  func outcome() throws -> Hub.Outcome {
    let outcome = outcomes.pop()
    try thread.join()
    return try #require(outcome)
  }
}

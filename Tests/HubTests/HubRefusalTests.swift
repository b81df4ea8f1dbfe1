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

/// Two single-channel nodes of 100 Hz for 20 s, blocks of 500 samples.
private func topology() -> NetworkTopology {
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
    name: "pair", seed: 1, epoch: GPSTime(nanoseconds: 1_400_000_000_000_000_000), duration: 20_000_000_000,
    synthesisBlock: 4_000_000_000, hub: HubSettings(heartbeat: 0.2, patience: 10),
    bands: [
      AnalysisBand(
        name: "low", lowestFrequency: 5, highestFrequency: 40, segment: 2_000_000_000, integration: 10_000_000_000)
    ], signals: [], nodes: nodes)
}

/// A node played by hand.
private struct Peer {
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
    var samples = (0..<500).map { sin(Double(sequence) * 500 + Double($0)) }
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

  /// The next message that is no heartbeat and no acknowledgement, or is one when asked for.
  func next(where wanted: (ControlMessage) -> Bool = { _ in true }) throws -> ControlMessage {
    while true {
      while try !socket.receive(into: message) { try socket.wait(milliseconds: 1000) }
      let received = try ControlMessage(decoding: Data(message.bytes))
      switch received {
      case .heartbeat, .acknowledge: continue
      default: if wanted(received) { return received }
      }
    }
  }

  func refusal() throws -> ControlMessage.Refused {
    let message = try next(where: { if case .refused = $0 { true } else { false } })
    guard case .refused(let refusal) = message else { return .init(code: "none", detail: "\(message)") }
    return refusal
  }
}

/// CRC-32C bit by bit, independent of the kernels.
private func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
}

@Test("Whatever a peer sends, the hub answers with the reason, keeps what is right, and archives it all")
func refusals() throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let topology = topology()
  var logger = Logger(label: "hub")
  logger.logLevel = .critical
  let hub = try Hub(
    topology: topology,
    options: .init(archive: folder + "/archive.h5", run: "test", topologyText: "", provenance: "{}"), logger: logger)
  let endpoints = BoundedQueue<String>(capacity: 1)
  let outcomes = BoundedQueue<Hub.Outcome>(capacity: 1)
  let thread = Worker("hub") {
    outcomes.push(try hub.run { endpoints.push($0) })
  } onFailure: { _ in
    endpoints.close()
    outcomes.close()
  }
  let endpoint = try #require(endpoints.pop())
  let context = try Context()

  // Strangers.
  let stranger = try Peer("gamma", topology, context, endpoint)
  try stranger.block(0)
  #expect(try stranger.refusal().code == "not-welcomed")
  try stranger.hello()
  #expect(try stranger.refusal().code == "unknown-node")
  try stranger.socket.send(Data("nonsense".utf8))
  #expect(try stranger.refusal().code == "message")
  let old = try Peer("alpha", topology, context, endpoint)
  try old.hello { $0.protocolVersion = 7 }
  #expect(try old.refusal().code == "version")
  try old.hello { $0.topology = "0" }
  #expect(try old.refusal().code == "topology")
  try old.hello { $0.blockSamples = 1 }
  #expect(try old.refusal().code == "layout")
  try old.hello { ($0.sampleType, $0.basebandHertz) = (.complex128, 1000) }
  let mixed = try old.refusal()
  #expect(mixed.code == "sample-type")
  #expect(mixed.detail.contains("complex128 about 1000.0 Hz") && mixed.detail.contains("float64"))

  // A node that makes every mistake once, and corrects it.
  let alpha = try Peer("alpha", topology, context, endpoint)
  try alpha.hello()
  let answer = try alpha.next()
  guard case .welcome(let welcome) = answer else {
    Issue.record("no welcome but \(answer)")
    return
  }
  #expect(welcome.nextSequence == 0)
  #expect(welcome.credit >= 4)
  try old.hello()
  #expect(try old.refusal().code == "name-taken")
  try alpha.block(0)
  let spoils: [(String, (inout BlockHeader, inout [Double]) -> Void)] = [
    ("payload-checksum", { $1[7] += 1 }), ("payload-length", { $1.removeLast() }),
    ("sample-index", { header, _ in header.firstSample += 1 }),
    ("time", { header, _ in header.time = header.time.advanced(byNanoseconds: -1) }),
    ("sequence", { header, _ in header.sequence += 1 }), ("unknown-stream", { header, _ in header.stream = 1 }),
    ("other-sample-type", { header, _ in header.sampleType = .complex128 }),
    (
      "non-finite",
      { header, samples in
        samples[3] = .infinity
        header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
      }
    ),
  ]
  for (code, spoil) in spoils {
    try alpha.block(1, spoil: spoil)
    let refusal = try alpha.refusal()
    #expect(refusal.code == code)
    #expect(refusal.resumeSequence == 1)
  }
  try alpha.block(0)
  for sequence in 1..<3 { try alpha.block(UInt64(sequence)) }
  try alpha.block(3) { header, samples in
    samples.replaceSubrange(10..<20, with: repeatElement(.nan, count: 10))
    header.flags = .someMissing
    header.missingReason = 1
    header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
  }
  try alpha.socket.send(ControlMessage.goodbye(.init(blocks: 4, samples: 2000, reason: "complete")).encoded())
  #expect(try alpha.next() == .farewell(.init(archived: 1990, missing: 10)))

  let beta = try Peer("beta", topology, context, endpoint)
  try beta.hello()
  _ = try beta.next()
  for sequence in 0..<4 { try beta.block(UInt64(sequence)) }
  try beta.socket.send(ControlMessage.goodbye(.init(blocks: 4, samples: 2000, reason: "complete")).encoded())
  #expect(try beta.next() == .farewell(.init(archived: 2000, missing: 0)))

  let outcome = try #require(outcomes.pop())
  try thread.join()
  #expect(outcome.status == .complete)
  let row = outcome.accounting[0]
  #expect([row.sent, row.archived, row.declaredMissing, row.duplicate, row.refused] == [2000, 1990, 10, 1, 8])
  #expect(try ArchiveVerification(of: folder + "/archive.h5").isWhole)
  let reader = try ArchiveReader(opening: folder + "/archive.h5")
  let samples = try reader.samples(stream: 0, channel: 0, 0..<2000)
  for (index, sample) in samples.enumerated() where !(1510..<1520).contains(index) {
    #expect(sample == sin(Double(index / 500 * 500) + Double(index % 500)))
  }
  #expect(samples[1510..<1520].allSatisfy { $0.isNaN })
  // Segments of 2 s every 1 s; those that touch the gap lack alpha.
  let products = try reader.products(band: 0)
  #expect(products.map(\.present) == [[true, true], [true, true], [false, true]])
  #expect(products.reduce(0) { $0 + $1.segments } == 19)
  #expect(products.last?.segments == 2)
}

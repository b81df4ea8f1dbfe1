import CKernels
import Foundation
import Hub
import Logging
import Protocol
import Threads
import Topology
import ZeroMQ

/// A hub at work in this process, and a peer that was welcomed and then sends whatever comes to its mind.
enum FuzzedHub {
  static func make() -> (inout FuzzRandom) -> Bool {
    do {
      let peer = try HostilePeer()
      return { random in
        do {
          return try peer.send(&random)
        } catch {
          preconditionFailure("the hub cannot be reached any more: \(error)")
        }
      }
    } catch {
      preconditionFailure("the hub cannot be started: \(error)")
    }
  }
}

private final class HostilePeer {
  private let topology = HubBenchmark.topology(channels: 2, samples: 1 << 30)
  private let context: Context
  private let peer: Socket
  private let stranger: Socket
  private let message = Message()
  private let path: String
  private var header: BlockHeader
  private let payload = [Double](repeating: 0.5, count: HubBenchmark.blockSamples)
  private var sent = 0

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(getpid()).h5").path
    var logger = Logger(label: "hub")
    logger.logLevel = .critical
    let hub = try Hub(
      topology: topology,
      options: .init(
        archive: path, replaceArchive: true, workers: 1, run: "fuzz", topologyText: "", provenance: "{}",
        synchronise: false), logger: logger)
    let endpoints = BoundedQueue<String>(capacity: 1)
    // It ends with the process.
    _ = Worker("hub") {
      _ = try hub.run { endpoints.push($0) }
    } onFailure: { _ in
      endpoints.close()
    }
    guard let endpoint = endpoints.pop() else { throw BenchmarkError(description: "the hub does not run") }
    // The archive stays open and goes with the process.
    unlink(path)
    context = try Context()
    header = BlockHeader(
      stream: streamIdentifier(of: topology.nodes[0]), sequence: 0, firstSample: 0, time: topology.epoch,
      sampleCount: UInt32(HubBenchmark.blockSamples), channelCount: 1)
    peer = try Socket(.dealer, in: context)
    stranger = try Socket(.dealer, in: context)
    for socket in [peer, stranger] {
      try socket.setLinger(milliseconds: 0)
      try socket.connect(endpoint)
    }
  }

  private func hello(_ name: String) -> Data {
    ControlMessage.hello(
      .init(
        node: name, topology: topology.streamChecksum, channels: topology.nodes[0].channelNames, rateNumerator: 512,
        rateDenominator: 1, blockSamples: HubBenchmark.blockSamples, instance: "hostile")
    ).encoded()
  }

  /// - Returns: whether the block that was sent is one that the hub has to take.
  func send(_ random: inout FuzzRandom) throws -> Bool {
    // Whatever it has done before, it may begin again.
    if sent % 64 == 0 { try peer.send(hello(topology.nodes[0].name)) }
    sent += 1
    var isSound = false
    switch random.below(3) {
    case 0: try peer.send(Data(FuzzTarget.message(&random)))
    case 1:
      // Two frames, a sound header but for what is changed in it.
      var bytes = [UInt8](repeating: 0, count: BlockHeader.size)
      header.payloadChecksum = payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) }
      header.sequence = random.below(2) == 0 ? 0 : random.odd()
      header.firstSample = random.below(2) == 0 ? 0 : Int64(bitPattern: random.odd())
      header.flags = BlockHeader.Flags(rawValue: UInt16(random.below(4)))
      header.clockOffset = [0, 1e300, -1e-300, 1][random.below(4)]
      bytes.withUnsafeMutableBytes { header.encode(into: $0) }
      if random.below(4) == 0 { bytes = FuzzTarget.damaged(bytes, pieces: [[0], [255, 255]], &random) }
      isSound = header.sequence == 0 && header.firstSample == 0
      try peer.send(Data(bytes), more: true)
      let length = random.below(3) == 0 ? random.below(8 * payload.count) : 8 * payload.count
      try payload.withUnsafeBytes { try peer.send(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    default:
      // More frames than anybody wants.
      for _ in 0..<random.below(5) { try peer.send(Data(FuzzTarget.message(&random).prefix(1000)), more: true) }
      try peer.send(Data())
    }
    while try peer.receive(into: message) {}
    if sent % 64 == 0 {
      try stranger.send(hello("nobody"))
      repeat { try stranger.wait(milliseconds: 1000) } while try !stranger.receive(into: message)
    }
    return isSound
  }
}

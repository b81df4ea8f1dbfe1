import ArgumentParser
import CKernels
import Foundation
import Protocol
import Sky
import Topology
import ZeroMQ

/// Stands in for several nodes at once: sends blocks that it computed beforehand, as fast as the hub's credit allows, so
/// that the hub and not the synthesis is measured.
struct SendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "send", shouldDisplay: false)

  @Option var hub: String
  @Option var channels: Int
  @Option var samples: Int64
  @Option var first: Int
  @Option var count: Int

  func run() throws {
    let topology = HubBenchmark.topology(channels: channels, samples: samples)
    let context = try Context()
    var streams = try topology.nodes[first..<(first + count)].map {
      try PrecomputedStream(node: $0, topology: topology, context: context, endpoint: hub)
    }
    while streams.contains(where: { !$0.isDone }) {
      var progressed = false
      for index in streams.indices where !streams[index].isDone {
        progressed = try streams[index].step() || progressed
      }
      if !progressed, let waiting = streams.first(where: { !$0.isDone }) {
        try waiting.socket.wait(milliseconds: 1)
      }
    }
  }
}

/// One stream whose few distinct payloads are sent in turn.
struct PrecomputedStream {
  let socket: Socket
  private let message = Message()
  private let payloads: [[Double]]
  private let checksums: [UInt32]
  private var header: BlockHeader
  private let length: Int64
  private let rate: SampleRate
  private let epoch: GPSTime
  private var credit: UInt64 = 0
  private var goodbyeSent = false
  private(set) var isDone = false

  init(node: Node, topology: NetworkTopology, context: Context, endpoint: String) throws {
    socket = try Socket(.dealer, in: context)
    try socket.setHighWaterMark(0)
    try socket.setLinger(milliseconds: 2000)
    try socket.connect(endpoint)
    rate = node.sampleRate
    epoch = topology.epoch
    length = try topology.sampleCount(of: node)
    let stream = streamIdentifier(of: node)
    payloads = (0..<4).map { turn in
      (0..<node.blockSamples).map { sin(Double($0 * (turn + 3)) * 0.37 + Double(stream % 97)) }
    }
    checksums = payloads.map { payload in payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) } }
    header = BlockHeader(
      stream: stream, sequence: 0, firstSample: 0, time: epoch, sampleCount: UInt32(node.blockSamples), channelCount: 1)
    try socket.send(
      ControlMessage.hello(
        .init(
          node: node.name, topology: topology.streamChecksum, channels: node.channelNames,
          rateNumerator: rate.numerator, rateDenominator: rate.denominator, blockSamples: node.blockSamples)
      ).encoded())
  }

  /// Sends what credit allows and reads what has come.
  /// - Returns: whether anything was done.
  mutating func step() throws -> Bool {
    var progressed = false
    while try socket.receive(into: message) {
      progressed = true
      switch try ControlMessage(decoding: Data(message.bytes)) {
      case .welcome(let welcome): credit = welcome.credit
      case .acknowledge(let acknowledge): credit = max(credit, acknowledge.credit)
      case .farewell: isDone = true
      case .refused(let refusal): throw ValidationError("refused: \(refusal.detail)")
      default: break
      }
    }
    // A bound on one turn, so that the streams of this process advance together.
    for _ in 0..<4 where header.firstSample < length && header.sequence < credit {
      progressed = true
      let turn = Int(header.sequence % UInt64(payloads.count))
      header.time = rate.time(ofSample: header.firstSample, epoch: epoch)
      header.payloadChecksum = checksums[turn]
      try withUnsafeTemporaryAllocation(byteCount: BlockHeader.size, alignment: 8) { bytes in
        header.encode(into: bytes)
        try socket.send(UnsafeRawBufferPointer(bytes), more: true)
      }
      try payloads[turn].withUnsafeBytes { try socket.send($0) }
      header.sequence += 1
      header.firstSample += Int64(header.sampleCount)
    }
    if header.firstSample >= length, !goodbyeSent {
      goodbyeSent = true
      try socket.send(
        ControlMessage.goodbye(.init(blocks: header.sequence, samples: length, reason: "complete")).encoded())
    }
    return progressed
  }
}

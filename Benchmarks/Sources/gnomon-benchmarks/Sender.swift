import ArgumentParser
import CKernels
import Foundation
import Protocol
import Sky
import Threads
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
    let endpoint = hub
    let (welcomed, start) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let threads = topology.nodes[first..<(first + count)].map { node in
      Worker(
        node.name,
        {
          var stream = try PrecomputedStream(node: node, topology: topology, context: context, endpoint: endpoint)
          while !stream.isWelcomed { try stream.receiveAll(milliseconds: 1000) }
          welcomed.signal()
          start.wait()
          try stream.run()
        }, onFailure: { _ in welcomed.signal() })
    }
    for _ in threads { welcomed.wait() }
    // Whoever measures hears that all are here, and starts the clock.
    print("ready")
    fflush(nil)
    _ = readLine()
    for _ in threads { start.signal() }
    for thread in threads { try thread.join() }
  }
}

/// Samples that are sent again and again.
final class Payload: Sendable {
  let samples: [Double]
  let checksum: UInt32

  init(_ samples: [Double]) {
    self.samples = samples
    checksum = samples.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) }
  }
}

/// One stream whose few distinct payloads are sent in turn.
struct PrecomputedStream {
  private let socket: Socket
  private let message = Message()
  private let payloads: [Payload]
  private var header: BlockHeader
  private let length: Int64
  private let rate: SampleRate
  private let epoch: GPSTime
  private var credit: UInt64 = 0
  private var isDone = false
  private(set) var isWelcomed = false

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
      Payload((0..<node.blockSamples).map { sin(Double($0 * (turn + 3)) * 0.37 + Double(stream % 97)) })
    }
    header = BlockHeader(
      stream: stream, sequence: 0, firstSample: 0, time: epoch, sampleCount: UInt32(node.blockSamples), channelCount: 1)
    try socket.send(
      ControlMessage.hello(
        .init(
          node: node.name, topology: topology.streamChecksum, channels: node.channelNames,
          rateNumerator: rate.numerator, rateDenominator: rate.denominator, blockSamples: node.blockSamples)
      ).encoded())
  }

  /// Sends the stream to its end and waits for the farewell.
  mutating func run() throws {
    while header.firstSample < length {
      try sendBlocks()
      if header.firstSample < length { try receiveAll(milliseconds: 1000) }
    }
    try socket.send(
      ControlMessage.goodbye(.init(blocks: header.sequence, samples: length, reason: "complete")).encoded())
    while !isDone { try receiveAll(milliseconds: 1000) }
  }

  /// Waits for the hub and reads what has come.
  mutating func receiveAll(milliseconds: Int) throws {
    try socket.wait(milliseconds: milliseconds)
    while try socket.receive(into: message) {
      switch try ControlMessage(decoding: Data(message.bytes)) {
      case .welcome(let welcome):
        credit = welcome.credit
        isWelcomed = true
      case .acknowledge(let acknowledge): credit = max(credit, acknowledge.credit)
      case .farewell: isDone = true
      case .refused(let refusal): throw ValidationError("refused: \(refusal.detail)")
      default: break
      }
    }
  }

  /// Sends what credit allows, without a copy, as nodes do.
  private mutating func sendBlocks() throws {
    while header.firstSample < length, header.sequence < credit {
      let payload = payloads[Int(header.sequence % UInt64(payloads.count))]
      header.time = rate.time(ofSample: header.firstSample, epoch: epoch)
      header.payloadChecksum = payload.checksum
      try withUnsafeTemporaryAllocation(byteCount: BlockHeader.size, alignment: 8) { bytes in
        header.encode(into: bytes)
        try socket.send(UnsafeRawBufferPointer(bytes), more: true)
      }
      try payload.samples.withUnsafeBytes { try socket.send($0, keeping: payload) }
      header.sequence += 1
      header.firstSample += Int64(header.sampleCount)
    }
  }
}

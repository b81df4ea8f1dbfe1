import Foundation
import Instruments
import Logging
import Protocol
import Threads
import Topology
import ZeroMQ

/// One node at work: renders its stream, sends it to the hub, and stays until the hub has all of it for good.
///
/// The thread that calls ``run()`` owns the socket; a second one renders. Samples flow by credit, and a block is kept until
/// the hub acknowledges that it is durable, so that the node can go back when the hub asks.
public final class NodeRunner: Sendable {
  /// What became of the stream; all counts of samples are per channel.
  public struct Summary: Sendable, Codable, Hashable {
    public var node: String
    public var blocks: UInt64
    public var samples: Int64
    public var archived: Int64
    public var missing: Int64
    /// `complete`, or why the stream ended early.
    public var reason: String
  }

  enum Letter: Sendable {
    case generated(BlockGenerator.Event)
    case stop(String)
  }

  private let topology: NetworkTopology
  private let node: Topology.Node
  private let endpoint: String
  private let logger: Logger
  private let mailbox = Mailbox<Letter>()

  /// - Parameters:
  ///   - name: a node of the topology.
  ///   - endpoint: where the hub listens.
  /// - Throws: ``NodeError/unknownNode(_:known:)``.
  public init(_ name: String, topology: NetworkTopology, endpoint: String, logger: Logger) throws {
    guard let node = topology.nodes.first(where: { $0.name == name }) else {
      throw NodeError.unknownNode(name, known: topology.nodes.map(\.name))
    }
    self.topology = topology
    self.node = node
    self.endpoint = endpoint
    self.logger = logger
  }

  /// Ends the stream in good order, from any thread: the node says goodbye and waits until all that it sent is durable.
  public func stop(reason: String) {
    mailbox.post(.stop(reason))
  }

  /// Runs the node to the end of its stream.
  /// - Returns: what was sent and what the hub archived of it.
  /// - Throws: ``NodeError``, `ZeroMQError`, or what the instrument's synthesis throws.
  public func run() throws -> Summary {
    let source = try NodeSource(node: node, topology: topology)
    let sampleType = BlockHeader.SampleType(baseband: node.baseband)
    let pacer = Pacer(speed: topology.speed)
    let bytes = source.channels.count * node.blockSamples * sampleType.size
    let generator = BlockGenerator(
      node: node, stream: source.stream, channelCount: source.channels.count, epoch: topology.epoch,
      length: source.length, pacer: pacer, poolSize: max(4, min(64, (4 << 20) / bytes)))

    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    try socket.setLinger(milliseconds: 2000)
    try socket.setHighWaterMark(0)
    try socket.connect(endpoint)
    let session = HubSession(
      socket: socket, endpoint: endpoint, settings: topology.hub, generator: generator, logger: logger)
    try socket.send(
      ControlMessage.hello(
        .init(
          node: node.name, topology: topology.streamChecksum, channels: source.channels,
          sampleType: sampleType, basebandHertz: node.baseband, rateNumerator: node.sampleRate.numerator,
          rateDenominator: node.sampleRate.denominator,
          blockSamples: node.blockSamples)
      ).encoded())

    var worker: Worker?
    defer {
      generator.stop()
      try? worker?.join()
    }
    while session.farewell == nil {
      for letter in mailbox.take() {
        switch letter {
        case .generated(.block(let block)): session.queue(block)
        case .generated(.finished): session.generatorFinished()
        case .generated(.failed(let error)): throw error
        case .stop(let reason):
          logger.info("stopping: \(reason)")
          session.stop(reason: reason)
        }
      }
      try session.exchange(waitingFor: mailbox.wakeup)
      if worker == nil, let welcome = session.welcome, !session.isStopping {
        logger.info("welcomed to run \(welcome.run), sending from sample \(welcome.nextSample)")
        session.generatorStarted = true
        worker = Worker("generator") { [mailbox] in
          try generator.run(
            source: source.makeSampleSource(), nextSequence: welcome.nextSequence, nextSample: welcome.nextSample
          ) { mailbox.post(.generated($0)) }
        } onFailure: { [mailbox] in
          mailbox.post(.generated(.failed($0)))
        }
      }
    }
    let farewell = session.farewell ?? .init(archived: 0, missing: 0)
    logger.info("sent \(session.sentSamples) samples in \(session.sentBlocks) blocks; all archived or declared missing")
    return Summary(
      node: node.name, blocks: session.sentBlocks, samples: session.sentSamples, archived: farewell.archived,
      missing: farewell.missing, reason: session.endReason)
  }
}

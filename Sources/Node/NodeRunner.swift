import Foundation
import Instruments
import Logging
import Numerics
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

  private let hello: ControlMessage.Hello
  private let settings: HubSettings
  private let endpoint: String
  private let logger: Logger
  private let makeBlocks: @Sendable () -> any BlockSource
  private let mailbox = Mailbox<Letter>()

  /// A node that simulates its instrument.
  ///
  /// - Parameters:
  ///   - name: a node of the topology.
  ///   - endpoint: where the hub listens.
  /// - Throws: ``NodeError/unknownNode(_:known:)``, or `TopologyError`.
  public convenience init(_ name: String, topology: NetworkTopology, endpoint: String, logger: Logger) throws {
    let node = try Self.node(name, in: topology)
    let source = try NodeSource(node: node, topology: topology)
    self.init(node, topology: topology, endpoint: endpoint, logger: logger) {
      BlockGenerator(
        source: source, epoch: topology.epoch, pacer: Pacer(speed: topology.speed), poolSize: Self.poolSize(node))
    }
  }

  /// A node that sends again what an archive has of it.
  ///
  /// - Parameters:
  ///   - name: a node of the archive.
  ///   - archive: shared by the nodes that are replayed.
  ///   - speed: how fast its time passes.
  ///   - endpoint: where the hub listens; it must run the archive's topology (`ReplayedArchive.topology`).
  /// - Throws: ``NodeError/unknownNode(_:known:)``.
  public convenience init(
    replaying name: String, of archive: ReplayedArchive, speed: Speed, endpoint: String, logger: Logger
  ) throws {
    let node = try Self.node(name, in: archive.topology)
    let stream = archive.streams.firstIndex { $0.name == name } ?? 0
    self.init(node, topology: archive.topology, endpoint: endpoint, logger: logger) {
      ReplayBlocks(
        archive, stream: stream, identifier: nodeIdentifier(name), pacer: Pacer(speed: speed),
        poolSize: Self.poolSize(node))
    }
  }

  private init(
    _ node: Topology.Node, topology: NetworkTopology, endpoint: String, logger: Logger,
    makeBlocks: @escaping @Sendable () -> any BlockSource
  ) {
    hello = ControlMessage.Hello(
      node: node.name, topology: topology.streamChecksum, channels: node.channelNames,
      sampleType: BlockHeader.SampleType(baseband: node.baseband), basebandHertz: node.baseband,
      rateNumerator: node.sampleRate.numerator, rateDenominator: node.sampleRate.denominator,
      blockSamples: node.blockSamples)
    settings = topology.hub
    self.endpoint = endpoint
    self.logger = logger
    self.makeBlocks = makeBlocks
  }

  private static func node(_ name: String, in topology: NetworkTopology) throws(NodeError) -> Topology.Node {
    guard let node = topology.nodes.first(where: { $0.name == name }) else {
      throw .unknownNode(name, known: topology.nodes.map(\.name))
    }
    return node
  }

  /// Blocks that exist at the same time: 4 MiB of them.
  private static func poolSize(_ node: Topology.Node) -> Int {
    let bytes = node.channelNames.count * node.blockSamples * BlockHeader.SampleType(baseband: node.baseband).size
    return max(4, min(64, (4 << 20) / bytes))
  }

  /// Ends the stream in good order, from any thread: the node says goodbye and waits until all that it sent is durable.
  public func stop(reason: String) {
    mailbox.post(.stop(reason))
  }

  /// Runs the node to the end of its stream.
  /// - Returns: what was sent and what the hub archived of it.
  /// - Throws: ``NodeError``, `ZeroMQError`, or what the instrument's synthesis throws.
  public func run() throws -> Summary {
    let generator = makeBlocks()
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    try socket.setLinger(milliseconds: 2000)
    try socket.setHighWaterMark(0)
    try socket.connect(endpoint)
    let session = HubSession(
      socket: socket, endpoint: endpoint, settings: settings, generator: generator, logger: logger)
    try socket.send(ControlMessage.hello(hello).encoded())

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
          generator.run(nextSequence: welcome.nextSequence, nextSample: welcome.nextSample) {
            mailbox.post(.generated($0))
          }
        } onFailure: { [mailbox] in
          mailbox.post(.generated(.failed($0)))
        }
      }
    }
    let farewell = session.farewell ?? .init(archived: 0, missing: 0)
    logger.info("sent \(session.sentSamples) samples in \(session.sentBlocks) blocks; all archived or declared missing")
    return Summary(
      node: hello.node, blocks: session.sentBlocks, samples: session.sentSamples, archived: farewell.archived,
      missing: farewell.missing, reason: session.endReason)
  }
}

import Logging
import Numerics
import Protocol
import Security
import Topology
import ZeroMQ

/// One simulated node at work: renders its stream and sends it to the hub.
public final class NodeRunner: Sendable {
  /// Where blocks wait for a hub that is away.
  public struct Spool: Sendable {
    /// A folder; each node has its own in it.
    public var folder: String
    /// Bytes that one node may put there.
    public var limit: Int

    public init(folder: String, limit: Int) {
      self.folder = folder
      self.limit = limit
    }
  }

  private let sender: StreamSender

  /// - Parameters:
  ///   - name: a node of the topology.
  ///   - endpoint: where the hub listens.
  ///   - keys: nil for a connection in the clear.
  ///   - spool: nil keeps blocks in memory only; the node then waits when about 4 MiB are not acknowledged.
  /// - Throws: ``NodeError/unknownNode(_:known:)``; `TopologyError` when the run is no whole number of its samples.
  public init(
    _ name: String, topology: NetworkTopology, endpoint: String, keys: PeerKeys? = nil, spool: Spool? = nil,
    logger: Logger
  ) throws {
    guard let node = topology.nodes.first(where: { $0.name == name }) else {
      throw NodeError.unknownNode(name, known: topology.nodes.map(\.name))
    }
    let source = try NodeSource(node: node, topology: topology)
    let (epoch, speed) = (topology.epoch, topology.speed)
    let checksum = topology.streamChecksum
    let anchor = PaceAnchor()
    let schedule = SignalSchedule(node: node, topology: topology)
    sender = StreamSender(
      hello: .init(
        node: name, topology: topology.streamChecksum, channels: source.channels,
        sampleType: .init(baseband: node.baseband), basebandHertz: node.baseband,
        rateNumerator: node.sampleRate.numerator, rateDenominator: node.sampleRate.denominator,
        blockSamples: node.blockSamples, instance: randomInstance(), injects: true),
      endpoint: endpoint, settings: topology.hub, keys: keys, logger: logger, schedule: schedule
    ) { stretch in
      @Sendable func generator(_ stretch: StreamStretch) -> BlockGenerator {
        // What lies in the past is sent as fast as it goes.
        let pacer = Pacer(speed: stretch.endSample == nil ? speed : .maximum, anchor: anchor)
        return BlockGenerator(source: source, epoch: epoch, stretch: stretch, pacer: pacer, schedule: schedule)
      }
      guard stretch.endSample == nil else { return generator(stretch) }
      guard let spool else {
        schedule.forgetStaleSamples()
        return generator(stretch)
      }
      return try BlockSpool(
        folder: "\(spool.folder)/\(name)-\(checksum)", limit: spool.limit, stretch: stretch,
        blocks: source.makeBlocks(), schedule: schedule, logger: logger, makeSource: generator)
    }
  }

  /// A node that sends again what an archive has of it.
  ///
  /// - Parameters:
  ///   - name: a node of the archive.
  ///   - archive: shared by the nodes that are replayed.
  ///   - speed: how fast its time passes.
  ///   - endpoint: where the hub listens; it must run the archive's topology (`ReplayedArchive.topology`).
  ///   - keys: nil for a connection in the clear.
  ///   - context: shared by the nodes that are replayed; nil for one of its own.
  /// - Throws: ``NodeError/unknownNode(_:known:)``.
  public init(
    replaying name: String, of archive: ReplayedArchive, speed: Speed, endpoint: String, keys: PeerKeys? = nil,
    context: Context? = nil, logger: Logger
  ) throws {
    let topology = archive.topology
    guard let node = topology.nodes.first(where: { $0.name == name }),
      let stream = archive.streams.firstIndex(where: { $0.name == name })
    else { throw NodeError.unknownNode(name, known: topology.nodes.map(\.name)) }
    let sampleType = BlockHeader.SampleType(baseband: node.baseband)
    let bytes = node.channelNames.count * node.blockSamples * sampleType.size
    let anchor = PaceAnchor()
    sender = StreamSender(
      hello: .init(
        node: name, topology: topology.streamChecksum, channels: node.channelNames, sampleType: sampleType,
        basebandHertz: node.baseband, rateNumerator: node.sampleRate.numerator,
        rateDenominator: node.sampleRate.denominator, blockSamples: node.blockSamples, instance: randomInstance()),
      endpoint: endpoint, settings: topology.hub, keys: keys, context: context, logger: logger
    ) { stretch in
      ReplayBlocks(
        archive, stream: stream, identifier: nodeIdentifier(name), stretch: stretch,
        pacer: Pacer(speed: stretch.endSample == nil ? speed : .maximum, anchor: anchor),
        poolSize: max(4, min(64, (4 << 20) / bytes)))
    }
  }

  /// Ends the stream in good order, from any thread: the node says goodbye and waits until all that it sent is durable.
  public func stop(reason: String) { sender.stop(reason: reason) }

  /// Runs the node to the end of its stream.
  /// - Returns: what was sent and what the hub archived of it.
  /// - Throws: ``NodeError``, `ZeroMQError`, or what the instrument's synthesis throws.
  public func run() throws -> StreamSender.Summary { try sender.run() }
}

/// A text that no other process says.
private func randomInstance() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

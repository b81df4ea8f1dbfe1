import Logging
import Protocol
import Security
import Topology

/// One simulated node at work: renders its stream and sends it to the hub.
public final class NodeRunner: Sendable {
  private let sender: StreamSender

  /// - Parameters:
  ///   - name: a node of the topology.
  ///   - endpoint: where the hub listens.
  ///   - keys: nil for a connection in the clear.
  /// - Throws: ``NodeError/unknownNode(_:known:)``; `TopologyError` when the run is no whole number of its samples.
  public init(_ name: String, topology: NetworkTopology, endpoint: String, keys: PeerKeys? = nil, logger: Logger) throws
  {
    guard let node = topology.nodes.first(where: { $0.name == name }) else {
      throw NodeError.unknownNode(name, known: topology.nodes.map(\.name))
    }
    let source = try NodeSource(node: node, topology: topology)
    let (epoch, speed) = (topology.epoch, topology.speed)
    sender = StreamSender(
      hello: .init(
        node: name, topology: topology.streamChecksum, channels: source.channels,
        sampleType: .init(baseband: node.baseband), basebandHertz: node.baseband,
        rateNumerator: node.sampleRate.numerator, rateDenominator: node.sampleRate.denominator,
        blockSamples: node.blockSamples, instance: randomInstance()),
      endpoint: endpoint, settings: topology.hub, keys: keys, logger: logger
    ) { BlockGenerator(source: source, epoch: epoch, stretch: $0, speed: speed) }
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

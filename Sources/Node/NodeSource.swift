import Instruments
import Numerics
import Protocol
import Sky
import Topology

/// The stream that a node of a topology makes: its layout, and the source of its samples.
struct NodeSource: Sendable {
  let node: Topology.Node
  /// Identifier of the stream on the wire.
  let stream: UInt64
  let channels: [String]
  /// Samples of each channel in the whole run.
  let length: Int64

  /// - Throws: `TopologyError` when the run is no whole number of the node's samples.
  init(node: Topology.Node, topology: NetworkTopology) throws {
    self.node = node
    stream = nodeIdentifier(node.name)
    channels = node.channelNames
    length = try topology.sampleCount(of: node)
  }

  /// Memory for the blocks that exist at the same time: about 4 MiB, but at least four blocks and at most 64.
  func makeBlocks() -> [SampleBlock] {
    let sampleType = BlockHeader.SampleType(baseband: node.baseband)
    let bytes = channels.count * node.blockSamples * sampleType.size
    return (0..<max(4, min(64, (4 << 20) / bytes))).map { _ in
      SampleBlock(
        stream: stream, channelCount: channels.count, sampleType: sampleType, blockSamples: node.blockSamples)
    }
  }

  /// Makes the instrument of the node's kind; confined to the thread that calls.
  ///
  /// - Parameter plan: what the nodes share.
  func makeSampleSource(plan: ObservationPlan) throws -> any SampleSource {
    try node.sampleSource(plan: plan)
  }
}

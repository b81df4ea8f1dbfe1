import DarkMatter
import Foundation
import Instruments
import Numerics
import Sky

extension Node {
  /// What the samples of its channels are.
  public var sampleKind: SampleKind { SampleKind(baseband: baseband) }

  /// Where the frequencies in Hz end that the channels record: 0 and r/2 for real ones, f_c ± r/2 for complex ones.
  public var recordedFrequencies: (lowest: Double, highest: Double) {
    sampleRate.recordedFrequencies(baseband: baseband)
  }

  /// Names of the channels in their order on the wire and in the archive.
  public var channelNames: [String] { instrument.model.channels.map(\.name) }

  /// Whether it measures components of a vector field.
  public var measuresVectors: Bool { instrument.model.measurand == .vectorField }
}

/// A topology that does not fit together.
public struct TopologyError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  public init(description: String) { self.description = description }
}

extension NetworkTopology {
  /// Samples of each of the node's channels in the whole run.
  /// - Throws: ``TopologyError`` when the duration is no whole number of samples.
  public func sampleCount(of node: Node) throws(TopologyError) -> Int64 {
    guard let count = node.sampleRate.samples(inNanoseconds: duration) else {
      throw TopologyError(
        description: "the duration of \(Double(duration) * 1e-9) s is no whole number of samples of node "
          + "\(node.name) at \(node.sampleRate.hertz) Hz")
    }
    return count
  }

  /// The distinct sites of the vector sensors in the order of the nodes: the shared list of the covariance factor
  /// (vector-network 9.6); those of all nodes where there is no sensor.
  public var sites: [Site] {
    (vectorNodes.isEmpty ? nodes : vectorNodes).reduce(into: []) { sites, node in
      if !sites.contains(node.site) { sites.append(node.site) }
    }
  }

  /// The nodes that measure components of a vector field.
  public var vectorNodes: [Node] { nodes.filter(\.measuresVectors) }

  /// What the vector sensors measure, or, where there is none, the first node.
  public var fieldUnit: String { (vectorNodes.first ?? nodes.first)?.unit ?? "" }

  /// Whether a node takes part in a band: one that is named; else a vector sensor, or any node where there is none.
  public func takesPart(_ node: Node, in band: AnalysisBand) -> Bool {
    guard band.nodes.isEmpty else { return band.nodes.contains(node.name) }
    return node.measuresVectors || vectorNodes.isEmpty
  }

  /// The nodes that take part in a band.
  ///
  /// - Parameter name: of the band; none takes part in a band that there is not.
  public func nodes(ofBand name: String) -> [Node] {
    guard let band = bands.first(where: { $0.name == name }) else { return [] }
    return nodes.filter { takesPart($0, in: band) }
  }

  /// What the nodes of a band measure.
  public func unit(ofBand name: String) -> String { nodes(ofBand: name).first?.unit ?? fieldUnit }

  /// The numbers of the channels that take no part in a band, ascending.
  public func absentChannels(in band: AnalysisBand) -> [Int] {
    var absent: [Int] = []
    var channel = 0
    for node in nodes {
      let next = channel + node.channelNames.count
      if !takesPart(node, in: band) { absent += channel..<next }
      channel = next
    }
    return absent
  }

  /// What every node must share to compute its part of the same fields.
  public var observationPlan: ObservationPlan {
    let enabled = signals.enumerated().filter(\.element.enabled)
    return ObservationPlan(
      seed: seed, epoch: epoch, synthesisBlock: synthesisBlock, duration: duration, sites: sites,
      signals: enabled.map { index, signal in
        ObservationPlan.Signal(index: index, field: signal.field, activation: signal.activation)
      })
  }

  /// Bytes of the longest block that any node sends.
  public var largestBlockBytes: Int {
    nodes.map { $0.blockSamples * $0.channelNames.count * ($0.baseband == nil ? 8 : 16) }.max() ?? 0
  }

  /// Identifies everything that decides the samples: two topologies with the same checksum make the same streams.
  ///
  /// Name, description, speed, hub and bands may differ.
  public var streamChecksum: String {
    struct Streams: Encodable {
      var seed: UInt64
      var epoch: GPSTime
      var duration: Int64
      var synthesisBlock: Int64
      var signals: [Signal]
      var nodes: [Node]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let streams = Streams(
      seed: seed, epoch: epoch, duration: duration, synthesisBlock: synthesisBlock, signals: signals, nodes: nodes)
    let text = (try? encoder.encode(streams)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let hexadecimal = String(nodeIdentifier(text), radix: 16)
    return String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
  }
}

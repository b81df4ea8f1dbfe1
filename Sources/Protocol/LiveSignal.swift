/// A signal that was put into a running network, or changed while it runs, as the hub tells its nodes.
///
/// The whole decision is here, start and stop among it: a node that was away needs no more than the list of these.
public struct LiveSignal: Hashable, Sendable, Codable {
  /// Unique among all signals of the run.
  public var name: String
  /// Its number among all signals of the run, which selects its random numbers together with the seed. A number that the
  /// topology uses stands for a signal of the topology that is changed.
  public var index: Int
  /// The seed of its random numbers.
  public var seed: UInt64
  /// The signal as YAML with the keys of `signals:` in a topology, `start` and `stop` among them.
  public var text: String
  /// Names of the nodes that it is put into; nil for all.
  public var nodes: [String]?

  public init(name: String, index: Int, seed: UInt64, text: String, nodes: [String]? = nil) {
    self.name = name
    self.index = index
    self.seed = seed
    self.text = text
    self.nodes = nodes
  }
}

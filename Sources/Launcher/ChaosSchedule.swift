import Numerics

/// One thing that is done to a network while it runs.
public struct ChaosFault: Hashable, Sendable, Codable {
  /// What is done.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// SIGKILL, and started again after a while.
    case killHub = "kill-hub"
    case killNode = "kill-node"
    /// SIGSTOP, and SIGCONT after a while.
    case stopHub = "stop-hub"
    case stopNode = "stop-node"
    /// The hub has the processor for a fifth of the time.
    case slowHub = "slow-hub"
    /// The connection between a node and the hub breaks at once.
    case cutLink = "cut-link"
    /// The connection stands, but nothing passes; or little.
    case blockLink = "block-link"
    case slowLink = "slow-link"
    /// What passes comes 40 to 120 ms late.
    case delayLink = "delay-link"
    /// The connection breaks in the middle of a message.
    case tearLink = "tear-link"
    /// Every message of the node reaches the hub twice; with keys the hub breaks the connection for it.
    case repeatLink = "repeat-link"
    /// The node's blocks claim that its clock is off by 5 ms more, then no longer; with keys nothing happens.
    case stepClock = "step-clock"
    /// The hub's archive finds no space on the disk.
    case fullDisk = "full-disk"
    /// A second node of the same name and topology asks the hub for a welcome.
    case secondNode = "second-node"
    /// One of the same name with another seed does.
    case wrongTopology = "wrong-topology"

    var isOfHub: Bool { [.killHub, .stopHub, .slowHub, .fullDisk].contains(self) }
    var isIntruder: Bool { self == .secondNode || self == .wrongTopology }
    var isInstant: Bool { self == .cutLink || self == .tearLink || isIntruder }
  }

  public var kind: Kind
  /// `hub`, or the name of a node.
  public var target: String
  /// When: the share of all the run's samples that the hub has archived, 0 ... 1.
  public var progress: Double
  /// How long, in seconds of this machine's clock; 0 for what happens at once.
  public var seconds: Double
}

/// Faults that follow from a seed alone, in the order in which they begin.
public struct ChaosSchedule: Hashable, Sendable, Codable {
  public var seed: UInt64
  public var faults: [ChaosFault]

  /// Draws kinds, targets and instants evenly, and lengths up to 1.4 times the patience, so that some peers are given up
  /// before they come back; one fault in four begins together with the one before it.
  ///
  /// The first four words of the generator for counter i are those of fault i, so a longer schedule of a seed has the same
  /// faults and more.
  /// - Parameters:
  ///   - seed: the key of the generator.
  ///   - count: of faults.
  ///   - nodes: names of the nodes; not empty.
  ///   - patience: seconds after which hub and nodes give each other up; lengths count no more than 5 s of it.
  public init(seed: UInt64, count: Int, nodes: [String], patience: Double) {
    precondition(!nodes.isEmpty, "a network has nodes")
    self.seed = seed
    var together: [[ChaosFault]] = []
    for index in 0..<count {
      let words = Philox.block(SIMD4(UInt32(index), 0, 0, 0), key: seed)
      let more = Philox.block(SIMD4(UInt32(index), 1, 0, 0), key: seed)
      func share(_ word: UInt32) -> Double { Double(word) * 0x1p-32 }
      let kinds = ChaosFault.Kind.allCases
      let kind = kinds[Int(share(words[0]) * Double(kinds.count))]
      let previous = together.last?.first
      let isTogether = share(more[0]) < 0.25
      let fault = ChaosFault(
        kind: kind, target: kind.isOfHub ? "hub" : nodes[Int(share(words[1]) * Double(nodes.count))],
        progress: isTogether ? previous?.progress ?? 0.02 : 0.02 + 0.88 * share(words[2]),
        seconds: kind.isInstant ? 0 : (0.05 + 1.35 * share(words[3])) * min(patience, 5))
      if isTogether, previous != nil { together[together.count - 1].append(fault) } else { together.append([fault]) }
    }
    faults = together.sorted { $0[0].progress < $1[0].progress }.flatMap(\.self)
  }
}

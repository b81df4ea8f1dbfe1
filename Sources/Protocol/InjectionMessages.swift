extension ControlMessage {
  /// What an operator asks of a hub: signals that begin, signals that end, all at one sample.
  public struct InjectionRequest: Hashable, Sendable, Codable {
    /// Signals to put in: YAML as in a file of signals.
    public var signals: [String]
    /// Where the texts come from, for faults; as many as `signals`.
    public var files: [String]
    /// Names of signals to end.
    public var stop: [String]
    /// Nanoseconds after the epoch at which it is to happen; nil for as soon as possible.
    public var atNanoseconds: Int64?
    /// The same as GPS time.
    public var atGPSNanoseconds: Int64?
    /// Seed of the random numbers; nil for that of the run.
    public var seed: UInt64?
    /// Number of the first signal; nil for the first that is free.
    public var index: Int?
    /// Names of the nodes that the signals are put into; nil for all.
    public var nodes: [String]?

    public init(
      signals: [String] = [], files: [String] = [], stop: [String] = [], atNanoseconds: Int64? = nil,
      atGPSNanoseconds: Int64? = nil, seed: UInt64? = nil, index: Int? = nil, nodes: [String]? = nil
    ) {
      self.signals = signals
      self.files = files
      self.stop = stop
      self.atNanoseconds = atNanoseconds
      self.atGPSNanoseconds = atGPSNanoseconds
      self.seed = seed
      self.index = index
      self.nodes = nodes
    }
  }

  /// A change of signals as hub and nodes speak of it.
  public struct Injection: Hashable, Sendable, Codable {
    /// Tells this change from others.
    public var identifier: String
    public var signals: [LiveSignal]

    public init(identifier: String, signals: [LiveSignal]) {
      self.identifier = identifier
      self.signals = signals
    }
  }

  /// A node's answer to `prepare`.
  public struct Ready: Hashable, Sendable, Codable {
    public var identifier: String
    /// Nanoseconds after the epoch from which on the node can change its samples: none that exist are touched.
    public var earliestNanoseconds: Int64
    /// Why the node cannot do it; nil when it can.
    public var problem: String?

    public init(identifier: String, earliestNanoseconds: Int64, problem: String? = nil) {
      self.identifier = identifier
      self.earliestNanoseconds = earliestNanoseconds
      self.problem = problem
    }
  }

  /// The hub's answer to an operator: what every node will do.
  public struct Injected: Hashable, Sendable, Codable {
    /// One signal that begins or ends.
    public struct Change: Hashable, Sendable, Codable {
      public var name: String
      /// `start` or `stop`.
      public var kind: String
      /// By node: the first sample that the change can reach.
      public var firstSamples: [String: Int64]
      /// By node: the first sample from which on a signal that began is as if it had always been there, or that one which
      /// ended is gone.
      public var steadySamples: [String: Int64]

      public init(
        name: String, kind: String, firstSamples: [String: Int64], steadySamples: [String: Int64]
      ) {
        self.name = name
        self.kind = kind
        self.firstSamples = firstSamples
        self.steadySamples = steadySamples
      }
    }

    public var run: String
    /// Nanoseconds after the epoch from which on the data carry the change.
    public var fromNanoseconds: Int64
    /// The same as GPS time.
    public var fromGPSNanoseconds: Int64
    public var changes: [Change]
    /// Nodes that are away: they follow when they come back, from the same sample on.
    public var away: [String]
    /// What is doubtful about the signals.
    public var warnings: [String]

    public init(
      run: String, fromNanoseconds: Int64, fromGPSNanoseconds: Int64, changes: [Change], away: [String],
      warnings: [String]
    ) {
      self.run = run
      self.fromNanoseconds = fromNanoseconds
      self.fromGPSNanoseconds = fromGPSNanoseconds
      self.changes = changes
      self.away = away
      self.warnings = warnings
    }
  }
}

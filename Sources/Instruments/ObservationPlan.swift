import DarkMatter
import Sky

/// What all nodes of a run share, so that each computes its part of the same fields alone.
public struct ObservationPlan: Sendable {
  /// A field that the nodes see.
  public struct Signal: Hashable, Sendable {
    /// Its number among all signals of the run, also those left out; it selects the random numbers.
    public var index: Int
    public var field: FieldModel
    /// When it is there.
    public var activation: Activation
    /// The seed of its own random numbers; nil for that of the plan.
    public var seed: UInt64?

    public init(index: Int, field: FieldModel, activation: Activation = .always, seed: UInt64? = nil) {
      self.index = index
      self.field = field
      self.activation = activation
      self.seed = seed
    }
  }

  /// The one seed of all random numbers.
  public var seed: UInt64
  /// Time of sample 0 and reference time of the fields.
  public var epoch: GPSTime
  /// Length of the synthesis blocks in nanoseconds.
  public var synthesisBlock: Int64
  /// Length of the run in nanoseconds.
  public var duration: Int64
  /// The distinct sites of all nodes in shared order; one appended at the end changes nobody's samples.
  public var sites: [Site]
  public var signals: [Signal]

  public init(
    seed: UInt64, epoch: GPSTime, synthesisBlock: Int64, duration: Int64, sites: [Site], signals: [Signal]
  ) {
    self.seed = seed
    self.epoch = epoch
    self.synthesisBlock = synthesisBlock
    self.duration = duration
    self.sites = sites
    self.signals = signals
  }

  /// Puts a signal in the place of the one that has its number, or adds it.
  public mutating func put(_ signal: Signal) {
    signals.removeAll { $0.index == signal.index }
    signals.append(signal)
  }
}

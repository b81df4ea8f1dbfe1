import DarkMatter
import Sky

/// What all nodes of a run share, so that each computes its part of the same fields alone.
public struct ObservationPlan: Sendable {
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
  /// The fields, each with its number among all signals of the run (also those left out).
  public var signals: [(index: Int, field: FieldModel)]

  public init(
    seed: UInt64, epoch: GPSTime, synthesisBlock: Int64, duration: Int64, sites: [Site],
    signals: [(index: Int, field: FieldModel)]
  ) {
    self.seed = seed
    self.epoch = epoch
    self.synthesisBlock = synthesisBlock
    self.duration = duration
    self.sites = sites
    self.signals = signals
  }
}

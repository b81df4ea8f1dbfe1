/// When a node records nothing.
public struct DataGaps: Hashable, Sendable, Codable {
  /// Why samples are missing; stored with the index of the archive.
  public enum Reason: UInt8, Hashable, Sendable, Codable, CaseIterable {
    case outage = 1
    case calibration = 2
    case saturation = 3
    case maintenance = 4
  }

  /// One planned gap.
  public struct Interval: Hashable, Sendable, Codable {
    /// Nanoseconds from the epoch to the first missing sample.
    public var start: Int64
    /// Length in nanoseconds; positive.
    public var length: Int64
    public var reason: Reason

    public init(start: Int64, length: Int64, reason: Reason) {
      self.start = start
      self.length = length
      self.reason = reason
    }
  }

  /// Planned gaps in any order.
  public var intervals: [Interval]
  /// Mean number of random outages in an hour; 0 for none.
  public var outagesPerHour: Double
  /// Mean length of a random outage in seconds.
  public var meanOutage: Double

  public init(intervals: [Interval] = [], outagesPerHour: Double = 0, meanOutage: Double = 0) {
    self.intervals = intervals
    self.outagesPerHour = outagesPerHour
    self.meanOutage = meanOutage
  }
}

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
  /// Share of the days on which the node records at all; 1 for every day.
  public var liveDays: Double
  /// Probability that a live day follows a live one; above `liveDays`, so that dead days come in runs.
  public var dayPersistence: Double
  /// Which of the realisations of days and outages.
  public var realisation: UInt32

  /// Of a clock that runs in campaigns (physics page clock, section 4.2).
  public static let typicalPersistence = 0.85

  public init(
    intervals: [Interval] = [], outagesPerHour: Double = 0, meanOutage: Double = 0, liveDays: Double = 1,
    dayPersistence: Double = DataGaps.typicalPersistence, realisation: UInt32 = 0
  ) {
    self.intervals = intervals
    self.outagesPerHour = outagesPerHour
    self.meanOutage = meanOutage
    self.liveDays = liveDays
    self.dayPersistence = dayPersistence
    self.realisation = realisation
  }

  /// Archives written before there were dead days are read as what they had: none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    intervals = try values.decode([Interval].self, forKey: .intervals)
    outagesPerHour = try values.decode(Double.self, forKey: .outagesPerHour)
    meanOutage = try values.decode(Double.self, forKey: .meanOutage)
    liveDays = try values.decodeIfPresent(Double.self, forKey: .liveDays) ?? 1
    dayPersistence = try values.decodeIfPresent(Double.self, forKey: .dayPersistence) ?? Self.typicalPersistence
    realisation = try values.decodeIfPresent(UInt32.self, forKey: .realisation) ?? 0
  }
}

/// What one clock measured: fractional frequencies at times, each with its uncertainty; what is missing is not there.
public struct ClockSeries: Sendable {
  /// Middles of the averaging intervals in s from an origin common to all clocks, ascending.
  public let times: [Double]
  /// y = R/R_0 - 1.
  public let values: [Double]
  /// Standard deviations of the values, white noise alone.
  public let sigmas: [Double]
  /// tau0 in s: the averaging interval, and the spacing of the lattice when the times lie on one.
  public let interval: Double
  /// Readings that were left out because another one has their time.
  public var duplicates: Int
  /// Whether readings had to be put in order.
  public var wasOutOfOrder: Bool

  /// Puts readings in order and drops those whose time was there before.
  ///
  /// - Parameters:
  ///   - times: s from an origin near the middle of the data, in any order.
  ///   - values: one per time.
  ///   - sigmas: one per time.
  ///   - interval: tau0 in s, above zero.
  /// - Throws: `ClockAnalysisError` for the first reading at fault.
  public init(times: [Double], values: [Double], sigmas: [Double], interval: Double) throws(ClockAnalysisError) {
    let count = times.count
    guard values.count == count else { throw .sizeMismatch(input: "values", expected: count, found: values.count) }
    guard sigmas.count == count else { throw .sizeMismatch(input: "sigmas", expected: count, found: sigmas.count) }
    guard interval > 0, interval.isFinite else {
      throw .invalidOption(name: "interval", reason: "\(interval) s is not above zero")
    }
    var isAscending = true
    for sample in 0..<count {
      guard times[sample].isFinite else { throw .notFinite(input: "time", sample: sample) }
      guard values[sample].isFinite else { throw .notFinite(input: "value", sample: sample) }
      guard sigmas[sample] > 0, sigmas[sample].isFinite else { throw .badUncertainty(sample: sample) }
      if sample > 0, times[sample] <= times[sample - 1] { isAscending = false }
    }
    self.interval = interval
    if isAscending {
      (self.times, self.values, self.sigmas) = (times, values, sigmas)
      (duplicates, wasOutOfOrder) = (0, false)
      return
    }
    var order = Array(0..<count)
    // Of equal times the first reading stays.
    order.sort { times[$0] != times[$1] ? times[$0] < times[$1] : $0 < $1 }
    var kept: [Int] = []
    for index in order where kept.last.map({ times[$0] < times[index] }) ?? true { kept.append(index) }
    wasOutOfOrder = zip(order, order.dropFirst()).contains { $0 > $1 }
    duplicates = count - kept.count
    self.times = kept.map { times[$0] }
    self.values = kept.map { values[$0] }
    self.sigmas = kept.map { sigmas[$0] }
  }

  /// Time between the first and the last reading, with their averaging interval, in s.
  public var span: Double { ((times.last ?? 0) - (times.first ?? 0)) + interval }
  /// Time that was averaged over in s.
  public var liveTime: Double { Double(times.count) * interval }

  /// The longest time between the end of a reading and the beginning of the next in s.
  public var longestGap: Double {
    zip(times, times.dropFirst()).reduce(0) { max($0, $1.1 - $1.0 - interval) }
  }

  /// The number of each reading on the lattice of the first reading's time and the interval, or nil when one is off it.
  var latticeIndices: [Int]? {
    guard let first = times.first else { return nil }
    var indices: [Int] = []
    indices.reserveCapacity(times.count)
    for time in times {
      let steps = (time - first) / interval
      let whole = steps.rounded()
      guard abs(steps - whole) <= 1e-9, whole < 0x1p31 else { return nil }
      indices.append(Int(whole))
    }
    return indices
  }
}

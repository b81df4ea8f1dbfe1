import Glibc
import Numerics

/// Deviations of the Allan family of a record of frequencies, with gaps as they are: a term counts when every reading it
/// touches is there (physics page clock, section 4.3).
public struct AllanAnalysis: Sendable {
  /// Number of places on the lattice, gaps included.
  public let count: Int
  /// tau0 in s.
  public let interval: Double
  /// Whether there is a gap.
  public let hasGaps: Bool
  /// Sums of the first n values less their mean, gaps as zero: the phase in units of tau0.
  private let phases: [Double]
  /// Number of readings among the first n.
  private let present: [Int32]
  /// Readings between two gaps, at most.
  private let longestRun: Int
  private let noise: FrequencyNoise
  private let confidenceLevel: Double
  private let minimumTerms: Int

  /// - Parameters:
  ///   - values: at equal steps; NaN where there is none.
  ///   - interval: tau0 in s.
  ///   - noise: the kind of noise that the confidence intervals assume.
  ///   - confidenceLevel: of the intervals.
  ///   - minimumTerms: deviations with fewer terms are left out.
  /// - Throws: `ClockAnalysisError` for an infinite value, an interval or a level out of range.
  public init(
    values: [Double], interval: Double, noise: FrequencyNoise = .white, confidenceLevel: Double = 0.6827,
    minimumTerms: Int = 8
  ) throws(ClockAnalysisError) {
    guard interval > 0, interval.isFinite else {
      throw .invalidOption(name: "interval", reason: "\(interval) s is not above zero")
    }
    guard confidenceLevel > 0, confidenceLevel < 1 else {
      throw .invalidOption(name: "confidence level", reason: "\(confidenceLevel) is not between 0 and 1")
    }
    guard values.count < Int(Int32.max) else {
      throw .invalidOption(name: "values", reason: "more than 2^31 - 2; analyse a part")
    }
    count = values.count
    var found = 0
    for (sample, value) in values.enumerated() where !value.isNaN {
      guard value.isFinite else { throw .notFinite(input: "value", sample: sample) }
      found += 1
    }
    let mean = found > 0 ? sum(values.count) { values[$0].isNaN ? 0 : values[$0] } / Double(found) : 0
    var phases = [0.0]
    var present: [Int32] = [0]
    phases.reserveCapacity(values.count + 1)
    present.reserveCapacity(values.count + 1)
    var (phase, number) = (0.0, Int32(0))
    var (run, longest) = (0, 0)
    for value in values {
      if !value.isNaN {
        phase += value - mean
        number += 1
      }
      run = value.isNaN ? 0 : run + 1
      longest = max(longest, run)
      phases.append(phase)
      present.append(number)
    }
    self.interval = interval
    hasGaps = found < values.count
    longestRun = longest
    self.phases = phases
    self.present = present
    self.noise = noise
    self.confidenceLevel = confidenceLevel
    self.minimumTerms = minimumTerms
  }

  /// The powers of two whose deviations can have enough terms.
  public var octaves: [Int] { (0..<31).map { 1 << $0 }.prefix { 2 * $0 + minimumTerms - 1 <= count }.map { $0 } }

  /// Deviations at several averaging times.
  ///
  /// - Parameters:
  ///   - statistic: which.
  ///   - factors: readings averaged, each at least 1.
  ///   - noise: the kind of noise that the confidence intervals assume; nil for that of the analysis.
  /// - Returns: those that have enough terms.
  /// - Throws: `ClockAnalysisError.gaps` for `totdev` of a record with gaps.
  public func estimates(
    _ statistic: AllanStatistic, factors: [Int], noise: FrequencyNoise? = nil
  ) throws(ClockAnalysisError) -> [AllanEstimate] {
    if statistic == .totdev && hasGaps { throw .gaps(statistic: statistic.name) }
    return factors.compactMap { estimate(statistic, factor: $0, noise: noise ?? self.noise) }
  }

  private func estimate(_ statistic: AllanStatistic, factor: Int, noise: FrequencyNoise) -> AllanEstimate? {
    precondition(factor >= 1, "an average of at least one reading")
    if statistic == .totdev { return totalDeviation(factor: factor, noise: noise) }
    // No stretch without a gap is long enough for a term.
    guard longestRun >= statistic.readings(factor: factor) else { return nil }
    let places = count - statistic.readings(factor: factor) + 1
    guard places > 0 else { return nil }
    let stride = statistic.stride(factor: factor)
    let slots = (places - 1) / stride + 1
    let used = (0..<slots).map { slot in
      let first = slot * stride
      let length = statistic.readings(factor: factor)
      return Int(present[first + length] - present[first]) == length
    }
    let terms = used.reduce(0) { $0 + ($1 ? 1 : 0) }
    guard terms >= max(1, minimumTerms) else { return nil }
    let squares =
      statistic == .mdev || statistic == .tdev
      ? averagedSquares(used: used, factor: factor)
      : sum(slots) { slot in
        guard used[slot] else { return 0 }
        let term = difference(statistic, first: slot * stride, factor: factor)
        return term * term
      }
    let variance = squares / (statistic.norm * Double(terms))
    let edf = AllanCovariance(noise: noise, statistic: statistic, factor: factor)
      .degreesOfFreedom(used: used, terms: terms)
    return result(statistic, factor: factor, variance: variance, terms: terms, edf: edf)
  }

  /// One term of the statistics that are differences of averages.
  private func difference(_ statistic: AllanStatistic, first n: Int, factor m: Int) -> Double {
    switch statistic {
    case .hdev, .ohdev:
      (phases[n + 3 * m] - 3 * phases[n + 2 * m] + 3 * phases[n + m] - phases[n]) / Double(m)
    default: (phases[n + 2 * m] - 2 * phases[n + m] + phases[n]) / Double(m)
    }
  }

  /// Sum of the squares of the means of m successive terms of OADEV.
  private func averagedSquares(used: [Bool], factor m: Int) -> Double {
    // A running sum, taken anew now and then so that its rounding errors stay small.
    let run = max(4096, m)
    var running = 0.0
    return sum(used.count) { n in
      if n % run == 0 {
        running = sum(m) { difference(.oadev, first: n + $0, factor: m) }
      } else {
        running += difference(.oadev, first: n - 1 + m, factor: m) - difference(.oadev, first: n - 1, factor: m)
      }
      return used[n] ? running * running / Double(m * m) : 0
    }
  }

  private func totalDeviation(factor m: Int, noise: FrequencyNoise) -> AllanEstimate? {
    let terms = count - 1
    guard m <= terms, terms >= max(1, minimumTerms) else { return nil }
    // The phase goes on beyond its ends as its own image, turned about them.
    func phase(_ n: Int) -> Double {
      if n < 0 { return 2 * phases[0] - phases[-n] }
      if n > count { return 2 * phases[count] - phases[2 * count - n] }
      return phases[n]
    }
    let squares = sum(terms) { index in
      let n = index + 1
      let term = (phase(n - m) - 2 * phase(n) + phase(n + m)) / Double(m)
      return term * term
    }
    // Howe and Greenhall's fit (NIST Special Publication 1065, table 4), for averages up to half of the record.
    let length = Double(count) / Double(m)
    let edf: Double
    switch noise {
    case .white: edf = 1.5 * length
    case .flicker: edf = 1.17 * length - 0.22
    case .randomWalk: edf = 0.93 * length - 0.36
    }
    return result(
      .totdev, factor: m, variance: squares / (2 * Double(terms)), terms: terms, edf: 2 * m <= count ? edf : .nan)
  }

  private func result(
    _ statistic: AllanStatistic, factor: Int, variance: Double, terms: Int, edf: Double
  ) -> AllanEstimate {
    let time = Double(factor) * interval
    let scale = statistic == .tdev ? time / 3.0.squareRoot() : 1
    let tail = 0.5 * (1 - confidenceLevel)
    func end(_ probability: Double) -> Double {
      edf.isFinite && edf > 0
        ? scale * (edf * variance / chiSquaredQuantile(probability, degreesOfFreedom: edf)).squareRoot() : .nan
    }
    return AllanEstimate(
      statistic: statistic, factor: factor, averagingTime: time, deviation: scale * variance.squareRoot(),
      terms: terms, degreesOfFreedom: edf, lower: end(1 - tail), upper: end(tail))
  }
}

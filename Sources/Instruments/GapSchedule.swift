import Glibc
import Numerics
import Sky

/// Samples that one node does not record.
public struct SampleGap: Hashable, Sendable {
  /// Sample numbers, counted from the epoch.
  public var samples: Range<Int64>
  public var reason: DataGaps.Reason

  public init(samples: Range<Int64>, reason: DataGaps.Reason) {
    self.samples = samples
    self.reason = reason
  }
}

/// Which samples of a node are missing; any range can be asked for alone.
///
/// Planned gaps cover the samples whose instants lie in [start, start + length), of averages those that touch it. A day of
/// 86 400 s after the epoch is dead as a whole, or live: the first uniform u of i = 0 makes it live below p_on, dead from p_stay
/// on, and between like the day before, a Markov chain that is stationary. Random outages follow an alternating
/// renewal process that begins anew, in the up state, with every day of 86 400 s after the epoch: i = 1, 2, ... give an
/// up time -U ln u_0 and a down time -D ln u_1, cut at the day's end, u_0 and u_1 the first two uniforms of the counter
/// (day mod 2^32, day >> 32, i, "GAPE") with the key derive(seed; "GAPS", node id, realisation) (vector-network section 9.1 and
/// clock section 4.2). D is the mean outage and U = 3600 s/outagesPerHour - D, so outages start at the stated mean rate.
/// Where gaps overlap, planned ones count before outages and the one that began first before later ones.
public final class GapSchedule {
  private let planned: [SampleGap]
  private let sampleRate: SampleRate
  private let meanUp: Double
  private let meanDown: Double
  private let key: UInt64
  /// p_on and p_stay; both one without dead days.
  private let probabilities: (on: Double, stay: Double)
  private let samplesAreAverages: Bool
  /// Outages of the day last asked for.
  private var cached: (day: Int64, gaps: [SampleGap])?

  /// - Parameters:
  ///   - gaps: of the node.
  ///   - sampleRate: of the node.
  ///   - seed: of the run.
  ///   - nodeIdentifier: of the node's name.
  ///   - samplesAreAverages: whether a sample is recorded only when its whole interval is outside of gaps.
  /// - Throws: `InstrumentError`.
  public init(
    _ gaps: DataGaps, sampleRate: SampleRate, seed: UInt64, nodeIdentifier: UInt64, samplesAreAverages: Bool = false
  ) throws(InstrumentError) {
    try gaps.validate()
    self.sampleRate = sampleRate
    meanUp = gaps.outagesPerHour > 0 ? 3600 / gaps.outagesPerHour - gaps.meanOutage : .infinity
    meanDown = gaps.meanOutage
    key = Philox.derive(seed, tag: RandomTag.dataGaps, a: Int64(bitPattern: nodeIdentifier), b: gaps.realisation)
    probabilities =
      gaps.liveDays < 1
      ? ((1 - gaps.dayPersistence) * gaps.liveDays / (1 - gaps.liveDays), gaps.dayPersistence) : (1, 1)
    self.samplesAreAverages = samplesAreAverages
    planned = GapSchedule.merged(
      gaps.intervals, sampleRate: sampleRate, samplesAreAverages: samplesAreAverages)
  }

  /// The missing samples of a range, disjoint and in order.
  public func gaps(firstSample: Int64, count: Int) -> [SampleGap] {
    let range = firstSample..<firstSample + Int64(count)
    var result = GapSchedule.overlapping(planned, range)
    guard meanUp < .infinity || probabilities.on < 1, !range.isEmpty else { return result }
    let plannedCount = result.count
    // An average may reach into the next day.
    let last = range.upperBound - (samplesAreAverages ? 0 : 1)
    var reached = range.lowerBound
    for day in day(ofSample: range.lowerBound)...day(ofSample: last) {
      for outage in GapSchedule.overlapping(outages(onDay: day), range) {
        // What planned gaps, and an outage that ended in the same average, leave of the outage.
        var start = max(outage.samples.lowerBound, reached)
        reached = max(reached, outage.samples.upperBound)
        for gap in result[..<plannedCount] where gap.samples.overlaps(start..<max(start, outage.samples.upperBound)) {
          if gap.samples.lowerBound > start {
            result.append(SampleGap(samples: start..<gap.samples.lowerBound, reason: .outage))
          }
          start = gap.samples.upperBound
        }
        if start < outage.samples.upperBound {
          result.append(SampleGap(samples: start..<outage.samples.upperBound, reason: .outage))
        }
      }
    }
    return result.sorted { $0.samples.lowerBound < $1.samples.lowerBound }
  }

  /// The outages that start on a day, in order.
  private func outages(onDay day: Int64) -> [SampleGap] {
    if let cached, cached.day == day { return cached.gaps }
    let midnight = day * 86_400_000_000_000
    var gaps: [SampleGap] = []
    func add(_ start: Double, _ end: Double) {
      let samples =
        sampleRate.firstSample(
          midnight + Int64(start * 1e9), samplesAreAverages: samplesAreAverages)..<sampleRate
        .firstSample(atNanoseconds: midnight + Int64(end * 1e9))
      if !samples.isEmpty { gaps.append(SampleGap(samples: samples, reason: .outage)) }
    }
    if !isLive(day) {
      add(0, 86_400)
    } else if meanUp < .infinity {
      var time = 0.0
      var number: UInt32 = 1
      while true {
        let (first, second) = uniforms(day, number)
        let start = time - meanUp * log(first)
        guard start < 86_400 else { break }
        time = min(start - meanDown * log(second), 86_400)
        add(start, time)
        number += 1
      }
    }
    cached = (day, gaps)
    return gaps
  }

  /// Whether the node records on a day: looks back to the last day that decides by itself.
  private func isLive(_ day: Int64) -> Bool {
    guard probabilities.on < 1 else { return true }
    var earlier = day
    while true {
      let uniform = uniforms(earlier, 0).0
      if uniform < probabilities.on { return true }
      if uniform >= probabilities.stay { return false }
      earlier -= 1
    }
  }

  private func uniforms(_ day: Int64, _ number: UInt32) -> (Double, Double) {
    let bits = UInt64(bitPattern: day)
    let words = Philox.block(
      SIMD4(UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32), number, RandomTag.gapOfDay),
      key: key)
    return ((Double(words[0]) + 0.5) * 0x1p-32, (Double(words[1]) + 0.5) * 0x1p-32)
  }

  private func day(ofSample sample: Int64) -> Int64 {
    let nanoseconds = sampleRate.time(ofSample: sample, epoch: GPSTime(nanoseconds: 0)).nanoseconds
    let day: Int64 = 86_400_000_000_000
    return nanoseconds >= 0 ? nanoseconds / day : -((-nanoseconds + day - 1) / day)
  }

  /// Planned gaps as disjoint ranges of samples, in order.
  private static func merged(
    _ intervals: [DataGaps.Interval], sampleRate: SampleRate, samplesAreAverages: Bool
  ) -> [SampleGap] {
    var result: [SampleGap] = []
    for interval in intervals.sorted(by: { $0.start < $1.start }) {
      let end = sampleRate.firstSample(atNanoseconds: interval.start + interval.length)
      let start = max(
        sampleRate.firstSample(interval.start, samplesAreAverages: samplesAreAverages),
        result.last?.samples.upperBound ?? Int64.min)
      guard start < end else { continue }
      if let last = result.last, last.reason == interval.reason, last.samples.upperBound == start {
        result[result.count - 1].samples = last.samples.lowerBound..<end
      } else {
        result.append(SampleGap(samples: start..<end, reason: interval.reason))
      }
    }
    return result
  }

  /// The parts of disjoint, ordered gaps within a range, found by bisection.
  private static func overlapping(_ gaps: [SampleGap], _ range: Range<Int64>) -> [SampleGap] {
    var (low, high) = (0, gaps.count)
    while low < high {
      let middle = (low + high) / 2
      if gaps[middle].samples.upperBound > range.lowerBound { high = middle } else { low = middle + 1 }
    }
    return gaps[low...].prefix { $0.samples.lowerBound < range.upperBound }
      .map { SampleGap(samples: $0.samples.clamped(to: range), reason: $0.reason) }
      .filter { !$0.samples.isEmpty }
  }
}

extension SampleRate {
  /// The number of the first sample that is not before an instant given in nanoseconds from the epoch.
  func firstSample(atNanoseconds nanoseconds: Int64) -> Int64 {
    let (high, low) = nanoseconds.multipliedFullWidth(by: numerator)
    let (quotient, remainder) = (denominator * 1_000_000_000).dividingFullWidth((high, low))
    return quotient + (remainder > 0 ? 1 : 0)
  }

  /// The number of the first sample that a gap takes which begins at an instant in nanoseconds from the epoch.
  fileprivate func firstSample(_ nanoseconds: Int64, samplesAreAverages: Bool) -> Int64 {
    // The average in which the gap begins, unless it begins with it.
    let next = firstSample(atNanoseconds: nanoseconds)
    return samplesAreAverages && firstSample(atNanoseconds: nanoseconds + 1) == next ? next - 1 : next
  }
}

extension DataGaps {
  /// Checks the planned gaps and the law of the outages.
  ///
  /// - Throws: `InstrumentError`.
  public func validate() throws(InstrumentError) {
    for (index, interval) in intervals.enumerated() {
      let end = interval.start.addingReportingOverflow(interval.length)
      guard interval.length > 0, !end.overflow else { throw .badGap(index: index, length: interval.length) }
    }
    try require(outagesPerHour >= 0, "the number of outages per hour", outagesPerHour, "finite and not negative")
    try require(liveDays > 0 && liveDays <= 1, "the share of live days", liveDays, "above 0, up to 1")
    if liveDays < 1 {
      try require(
        dayPersistence > liveDays && dayPersistence < 1, "the persistence of live days", dayPersistence,
        "above the share of live days, below 1")
    }
    guard outagesPerHour > 0 else { return }
    try require(
      meanOutage > 0 && meanOutage <= 21_600, "the mean outage in seconds", meanOutage,
      "from above 0 to 6 h (longer ones as planned gaps)")
    try require(
      outagesPerHour * meanOutage < 3600, "the number of outages per hour", outagesPerHour,
      "below 3600 s/(mean outage) = \(3600 / meanOutage)")
  }
}

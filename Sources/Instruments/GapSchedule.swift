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
/// Planned gaps cover the samples whose instants lie in [start, start + length). Random outages follow an alternating
/// renewal process that begins anew, in the up state, with every day of 86 400 s after the epoch: i = 1, 2, ... give an
/// up time -U ln u_0 and a down time -D ln u_1, cut at the day's end, u_0 and u_1 the first two uniforms of the counter
/// (day mod 2^32, day >> 32, i, "GAPE") with the key derive(seed; "GAPS", node id, 0) (vector-network section 9.1 and
/// clock section 4.2). D is the mean outage and U = 3600 s/outagesPerHour - D, so outages start at the stated mean rate.
/// Where gaps overlap, planned ones count before outages and the one that began first before later ones.
public final class GapSchedule {
  private let planned: [SampleGap]
  private let sampleRate: SampleRate
  private let meanUp: Double
  private let meanDown: Double
  private let key: UInt64
  /// Outages of the day last asked for.
  private var cached: (day: Int64, gaps: [SampleGap])?

  /// - Parameters:
  ///   - gaps: of the node.
  ///   - sampleRate: of the node.
  ///   - seed: of the run.
  ///   - nodeIdentifier: of the node's name.
  /// - Throws: `InstrumentError`.
  public init(
    _ gaps: DataGaps, sampleRate: SampleRate, seed: UInt64, nodeIdentifier: UInt64
  ) throws(InstrumentError) {
    try gaps.validate()
    self.sampleRate = sampleRate
    meanUp = gaps.outagesPerHour > 0 ? 3600 / gaps.outagesPerHour - gaps.meanOutage : .infinity
    meanDown = gaps.meanOutage
    key = Philox.derive(seed, tag: RandomTag.dataGaps, a: Int64(bitPattern: nodeIdentifier), b: 0)
    planned = GapSchedule.merged(gaps.intervals, sampleRate: sampleRate)
  }

  /// The missing samples of a range, disjoint and in order.
  public func gaps(firstSample: Int64, count: Int) -> [SampleGap] {
    let range = firstSample..<firstSample + Int64(count)
    var result = GapSchedule.overlapping(planned, range)
    guard meanUp < .infinity, !range.isEmpty else { return result }
    let plannedCount = result.count
    for day in day(ofSample: range.lowerBound)...day(ofSample: range.upperBound - 1) {
      for outage in GapSchedule.overlapping(outages(onDay: day), range) {
        // What planned gaps leave of the outage.
        var start = outage.samples.lowerBound
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
    var gaps: [SampleGap] = []
    let bits = UInt64(bitPattern: day)
    var time = 0.0
    var number: UInt32 = 1
    while true {
      let words = Philox.block(
        SIMD4(UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32), number, RandomTag.gapOfDay),
        key: key)
      let start = time - meanUp * log((Double(words[0]) + 0.5) * 0x1p-32)
      guard start < 86_400 else { break }
      time = min(start - meanDown * log((Double(words[1]) + 0.5) * 0x1p-32), 86_400)
      let midnight = day * 86_400_000_000_000
      let samples =
        sampleRate.firstSample(
          atNanoseconds: midnight + Int64(start * 1e9))..<sampleRate.firstSample(
          atNanoseconds: midnight + Int64(time * 1e9))
      if !samples.isEmpty { gaps.append(SampleGap(samples: samples, reason: .outage)) }
      number += 1
    }
    cached = (day, gaps)
    return gaps
  }

  private func day(ofSample sample: Int64) -> Int64 {
    let nanoseconds = sampleRate.time(ofSample: sample, epoch: GPSTime(nanoseconds: 0)).nanoseconds
    let day: Int64 = 86_400_000_000_000
    return nanoseconds >= 0 ? nanoseconds / day : -((-nanoseconds + day - 1) / day)
  }

  /// Planned gaps as disjoint ranges of samples, in order.
  private static func merged(_ intervals: [DataGaps.Interval], sampleRate: SampleRate) -> [SampleGap] {
    var result: [SampleGap] = []
    for interval in intervals.sorted(by: { $0.start < $1.start }) {
      let end = sampleRate.firstSample(atNanoseconds: interval.start + interval.length)
      let start = max(
        sampleRate.firstSample(atNanoseconds: interval.start), result.last?.samples.upperBound ?? Int64.min)
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
    guard outagesPerHour > 0 else { return }
    try require(
      meanOutage > 0 && meanOutage <= 21_600, "the mean outage in seconds", meanOutage,
      "from above 0 to 6 h (longer ones as planned gaps)")
    try require(
      outagesPerHour * meanOutage < 3600, "the number of outages per hour", outagesPerHour,
      "below 3600 s/(mean outage) = \(3600 / meanOutage)")
  }
}

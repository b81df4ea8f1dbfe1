import Glibc
import Instruments
import Numerics
import Sky
import Testing

@Suite("Gaps in the data")
struct GapTests {
  private let second: Int64 = 1_000_000_000

  private func schedule(
    _ gaps: DataGaps, rate: SampleRate = SampleRate(128), seed: UInt64 = 1, name: String = "a"
  ) throws -> GapSchedule {
    try GapSchedule(gaps, sampleRate: rate, seed: seed, nodeIdentifier: nodeIdentifier(name))
  }

  @Test("planned gaps cover the samples whose instants lie in them; the one that began first counts")
  func planned() throws {
    let gaps = try schedule(
      DataGaps(intervals: [
        DataGaps.Interval(start: 20 * second, length: 10 * second, reason: .saturation),
        DataGaps.Interval(start: 10 * second, length: 15 * second, reason: .maintenance),
        DataGaps.Interval(start: 12 * second, length: 1, reason: .calibration),
        DataGaps.Interval(start: -5 * second, length: second, reason: .calibration),
        // Between two samples: none is missing. From one instant on for a nanosecond: one is.
        DataGaps.Interval(start: 40 * second + 1, length: 7_000_000, reason: .calibration),
        DataGaps.Interval(start: 50 * second, length: 1, reason: .calibration),
      ]))
    #expect(
      gaps.gaps(firstSample: -10_000, count: 100_000) == [
        SampleGap(samples: -640..<(-512), reason: .calibration),
        SampleGap(samples: 1280..<3200, reason: .maintenance),
        SampleGap(samples: 3200..<3840, reason: .saturation),
        SampleGap(samples: 6400..<6401, reason: .calibration),
      ])
    #expect(gaps.gaps(firstSample: 3100, count: 200).map(\.samples) == [3100..<3200, 3200..<3300])
    #expect(gaps.gaps(firstSample: 0, count: 1280).isEmpty)
    // At 1/10 Hz the samples of 10 s and 20 s are missing, that of 0 s is not; 30 s ends the gap.
    let slow = try schedule(
      DataGaps(intervals: [DataGaps.Interval(start: 1, length: 30 * second - 1, reason: .outage)]),
      rate: SampleRate(1, per: 10))
    #expect(slow.gaps(firstSample: -5, count: 20) == [SampleGap(samples: 1..<3, reason: .outage)])
  }

  @Test("NaN exactly in the gaps; reasons; ranges without a sample")
  func rendering() throws {
    let gaps = DataGaps(intervals: [
      DataGaps.Interval(start: 2 * second, length: second, reason: .saturation),
      DataGaps.Interval(start: 3 * second, length: second, reason: .maintenance),
    ])
    let (whole, broken) = (try source(), try source(gaps: gaps))
    let (a, b) = (whole.samples(0, 1000), broken.samples(0, 1000))
    for channel in 0..<2 {
      for j in 0..<1000 {
        let index = channel * 1000 + j
        if (256..<512).contains(j) { #expect(b[index].isNaN) } else { #expect(a[index] == b[index]) }
      }
    }
    #expect(broken.gapReason(firstSample: 0, count: 1000) == .saturation)
    #expect(broken.gapReason(firstSample: 384, count: 10) == .maintenance)
    #expect(broken.gapReason(firstSample: 0, count: 256) == nil)
    #expect(broken.isEntirelyMissing(firstSample: 256, count: 256))
    #expect(!broken.isEntirelyMissing(firstSample: 255, count: 256))
    #expect(!broken.isEntirelyMissing(firstSample: 257, count: 256))
    #expect(broken.samples(300, 100).allSatisfy { $0.isNaN })
    #expect(whole.gapReason(firstSample: 0, count: 1000) == nil)
  }

  @Test("random outages: rate and missing fraction over 400 days")
  func outages() throws {
    let gaps = try schedule(
      DataGaps(outagesPerHour: 2, meanOutage: 120), rate: SampleRate(1), seed: 5, name: "moxa")
    let found = gaps.gaps(firstSample: -200 * 86_400, count: 400 * 86_400)
    // 19 200 outages; a renewal process of exponential times scatters less than 1/sqrt(n) = 0.7 %.
    #expect(abs(Double(found.count) / (400 * 48) - 1) < 0.03)
    let missing = Double(found.reduce(0) { $0 + $1.samples.count }) / (400 * 86_400)
    #expect(abs(missing / (2 * 120 / 3600.0) - 1) < 0.05)
    #expect(found.allSatisfy { $0.reason == .outage })
    for (one, next) in zip(found, found.dropFirst()) { #expect(one.samples.upperBound <= next.samples.lowerBound) }
  }

  @Test("any range alone agrees with the whole; nodes and seeds differ")
  func randomAccess() throws {
    let law = DataGaps(
      intervals: [DataGaps.Interval(start: 86_000 * second, length: 2000 * second, reason: .maintenance)],
      outagesPerHour: 20, meanOutage: 60)
    let whole = try schedule(law, rate: SampleRate(1)).gaps(firstSample: -100_000, count: 300_000)
    var missing = Set<Int64>()
    for gap in whole { missing.formUnion(gap.samples) }
    let parts = try schedule(law, rate: SampleRate(1))
    for start in stride(from: Int64(199_000), through: -100_000, by: -1000) {
      let found = parts.gaps(firstSample: start, count: 1000)
      #expect(found.reduce(0) { $0 + $1.samples.count } == (start..<start + 1000).count { missing.contains($0) })
      #expect(found.allSatisfy { gap in gap.samples.allSatisfy { missing.contains($0) } })
    }
    for n in stride(from: Int64(-90_000), to: 190_000, by: 331) {
      #expect(parts.gaps(firstSample: n, count: 1).isEmpty != missing.contains(n))
    }
    let planned = whole.filter { $0.reason == .maintenance }.map(\.samples)
    #expect(planned == [86_000..<88_000])
    #expect(try schedule(law, rate: SampleRate(1), name: "b").gaps(firstSample: -100_000, count: 300_000) != whole)
    #expect(try schedule(law, rate: SampleRate(1), seed: 2).gaps(firstSample: -100_000, count: 300_000) != whole)
  }

  @Test("the law of outages, from the stated counters")
  func law() throws {
    // Day 0 and day -1 of the stated law, with the generator itself.
    let node = nodeIdentifier("a")
    let key = Philox.derive(1, tag: 0x4741_5053, a: Int64(bitPattern: node), b: 0)
    let gaps = try schedule(DataGaps(outagesPerHour: 1, meanOutage: 600), rate: SampleRate(1000))
    for (day, low) in [(Int64(0), UInt32(0)), (-1, UInt32.max)] {
      let words = Philox.block(SIMD4(low, low, 1, 0x4741_5045), key: key)
      let start = 3000 * exponential(words[0])
      let end = start + 600 * exponential(words[1])
      let first = gaps.gaps(firstSample: day * 86_400_000, count: 86_400_000).first
      #expect(first?.samples == day * 86_400_000 + Int64(start * 1e3) + 1..<day * 86_400_000 + Int64(end * 1e3) + 1)
    }
  }

  @Test("gaps that are refused")
  func errors() {
    #expect(throws: InstrumentError.badGap(index: 0, length: 0)) {
      try schedule(DataGaps(intervals: [DataGaps.Interval(start: 0, length: 0, reason: .outage)]))
    }
    #expect(throws: InstrumentError.badGap(index: 0, length: .max)) {
      try schedule(DataGaps(intervals: [DataGaps.Interval(start: 1, length: .max, reason: .outage)]))
    }
    #expect(throws: InstrumentError.self) { try schedule(DataGaps(outagesPerHour: 10, meanOutage: 360)) }
    #expect(throws: InstrumentError.self) { try schedule(DataGaps(outagesPerHour: -1, meanOutage: 1)) }
    #expect(throws: InstrumentError.self) { try schedule(DataGaps(outagesPerHour: 0.01, meanOutage: 1e5)) }
  }
}

/// -ln u with u = (word + 1/2)/2^32.
private func exponential(_ word: UInt32) -> Double {
  -log((Double(word) + 0.5) / 4_294_967_296)
}

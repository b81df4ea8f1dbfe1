import Sky
import Testing

@Suite("Sample rates as fractions")
struct SampleRateTests {
  /// Exact values by Python's fractions: floor(n x denominator x 10^9/numerator).
  @Test(
    "time of a sample",
    arguments: [
      (SampleRate(512), 1, 1_953_125), (SampleRate(512), -1, -1_953_125),
      (SampleRate(512), 512 * 315_576_000, 315_576_000_000_000_000),
      (SampleRate(1, per: 10), 7, 70_000_000_000), (SampleRate(1, per: 10), -7, -70_000_000_000),
      (SampleRate(16384, per: 3), 16384, 3_000_000_000),
      (SampleRate(16384, per: 3), 1, 183_105), (SampleRate(16384, per: 3), -1, -183_106),
      (SampleRate(16384, per: 3), 123_456_789, 22_605_613_220_214),
      (SampleRate(16384, per: 3), -123_456_789, -22_605_613_220_215),
      (SampleRate(16384, per: 3), 10_000_000_000_000, 1_831_054_687_500_000_000),
      (SampleRate(3), 2, 666_666_666), (SampleRate(3), -2, -666_666_667),
    ] as [(SampleRate, Int64, Int64)])
  func time(rate: SampleRate, index: Int64, nanoseconds: Int64) {
    let epoch = GPSTime(nanoseconds: 1_000_000_007)
    #expect(rate.time(ofSample: index, epoch: epoch).nanoseconds == epoch.nanoseconds + nanoseconds)
  }

  @Test("whole numbers of samples in a duration, or none")
  func samples() {
    #expect(SampleRate(512).samples(inNanoseconds: 16_000_000_000) == 8192)
    #expect(SampleRate(16384, per: 3).samples(inNanoseconds: 3_000_000_000) == 16384)
    #expect(SampleRate(16384, per: 3).samples(inNanoseconds: 1_000_000_000) == nil)
    #expect(SampleRate(1, per: 10).samples(inNanoseconds: 60_000_000_000) == 6)
    #expect(SampleRate(1, per: 10).samples(inNanoseconds: -60_000_000_000) == -6)
    #expect(SampleRate(1, per: 10).samples(inNanoseconds: 65_000_000_000) == nil)
    #expect(SampleRate(3).samples(inNanoseconds: 1) == nil)
  }
}

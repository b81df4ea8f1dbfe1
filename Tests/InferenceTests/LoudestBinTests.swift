import Correlator
import Inference
import Testing

@Suite("The loudest bin of a band")
struct LoudestBinTests {
  static let plan = BandPlan(
    name: "b", segment: 10_000_000_000, hop: 5_000_000_000, window: .hann, segmentsPerIntegration: 4, firstBin: 20,
    binCount: 5)

  /// Matrices with powers and one cross spectrum a bin, two channels.
  func row(
    _ powers: [(Double, Double)], _ cross: [(Double, Double)], present: [Bool] = [true, true], segments: Int = 4
  )
    -> CrossSpectra
  {
    var values: [Double] = []
    for ((a, b), (re, im)) in zip(powers, cross) { values += [a, 0, re, -im, re, im, b, 0] }
    return CrossSpectra(integration: 0, segments: segments, present: present, values: values)
  }

  @Test("has the greatest mean of powers over the medians, with its coherence and that of the others")
  func numbers() throws {
    let quiet = [(1.0, 10.0), (1, 10), (1, 10), (5, 20), (1, 10)]
    let first = row(quiet, [(0, 0), (0.5, 0), (0, 0), (6, 8), (0, 0)])
    let second = row(quiet, [(0, 0), (0, 0.5), (0, 0), (0, 0), (0, 0)], segments: 12)
    let loudest = try #require(LoudestBin([first, second], plan: Self.plan))
    #expect(abs(loudest.frequency - 2.3) < 1e-12)
    // Channel powers are 5 and 2 times their medians.
    #expect(abs(loudest.powerRatio - 3.5) < 1e-12)
    // |6 + 8i|²/(5 20) = 1 in a quarter of the segments; 0.25/10 in one of four other bins always.
    #expect(abs((loudest.coherence ?? 0) - 0.25) < 1e-12)
    #expect(abs((loudest.otherCoherence ?? 0) - 0.00625) < 1e-12)
  }

  @Test("channels without data do not count, and a band needs bins")
  func missing() throws {
    let nan = Double.nan
    let half = row(
      [(1, nan), (1, nan), (1, nan), (1, nan), (7, nan)], Array(repeating: (nan, nan), count: 5),
      present: [true, false])
    let loudest = try #require(LoudestBin([half], plan: Self.plan))
    #expect(loudest.powerRatio == 7 && loudest.coherence == nil)
    #expect(LoudestBin([], plan: Self.plan) == nil)
    var narrow = Self.plan
    narrow.binCount = 2
    #expect(LoudestBin([half], plan: narrow) == nil)
  }
}

import Glibc
import Inference
import Testing

@Suite("Allan deviations")
struct AllanTests {
  /// The 1000 points of NIST's test suite.
  private static let thousand: [Double] = {
    var n = 1_234_567_890
    return (0..<1000).map { _ in
      defer { n = 16807 * n % 2_147_483_647 }
      return Double(n) / 2_147_483_647
    }
  }()

  @Test(
    "NBS14, 1000 points, tau 1, 10, 100",
    arguments: [
      (AllanStatistic.adev, [2.922319e-01, 9.965736e-02, 3.897804e-02]),
      (.oadev, [2.922319e-01, 9.159953e-02, 3.241343e-02]), (.mdev, [2.922319e-01, 6.172376e-02, 2.170921e-02]),
      (.totdev, [2.922319e-01, 9.134743e-02, 3.406530e-02]), (.hdev, [2.943883e-01, 1.052754e-01, 3.910860e-02]),
      (.ohdev, [2.943883e-01, 9.581083e-02, 3.237638e-02]), (.tdev, [1.687202e-01, 3.563623e-01, 1.253382e+00]),
    ])
  func thousandPoints(statistic: AllanStatistic, expected: [Double]) throws {
    let analysis = try AllanAnalysis(values: Self.thousand, interval: 1, minimumTerms: 1)
    let found = try analysis.estimates(statistic, factors: [1, 10, 100])
    #expect(found.map(\.averagingTime) == [1, 10, 100])
    for (estimate, deviation) in zip(found, expected) {
      #expect(abs(estimate.deviation / deviation - 1) < 3e-7, "\(estimate)")
    }
  }

  @Test(
    "NBS14, 10 points, tau 1, 2",
    arguments: [
      (AllanStatistic.adev, [91.22945, 115.8082]), (.oadev, [91.22945, 85.95287]), (.mdev, [91.22945, 74.78849]),
      (.totdev, [91.22945, 93.90379]), (.hdev, [70.80608, 116.7980]), (.tdev, [52.67135, 86.35831]),
      (.ohdev, [70.80607, 85.61487]),
    ])
  func tenPoints(statistic: AllanStatistic, expected: [Double]) throws {
    let values: [Double] = [892, 809, 823, 798, 671, 644, 883, 903, 677]
    let found = try AllanAnalysis(values: values, interval: 1, minimumTerms: 1)
      .estimates(statistic, factors: [1, 2])
    for (estimate, deviation) in zip(found, expected) {
      #expect(abs(estimate.deviation / deviation - 1) < 2e-7, "\(estimate)")
    }
  }

  @Test(
    "a record with gaps: deviations, terms and degrees of freedom of the physics page",
    arguments: [
      (
        AllanStatistic.oadev, [9.840788692843e-16, 4.969543708759e-16, 2.810300197588e-16], [2458, 2200, 1200],
        [1648.27827, 794.468265, 152.500724]
      ),
      (
        .mdev, [9.840788692843e-16, 3.572050780426e-16, 1.984840149402e-16], [2458, 2073, 600],
        [1648.27827, 539.891914, 68.8015941]
      ),
      (
        .ohdev, [9.813331004868e-16, 4.984656084765e-16, 2.922610307680e-16], [2415, 2031, 560],
        [1253.47817, 629.376682, 103.792133]
      ),
    ])
  func gaps(statistic: AllanStatistic, deviations: [Double], terms: [Int], edf: [Double]) throws {
    let analysis = try AllanAnalysis(values: ClockFixtures.testVector(), interval: 100)
    #expect(analysis.hasGaps)
    let found = try analysis.estimates(statistic, factors: [1, 4, 16])
    #expect(found.map(\.terms) == terms)
    for (index, estimate) in found.enumerated() {
      #expect(abs(estimate.deviation / deviations[index] - 1) < 1e-11)
      #expect(abs(estimate.degreesOfFreedom / edf[index] - 1) < 1e-8)
      #expect(estimate.lower < estimate.deviation && estimate.deviation < estimate.upper)
    }
    #expect(throws: ClockAnalysisError.gaps(statistic: "TOTDEV")) {
      try analysis.estimates(.totdev, factors: [1])
    }
    // No window of 61 readings holds the three averages of 40.
    #expect(try analysis.estimates(statistic, factors: [40]).isEmpty)
  }

  @Test(
    "degrees of freedom without gaps, 1000 samples, m = 1, 10, 100",
    arguments: [
      (AllanStatistic.oadev, FrequencyNoise.white, [666.22230, 146.07233, 12.81327]),
      (.oadev, .flicker, [809.92319, 116.39222, 9.92560]), (.oadev, .randomWalk, [999, 91.75477, 7.75715]),
      (.mdev, .white, [666.22230, 95.10934, 7.41444]), (.ohdev, .white, [513.52177, 123.81357, 9.92130]),
    ])
  func degreesOfFreedom(statistic: AllanStatistic, noise: FrequencyNoise, expected: [Double]) throws {
    let found = try AllanAnalysis(values: Self.thousand, interval: 1, noise: noise)
      .estimates(statistic, factors: [1, 10, 100])
    for (estimate, edf) in zip(found, expected) {
      #expect(abs(estimate.degreesOfFreedom - edf) < 6e-6 * max(1, edf / 100))
    }
  }

  @Test("flicker noise of every averaging factor, and the others' closed forms")
  func variances() {
    let q = FrequencyNoise.flicker.variance(level: 1, interval: 7)
    for (factor, expected) in [(1, 2), (2, 1.6), (4, 1.455611055611), (100, 1.38652577262)] {
      #expect(abs(FrequencyNoise.flicker.allanVariance(factor: factor, variance: q) - expected) < 1e-11)
    }
    #expect(abs(FrequencyNoise.flicker.allanVariance(factor: 1 << 20, variance: q) - 2 * log(2)) < 1e-9)
    for m in [1, 2, 10] {
      let x = Double(m)
      #expect(abs(FrequencyNoise.white.allanVariance(factor: m, variance: 3) - 3 / x) < 1e-14)
      let walk = FrequencyNoise.randomWalk.allanVariance(factor: m, variance: 1)
      #expect(abs(walk - (2 * x * x + 1) / (6 * x)) < 1e-14)
    }
  }

  @Test("95 % intervals cover the deviation of white noise with gaps", arguments: [AllanStatistic.oadev, .mdev, .adev])
  func coverage(statistic: AllanStatistic) throws {
    let mask = ClockFixtures.testVector().map(\.isNaN)
    let runs = 200
    var covered = 0
    for run in 0..<runs {
      let deviates = ClockFixtures.deviates(2000, key: UInt64(300 + run))
      let values = deviates.indices.map { mask[$0] ? .nan : deviates[$0] }
      let analysis = try AllanAnalysis(values: values, interval: 1, confidenceLevel: 0.95)
      let estimate = try #require(analysis.estimates(statistic, factors: [8]).first)
      // White noise of variance 1: AVAR = 1/m; MDEV by its closed form (m² + 1... )/(2 m³) of white FM.
      let expected = statistic == .mdev ? (0.5 * (1 + 1.0 / 64) / 8).squareRoot() : (1.0 / 8).squareRoot()
      if (estimate.lower...estimate.upper).contains(expected) { covered += 1 }
    }
    let share = Double(covered) / Double(runs)
    #expect(abs(share - 0.95) < 0.062, "\(share)")
  }
}

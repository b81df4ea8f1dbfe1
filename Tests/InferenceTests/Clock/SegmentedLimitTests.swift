import DarkMatter
import Glibc
import Inference
import Numerics
import Testing

@Suite("Sums of powers of segments: their law, limits and thresholds")
struct SegmentedLimitTests {
  @Test("the page's reference values are those of equal segments")
  func references() {
    let references: [(Int, Double, Double)] = [
      (1, 2.995732273553991, 57.40397481), (4, 4, 1.927575307), (4, 8, 4.855150614), (20, 20, 0.508904240),
    ]
    for (segments, sum, strength) in references {
      // Errors of sigma = 3.
      let information = [Double](repeating: 1.0 / 9, count: segments)
      let expected = 3 * (2 * strength).squareRoot()
      let limit = SegmentedLimit.amplitude(sum: sum, information: information)
      #expect(abs(limit / expected - 1) < 1e-8, "\(segments), \(sum)")
      let table = SegmentedLimit(information: information)
      let tabulated = table.tabulated(sum: sum, information: Double(segments) / 9)
      #expect(abs(tabulated / expected - 1) < 2e-3, "\(segments), \(sum): \(tabulated) \(expected)")
    }
    // Less than noise alone has with 95 %: no signal would do.
    #expect(SegmentedLimit.amplitude(sum: 1, information: [1, 1, 1, 1]) == 0)
    // What is not in the sum does not count.
    #expect(
      SegmentedLimit.amplitude(sum: 6, information: [2, 0, 1]) == SegmentedLimit.amplitude(sum: 6, information: [2, 1]))
  }

  @Test(
    "with unequal segments a field at the limit gives less than the sum in 5 % of simulated runs",
    arguments: [[1.0, 0.4, 0.1], [3, 1, 1, 1, 0.05], [1, 0.01]])
  func unequal(information: [Double]) {
    let runs = 40_000
    for sum in [3.0, 7, 25] {
      let limit = SegmentedLimit.amplitude(sum: sum, information: information)
      let table = SegmentedLimit(information: information)
        .tabulated(sum: sum, information: information.reduce(0, +))
      if limit == 0 { continue }
      #expect(abs(table / limit - 1) < 2e-3)
      var below = 0
      let g = ClockFixtures.deviates(4 * runs * information.count, key: 4_410)
      for run in 0..<runs {
        var total = 0.0
        for (segment, weight) in information.enumerated() {
          // Cosine and sine in standard deviations: noise, and a complex normal amplitude of mean square one.
          let n = 4 * (run * information.count + segment)
          let scale = limit * (0.5 * weight).squareRoot()
          let (c, s) = (g[n] + scale * g[n + 1], g[n + 2] + scale * g[n + 3])
          total += 0.5 * (c * c + s * s)
        }
        if total <= sum { below += 1 }
      }
      let share = Double(below) / Double(runs)
      #expect(abs(share - 0.05) < 4 * (0.05 * 0.95 / Double(runs)).squareRoot(), "\(sum): \(share)")
    }
  }

  @Test("a signal that goes with the square of the field at its limit gives less in 5 % of other simulated runs")
  func quadratic() {
    let (runs, information) = (40_000, [1.0, 0.5, 0.25])
    let law = SegmentedLimit(information: information, order: .quadratic)
    let linear = SegmentedLimit(information: information)
    for sum in [4.0, 9, 40] {
      let limit = law.tabulated(sum: sum, information: 1.75)
      // Exp(1)² has a longer tail towards nothing than a Rayleigh amplitude.
      #expect(limit > linear.tabulated(sum: sum, information: 1.75))
      let g = ClockFixtures.deviates(4 * runs * 3, key: 4_411)
      let below = (0..<runs).count { run in
        let total = (0..<3).reduce(0.0) { total, segment in
          let n = 4 * (run * 3 + segment)
          let square = 0.5 * (g[n + 2] * g[n + 2] + g[n + 3] * g[n + 3])
          let c = g[n] + limit * square * information[segment].squareRoot()
          return total + 0.5 * (c * c + g[n + 1] * g[n + 1])
        }
        return total <= sum
      }
      // 40000 runs here and 20000 in the law: 0.0011 and 0.0015.
      #expect(abs(Double(below) / Double(runs) - 0.05) < 0.008, "\(sum): \(below)")
    }
  }

  @Test("the scale of single powers: probabilities of sums, back and forth, and far into the tail")
  func power() {
    for segments in [1, 2, 3, 7, 20, 100] {
      for sum in [0.5, 2, 10, 40, 150] {
        let power = SegmentedPower.power(sum: sum, segments: segments)
        let probability = regularizedUpperGamma(Double(segments), sum)
        #expect(abs(exp(-power) - probability) < 1e-12 + 1e-10 * probability)
        if power > 0.01 {
          #expect(abs(SegmentedPower.sum(power: power, segments: segments) - sum) < 1e-6 * sum)
        }
      }
    }
    // Q(2, S) = (1 + S) exp(-S).
    #expect(abs(SegmentedPower.power(sum: 2000, segments: 2) - (2000 - log(2001))) < 1e-9)
  }

  @Test(
    "a segmented search of one segment has Baluev's threshold; several have less than the page's bound and more than none"
  )
  func threshold() throws {
    let (band, length) = (0.1, 1e5)
    let whole = GlobalThreshold(band: band, timeVariance: length * length / 12)
    var split = GlobalThreshold(band: 0, timeVariance: 0)
    split.segmentedBands = [.init(segments: 1, band: band, timeVariance: length * length / 12)]
    for power in [5.0, 15, 40] {
      let (a, b) = (whole.falseAlarmProbability(power: power), split.falseAlarmProbability(power: power))
      #expect(abs(a / b - 1) < 1e-9)
    }
    for segments in [2, 4, 20] {
      split.segmentedBands = [.init(segments: segments, band: band, timeVariance: length * length / 12)]
      let power = try split.power(falseAlarmProbability: 0.01)
      let bound = 10 * band * length * exp(-power)
      #expect(0.01 < bound && bound < 0.05, "\(segments): \(bound)")
      #expect(abs(split.falseAlarmProbability(power: power) / 0.01 - 1) < 1e-6)
    }
  }

  @Test("segments are never longer than the coherence time, and as few as that allows up to eight")
  func bands() {
    let span = 3e6
    let division = CoherenceBands(span: span, highestFrequency: 40)
    #expect(abs(division.coherentUpTo - 1 / 3.0) < 1e-12)
    var last = division.coherentUpTo
    for band in division.bands {
      #expect(band.above == last)
      last = band.upTo
    }
    #expect(last == 40 && division.bands.count < 35)
    for frequency in stride(from: 0.1, to: 40, by: 0.07) {
      let needed =
        span / ClockSignalOrder.linear.coherenceTime(mass: ClockSignalOrder.linear.mass(frequency: frequency))
      let segments = Double(division.segments(at: frequency))
      #expect(segments >= needed * (1 - 1e-12))
      #expect(segments < (needed > 8 ? needed * 1.125 + 1 : needed + 1))
    }
    #expect(CoherenceBands(span: 1e5, highestFrequency: 5).bands.isEmpty)
  }

  @Test("the power that a segment gets of a halo's line is that of simulated waves", arguments: [0.25, 1.0])
  func recovery(coherenceTimes x: Double) {
    // Waves of the standard halo, speeds in units of 1e-3 c, so that phases are -pi v² t/tau_c.
    let (runs, waves, points) = (400, 300, 32)
    let (dispersion, wind) = (220e3 / 2.0.squareRoot() / 299_792.458, 232.618e3 / 299_792.458)
    let shifts = (0..<30).map { Double($0) * 0.05 }
    var powers = [Double](repeating: 0, count: shifts.count)
    for run in 0..<runs {
      let g = ClockFixtures.deviates(5 * waves, key: UInt64(441_200 + run))
      var mean = [ComplexNumber](repeating: .zero, count: shifts.count)
      for point in 0..<points {
        let time = (Double(point) + 0.5) / Double(points) * x
        var zeta = ComplexNumber.zero
        for n in 0..<waves {
          let v = SIMD3(dispersion * g[5 * n], dispersion * g[5 * n + 1], dispersion * g[5 * n + 2] - wind)
          let square = (v * v).sum()
          zeta += ComplexNumber(g[5 * n + 3], g[5 * n + 4]) * ComplexNumber(magnitude: 1, phase: -.pi * square * time)
        }
        for (number, shift) in shifts.enumerated() {
          mean[number] += zeta * ComplexNumber(magnitude: 1, phase: 2 * .pi * shift * time)
        }
      }
      for number in shifts.indices {
        powers[number] += (mean[number] / Double(points)).magnitudeSquared / Double(2 * waves * runs)
      }
    }
    let simulated = powers.max() ?? 0
    let share = SegmentRecovery.share(coherenceTimes: x, order: .linear)
    // Exponential powers: 1/sqrt(runs) each, a little more for the largest of several frequencies.
    #expect(abs(simulated / share - 1) < 4 / Double(runs).squareRoot(), "\(simulated), \(share)")
    #expect(share < SegmentRecovery.share(coherenceTimes: x, order: .quadratic))
    #expect(SegmentRecovery.share(coherenceTimes: 1e-6, order: .linear) > 0.999)
  }
}

import Glibc
import Numerics
import Testing

@Suite("Roots, special functions and distributions")
struct SpecialFunctionTests {
  @Test("roots to the last bits")
  func roots() {
    #expect(abs(zero(of: { cos($0) - $0 }, in: 0...1) - 0.7390851332151607) < 1e-15)
    #expect(abs(zero(of: { $0 * $0 * $0 - 2 }, in: -5...5) / cbrt(2) - 1) < 1e-15)
    // Flat, and with a kink.
    #expect(abs(zero(of: { $0 < 0.3 ? -1e-9 : $0 - 0.3 }, in: -4...9) - 0.3) < 1e-15)
    #expect(zero(of: { $0 }, in: 0...1) == 0)
  }

  @Test("digamma by its known values and its recurrence")
  func digammaFunction() {
    let euler = 0.577_215_664_901_532_9
    #expect(abs(digamma(1) + euler) < 2e-15)
    #expect(abs(digamma(0.5) + euler + 2 * log(2)) < 4e-15)
    for x in [0.03, 0.7, 3.3, 9.99, 40, 1e6] {
      #expect(abs(digamma(x + 1) - digamma(x) - 1 / x) < 4e-15 * max(1, 1 / x))
    }
  }

  @Test("chi-squared quantiles invert the distribution")
  func chiSquared() {
    // Two degrees of freedom have a closed form; the others are tabulated everywhere.
    for p in [1e-12, 0.05, 0.5, 0.999] {
      #expect(
        abs(chiSquaredQuantile(p, degreesOfFreedom: 2) / (-2 * log1p(-p)) - 1) < 1e-3 * p + 1e-4
          * (p < 1e-6 ? 10 : 1e-9))
    }
    #expect(abs(chiSquaredQuantile(0.95, degreesOfFreedom: 1) - 3.841458820694124) < 1e-12)
    #expect(abs(chiSquaredQuantile(0.025, degreesOfFreedom: 10) - 3.246972780236842) < 1e-12)
    for degrees in [0.3, 7.7, 66.5, 1e5] {
      for p in [0.01, 0.5, 0.975] {
        let x = chiSquaredQuantile(p, degreesOfFreedom: degrees)
        #expect(abs(1 - chiSquaredSurvival(x, degreesOfFreedom: degrees) - p) < 1e-12)
      }
    }
  }

  @Test("the Rice distribution: both tails, small and large distances")
  func rice() {
    for (x, nu) in [(0.2, 0.1), (3, 0.5), (2, 2), (7, 5.5), (1.5, 6), (40, 38.5), (300, 301)] {
      let below = RiceDistribution.cumulative(x, noncentrality: nu)
      let above = RiceDistribution.survival(x, noncentrality: nu)
      #expect(abs(below + above - 1) < 1e-14, "\(x) \(nu)")
      let step = 1e-4
      let slope =
        (RiceDistribution.cumulative(x + step, noncentrality: nu)
          - RiceDistribution.cumulative(x - step, noncentrality: nu))
        / (2 * step)
      #expect(abs(slope - RiceDistribution.density(x, noncentrality: nu)) < 1e-8, "\(x) \(nu)")
    }
    #expect(RiceDistribution.cumulative(2, noncentrality: 0) == -expm1(-2))
    // Far from the origin, the transverse scatter adds 1/(2 nu) to a normal deviate.
    #expect(abs(RiceDistribution.survival(1e6 + 1 + 0.5e-6, noncentrality: 1e6) - normalSurvival(1)) < 1e-9)
    // Deep in the lower tail: exp(-nu²/2) times the integral of r I_0(r nu) exp(-r²/2).
    let (x, nu) = (1e-3, 9.0)
    let expected = exp(-nu * nu / 2) * x * x / 2 * (1 + (nu * nu - 2) * x * x / 8)
    #expect(abs(RiceDistribution.cumulative(x, noncentrality: nu) / expected - 1) < 1e-10)
  }
}

@Suite("Non-uniform Fourier transform")
struct NonuniformTransformTests {
  @Test("sums agree with their definition to 1e-13 of the sum of magnitudes", arguments: [1, 7, 300, 2500])
  func definition(highest: Int) {
    var noise = PortableNoise(seed: 11)
    let positions = (0..<501).map { _ in max(-0.25, min(0.25, 0.09 * (noise.next() ?? 0))) } + [-0.25, 0.25, 0]
    let strengths = positions.map { _ in noise.next() ?? 0 }
    let scale = strengths.reduce(0) { $0 + abs($1) }
    let transform = NonuniformTransform(highest: highest)
    let sums = AlignedBuffer(count: 2 * (highest + 1))
    transform.sums(positions: positions, strengths: strengths, into: sums.pointer)
    for j in Set([0, 1, highest / 3, highest - 1, highest]) {
      var (real, imaginary) = (0.0, 0.0)
      for (x, a) in zip(positions, strengths) {
        // Whole turns off first, since the phase is large.
        let turns = (Double(j) * x).remainder(dividingBy: 1)
        real += a * cos(2 * .pi * turns)
        imaginary += a * sin(2 * .pi * turns)
      }
      #expect(abs(sums.pointer[2 * j] - real) < 1e-13 * scale, "\(j)")
      #expect(abs(sums.pointer[2 * j + 1] - imaginary) < 1e-13 * scale, "\(j)")
    }
  }

  @Test("lengths of fast transforms")
  func lengths() {
    #expect([1, 2, 7, 31, 129, 1025].map(NonuniformTransform.smoothLength(atLeast:)) == [2, 2, 8, 32, 144, 1080])
  }
}

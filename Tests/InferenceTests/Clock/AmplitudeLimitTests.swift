import DarkMatter
import Glibc
import Inference
import Numerics
import Testing

@Suite("Limits on amplitudes")
struct AmplitudeLimitTests {
  @Test(
    "the page's table",
    arguments: [
      (0.1, 2.453850958, 2.45080588, 0.0), (1, 2.939762553, 2.745661171, 2.28752068),
      (1.177410023, 3.086659528, 2.855676477, 2.516294929), (3, 4.777225027, 4.513512892, 4.508012073),
    ])
  func table(amplitude: Double, bayes: Double, cls: Double, neyman: Double) {
    for (limit, expected) in zip([AmplitudeLimit.bayes, .cls, .neyman], [bayes, cls, neyman]) {
      #expect(abs(limit.value(amplitude: amplitude) - expected) < 2e-9, "\(limit)")
    }
  }

  @Test("limits of a search are those of its fits one by one", arguments: AmplitudeLimit.allCases)
  func searched(limit: AmplitudeLimit) throws {
    let series = try ClockFixtures.series(
      Array(ClockFixtures.testVector()[0..<1000]), interval: 100, origin: 5e4, sigma: 1e-15)
    let spectrum = try SinusoidSearch([SearchedClock(series)]).run()
    let limits = spectrum.upperLimits(limit, workers: 2)
    for index in 0..<spectrum.count where spectrum[index].power.isFinite {
      let point = spectrum[index]
      let v = point.covariance
      let sigma = (0.5 * (v.cosine + v.sine)).squareRoot()
      let expected =
        limit == .bayes
        ? try AmplitudePosterior(cosine: point.cosine, sine: point.sine, covariance: v).upperLimit()
        : sigma * limit.value(amplitude: point.amplitude / sigma)
      #expect(abs(limits[index] - expected) < 1e-6 * sigma, "\(index): \(point)")
    }
  }

  @Test("the posterior's probability is that of a disc: samples of it, and any orientation")
  func posterior() throws {
    let (c, s) = (0.7, -1.1)
    let v = QuadratureCovariance(cosine: 4, mixed: 0.8, sine: 1)
    let posterior = try AmplitudePosterior(cosine: c, sine: s, covariance: v)
    let deviates = ClockFixtures.deviates(200_000, key: 17)
    let below = stride(from: 0, to: deviates.count, by: 2).filter { k in
      let x = c + 2 * deviates[k]
      let y = s + 0.4 * deviates[k] + (1 - 0.16).squareRoot() * deviates[k + 1]
      return x * x + y * y < 9
    }.count
    let expected = posterior.probability(below: 3)
    #expect(abs(Double(below) / 1e5 - expected) < 4 * (expected * (1 - expected) / 1e5).squareRoot())
    for angle in [0.3, 1.2, 2.9] {
      let (a, b) = (cos(angle), sin(angle))
      let turned = try AmplitudePosterior(
        cosine: c * a + s * b, sine: s * a - c * b, covariance: v.turned(cosine: a, sine: b))
      #expect(abs(turned.upperLimit() - posterior.upperLimit()) < 1e-12)
    }
    // Both quadratures, of small and of large discs, meet.
    let narrow = try AmplitudePosterior(
      cosine: 29, sine: 3, covariance: QuadratureCovariance(cosine: 1, mixed: 0, sine: 1))
    let difference = narrow.probability(below: 30.0000001) - narrow.probability(below: 29.9999999)
    #expect(abs(difference / 2e-7 - RiceDistribution.density(30, noncentrality: hypot(29, 3))) < 1e-6)
    #expect(throws: ClockAnalysisError.covarianceNotPositiveDefinite) {
      try AmplitudePosterior(cosine: 0, sine: 0, covariance: QuadratureCovariance(cosine: 1, mixed: 2, sine: 1))
    }
  }

  @Test("far below the inverse span the error of the cosine rules: 1.96 of it")
  func elongated() throws {
    let posterior = try AmplitudePosterior(
      cosine: 0, sine: 0, covariance: QuadratureCovariance(cosine: 1e8, mixed: 0, sine: 1))
    #expect(abs(posterior.upperLimit() / 1e4 - 1.959963984540054) < 1e-7)
  }

  @Test("sinusoid fits of uniform samples have the page's variances")
  func uniform() throws {
    let count = 4000
    let times = (0..<count).map { Double($0) + 0.5 - 2000 }
    let fit = try SinusoidFit(
      times: times, values: times, sigmas: times.map { _ in 1 }, frequency: 0.3 / Double(count))
    let expected = UniformSampling.variances(cycles: 0.3)
    // Sums against integrals: of relative order 1/N².
    #expect(abs(fit.covariance.cosine * Double(count) / expected.cosine - 1) < 2e-6)
    #expect(abs(fit.covariance.sine * Double(count) / expected.sine - 1) < 2e-6)
    #expect(abs(fit.covariance.mixed) < 1e-12 * fit.covariance.cosine)
  }

  @Test("limits that know the random amplitude: the page's values")
  func stochastic() {
    for (segments, power, strength) in [
      (1, 2.995732273553991, 57.40397481), (4, 4, 1.927575307), (4, 8, 4.855150614), (20, 20, 0.508904240),
    ] {
      #expect(abs(StochasticLimit.strength(power: power, segments: segments) - strength) < 1e-8)
    }
    #expect(abs(StochasticLimit.amplitude(power: 2.995732273553991, sigma: 2) - 2 * 10.7148471584) < 1e-8)
    #expect(StochasticLimit.strength(power: 0.05) == 0)
  }

  @Test("couplings from amplitudes at frequencies")
  func couplings() {
    let frequencies = [2.417989242084918e-6, 1e-3]
    let limits = ClockCouplingLimits()
    let coefficients = ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients()
    let scalar = limits.scalar(
      frequencies: frequencies, amplitudes: [2e-17, .nan], coefficient: coefficients.gluons)
    #expect(scalar.count == 1 && abs(scalar[0].mass / 1e-20 - 1) < 1e-12 && scalar[0].isAllOfDarkMatter)
    #expect(abs(scalar[0].coupling / 0.0003160625319 - 1) < 1e-9)
    // In the physical mode a frequency stands for half the mass, and the limit goes with it.
    let axion = AxionClockSignal.Mode.allCases.map {
      limits.axion(
        $0, frequencies: frequencies, amplitudes: [2e-17, 1e-17], quarkMassCoefficient: coefficients.quarkMass)[0]
    }
    #expect(abs(axion[0].coupling / 5.789778554e-15 - 1) < 1e-9)
    #expect(abs(axion[1].mass / 0.5e-20 - 1) < 1e-12)
    #expect(abs(axion[1].coupling / (0.5 * 8.187983354e-15) - 1) < 1e-9)
  }
}

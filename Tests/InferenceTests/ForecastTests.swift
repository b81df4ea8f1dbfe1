import DarkMatter
import Foundation
import Inference
import Numerics
import Testing

@Suite("Forecasts of a network")
struct ForecastTests {
  private func matrix(_ scale: Double, _ a: Double, _ b: ComplexNumber, _ d: Double) -> ComplexMatrix {
    scale * ComplexMatrix([[ComplexNumber(a), b], [b.conjugate, ComplexNumber(d)]])
  }

  /// Vector-network section 4: exact/weak of the signals of section 10 times 1, 0.1, 0.01, 0.001.
  @Test(arguments: [(1, 0.7707, 5e-5), (0.1, 0.9700, 5e-5), (0.01, 0.99690, 5e-6), (0.001, 0.999689, 5e-7)])
  func exactOverWeak(scale: Double, expected: Double, tolerance: Double) throws {
    let signal = matrix(scale, 1, ComplexNumber(0.3, 0.2), 0.8)
    let truth = matrix(scale, 0.9, ComplexNumber(0.1, 0.4), 1.1)
    let exact = try TestStatistic.exact(signal: signal, trueSignal: truth, noise: [2, 3])
    let weak = TestStatistic.weak(signal: signal, trueSignal: truth, noise: [2, 3])
    #expect(abs(exact / weak - expected) < tolerance)
  }

  /// mpmath with 80 digits, straight from (29).
  @Test(arguments: [
    (1, 0.246981577945787225), (0.1, 0.00304268507267850278), (1e-4, 3.12491536694874113e-9),
    (1e-9, 3.12499999915364583e-19),
  ])
  func exactOfWeakSignals(scale: Double, expected: Double) throws {
    let value = try TestStatistic.exact(
      signal: matrix(scale, 1, ComplexNumber(0.5, 0.25), 0.75),
      trueSignal: matrix(scale, 0.875, ComplexNumber(0.125, 0.375), 1.125), noise: [2, 3])
    #expect(abs(value / expected - 1) < 1e-12, "\(value)")
  }

  @Test func signalsBeyondTheNoiseAreRefused() {
    #expect(throws: LinearAlgebraError.self) {
      try TestStatistic.exact(
        signal: matrix(1, -3, .zero, 1), trueSignal: matrix(1, 1, .zero, 1), noise: [2, 3])
    }
  }

  /// Section 6: the optimum of two sensors and three axes at one place.
  @Test func solidAngles() throws {
    let origin = [SIMD3<Double>](repeating: SIMD3(), count: 2)
    let (height, width) = ((1 / 3.0).squareRoot(), (2 / 3.0).squareRoot())
    let direction = SIMD3(width, 0, height)
    func pair(_ mode: StreamForecast.Mode, degrees: Double) -> StreamForecast {
      let half = degrees / 2 * .pi / 180
      let axes = [SIMD3(cos(half), sin(half), 0), SIMD3(cos(half), -sin(half), 0)]
      return StreamForecast(mode: mode, directions: axes, positions: origin, wavenumber: 0, strength: 2)
    }
    let best = try pair(.longitudinal, degrees: 60).solidAngle(direction: direction)
    #expect(abs(2 * best - 4.442882938158366) < 1e-12)
    #expect(abs(pair(.longitudinal, degrees: 60).testStatistic(template: direction, truth: direction) - 2) < 1e-14)
    #expect(abs(2 * (try pair(.transverse, degrees: 60).solidAngle(direction: direction)) - 17.7715) < 5e-5)
    for degrees in [58.0, 62] {
      #expect(try pair(.longitudinal, degrees: degrees).solidAngle(direction: direction) > best)
    }
    // With the amplitude fitted: 21.0525/K at 71.3704 degrees, each axis at 45 degrees from the direction.
    let half = 71.3704 / 2 * Double.pi / 180
    let across = 0.5.squareRoot() / cos(half)
    let fitted = try pair(.transverse, degrees: 71.3704)
      .solidAngle(direction: SIMD3(across, 0, (1 - across * across).squareRoot()), fitsAmplitude: true)
    #expect(abs(2 * fitted - 21.0525) < 1e-4)
    #expect(throws: ForecastError.singularFisherMatrix) {
      try pair(.longitudinal, degrees: 60).solidAngle(direction: direction, fitsAmplitude: true)
    }

    let triad = StreamForecast(
      mode: .transverse, directions: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)],
      positions: [SIMD3](repeating: SIMD3(), count: 3), wavenumber: 0)
    for fits in [false, true] {
      let value = try triad.solidAngle(direction: SIMD3(2, 3, -6) / 7, fitsAmplitude: fits)
      #expect(abs(value - 4 * .pi) < 1e-12)
    }
  }

  /// The curvature of the test statistic is the Fisher matrix: second differences of another formula than its own.
  @Test(arguments: StreamForecast.Mode.allCases)
  func fisherIsTheCurvature(mode: StreamForecast.Mode) throws {
    let forecast = StreamForecast(
      mode: mode, directions: [SIMD3(1, 2, 2) / 3, SIMD3(2, -1, 2) / 3, SIMD3(2, 3, 6) / 7],
      positions: [SIMD3(), SIMD3(3, 1, -2), SIMD3(-2, 2, 1)], wavenumber: 0.8)
    let direction = SIMD3<Double>(2, -3, 6) / 7
    let east = SIMD3<Double>(3, 2, 0) / 13.0.squareRoot()
    let north = cross(direction, east)
    let step = 1e-3
    func statistic(_ a: Double, _ b: Double) -> Double {
      let moved = direction + a * step * east + b * step * north
      return forecast.testStatistic(template: moved / length(moved), truth: direction)
    }
    let aa = -(statistic(1, 0) + statistic(-1, 0) - 2 * statistic(0, 0)) / (2 * step * step)
    let bb = -(statistic(0, 1) + statistic(0, -1) - 2 * statistic(0, 0)) / (2 * step * step)
    let ab = -(statistic(1, 1) - statistic(1, -1) - statistic(-1, 1) + statistic(-1, -1)) / (8 * step * step)
    let expected = 2 * Double.pi / (aa * bb - ab * ab).squareRoot()
    #expect(abs(try forecast.solidAngle(direction: direction) / expected - 1) < 1e-5)
  }

  /// Section 7: the optimum, and what the fitted amplitude does to it.
  @Test func chirality() throws {
    let (x, y, z) = (SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0), SIMD3<Double>(0, 0, 1))
    func uncertainty(_ distance: Double, _ product: Double, fittedAt: Double?) throws -> Double {
      let second = SIMD3(product, (1 - product * product).squareRoot(), 0)
      return try ChiralityForecast(x, second, baseline: z, z: distance).uncertainty(fittedAt: fittedAt)
    }
    #expect(abs(try uncertainty(2.0815759778181006, 0, fittedAt: nil) - 3.2422570276306516) < 1e-14)
    #expect(abs(try uncertainty(1.99005, -0.18402, fittedAt: 0.9) - 3.71293) < 1e-5)
    #expect(abs(try uncertainty(2.05387, -0.09635, fittedAt: 0.5) - 3.39590) < 1e-5)
    #expect(throws: ForecastError.insensitiveToChirality) {
      try ChiralityForecast(x, x, baseline: z, z: 2).uncertainty()
    }
    #expect(abs(ChiralityForecast(x, y, baseline: z, z: 0).chiral) == 0)
  }

  /// Section 8: overlaps of the integrated matrices for the standard wind, and two sensors without wind.
  @Test func overlaps() throws {
    let halo = HaloModel(meanVelocity: SIMD3(0, 0, 232.618), virialSpeed: 220)
    let axes = [SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0), SIMD3<Double>(0, 0, 1)]
    func overlap(_ a: HaloCoupling, _ b: HaloCoupling, _ directions: [SIMD3<Double>]) throws -> Double {
      let positions = [SIMD3<Double>](repeating: SIMD3(), count: directions.count)
      return try TemplateOverlap.between(
        TemplateOverlap.halo(a, halo, directions: directions, positions: positions),
        TemplateOverlap.halo(b, halo, directions: directions, positions: positions))
    }
    let pair = [axes[2], axes[0]]
    #expect(abs(try overlap(.axionGradient, .magneticDipole, pair) - 0.6749) < 5e-5)
    #expect(abs(try overlap(.axionGradient, .electricDipole, pair) - 0.8844) < 5e-5)
    #expect(abs(try overlap(.magneticDipole, .electricDipole, pair) - 0.9413) < 5e-5)
    #expect(abs(try overlap(.axionGradient, .magneticDipole, axes) - 0.6700) < 5e-5)
    #expect(abs(try overlap(.axionGradient, .electricDipole, axes) - 0.8560) < 5e-5)
    #expect(abs(try overlap(.magneticDipole, .electricDipole, axes) - 0.9573) < 5e-5)

    // Longitudinal against transverse, a pair parallel to its baseline at its best distance.
    func isotropic(_ tensor: TwoPointTensor) -> [ComplexNumber] {
      TemplateOverlap.isotropic(
        { tensor.coefficients(z: $0) }, directions: [axes[2], axes[2]],
        positions: [SIMD3(), SIMD3(0, 0, 3.160)], wavenumber: 1)
    }
    #expect(abs(try TemplateOverlap.between(isotropic(.longitudinal), isotropic(.transverse)) - 0.6664) < 5e-5)
    #expect(throws: ForecastError.vanishingTemplate) {
      try TemplateOverlap.between(isotropic(.longitudinal), isotropic(.chirality))
    }
  }
}

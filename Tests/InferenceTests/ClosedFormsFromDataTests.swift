import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

/// Numbers of vector-network sections 4, 7 and 8 that come out of drawn data, with the errors of the draws.
@Suite("Closed forms recovered from drawn data")
struct ClosedFormsFromDataTests {
  /// 2 [max over the amplitude of ln L - ln L(noise of one)], from dense matrices and a golden section.
  private static func statistic(_ mean: RealMatrix, _ template: RealMatrix, samples: Int) throws -> Double {
    func gain(_ amplitude: Double) throws -> Double {
      var covariance = template
      for index in covariance.elements.indices { covariance.elements[index] *= amplitude }
      for i in 0..<mean.rows { covariance[i, i] += 1 }
      let factor = try RealCholesky(of: covariance)
      let inverse = factor.inverse()
      let trace = mean.elements.indices.reduce(0) { $0 + inverse.elements[$1] * mean.elements[$1] }
      let logDeterminant = (0..<mean.rows).reduce(0) { $0 + 2 * log(factor.lower[$1, $1]) }
      let quiet = (0..<mean.rows).reduce(0) { $0 + mean[$1, $1] }
      return 2 * Double(samples) * (quiet - trace - logDeterminant)
    }
    var (low, high) = (0.0, 0.2)
    let golden = (5.0.squareRoot() - 1) / 2
    for _ in 0..<40 {
      let (a, b) = (high - golden * (high - low), low + golden * (high - low))
      if try gain(a) < gain(b) { low = a } else { high = b }
    }
    return try gain((low + high) / 2)
  }

  /// Section 8: the preference of the true coupling is Θ (1 - ρ²), ρ from the page's table (one place, integrated line,
  /// wind 232.618/220 of the virial speed).
  @Test(
    "couplings separate as the table of overlaps says",
    arguments: [
      (HaloCoupling.axionGradient, HaloCoupling.magneticDipole, [0, 1], 0.6749),
      (.axionGradient, .electricDipole, [0, 1], 0.8844),
      (.axionGradient, .magneticDipole, [0, 1, 2], 0.6700), (.magneticDipole, .electricDipole, [0, 1, 2], 0.9573),
      (.axionGradient, .magneticDipole, [0], 1),
    ])
  func separations(truth: HaloCoupling, other: HaloCoupling, axes: [Int], overlap: Double) throws {
    // The first axis lies along the wind.
    let directions = axes.map { axis in SIMD3<Double>(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0) }
    let halo = HaloModel(meanVelocity: SIMD3(232.618 / 220, 0, 0), virialSpeed: 1)
    func template(_ coupling: HaloCoupling) -> RealMatrix {
      let matrix = directions.map { first in
        directions.map { HaloCorrelation(halo, separation: SIMD3()).contraction(coupling, first, $0).real }
      }
      let trace = matrix.indices.reduce(0) { $0 + matrix[$1][$1] }
      return RealMatrix(matrix.map { $0.map { $0 / trace } })
    }
    let (right, wrong) = (template(truth), template(other))
    // So weak that the form of weak signals holds within a per cent, and so long that Θ is 80.
    let strength = 0.01
    let norm = right.elements.reduce(0) { $0 + $1 * $1 }
    let samples = Int(80 / (norm * strength * strength))
    var covariance = right
    for index in covariance.elements.indices { covariance.elements[index] *= strength }
    for i in axes.indices { covariance[i, i] += 1 }
    var stream = NormalStream(key: 8_001)
    let draws = 500
    let preferences = try (0..<draws).map { _ in
      let mean = try wishartMean(covariance, samples: samples, &stream)
      return try Self.statistic(mean, right, samples: samples) - Self.statistic(mean, wrong, samples: samples)
    }
    let mean = preferences.reduce(0, +) / Double(draws)
    let variance = preferences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws - 1)
    let error = (variance / Double(draws)).squareRoot()
    let expected = 80 * (1 - overlap * overlap)
    print("seed 8001: \(truth) over \(other), axes \(axes): q = \(mean) +- \(error), expected \(expected)")
    // The table's last digit, and what a signal of one per cent of the noise changes.
    #expect(abs(mean - expected) < 4 * error + 0.015 * expected + 0.02)
  }

  /// Section 7: fits of P_V between two stations of three axes scatter least at |p|d = z* = 2.0816.
  @Test("the scatter of fitted chiralities is least at z* = 2.08")
  func bestSeparation() throws {
    let separations = [1.3, 1.7, 2.1, 2.5, 2.9]
    let experiments = 400
    var stream = NormalStream(key: 7_001)
    var information: [Double] = []
    for z in separations {
      var network = try TestNetwork.stations(2, bins: 3)
      // A band so narrow that z is one number.
      network.plan = TestNetwork.plan(frequencies: 100, 101, bins: 3)
      let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
      let distance = z / wavenumber(frequency: 100.5, restFrequency: 0)
      network.geometry = try NetworkGeometry(
        positions: [SIMD3(), SIMD3(), SIMD3()] + axes.map { _ in SIMD3(0, 0, distance) }, directions: axes + axes,
        labels: (0..<6).map { "\($0)" })
      network.noise = (0..<6).map { _ in [1, 1, 1] }
      (network.amplitude, network.reference) = (0.6, 100.5)
      let factors = network.factors()
      let options = BackgroundFitOptions(
        referenceFrequency: 100.5, spectralIndex: 0, longitudinalFraction: 0, significanceThreshold: 0,
        profilePoints: 0)
      let estimates = try (0..<experiments).compactMap { _ in
        try fitIsotropicBackground(
          [network.realization(segments: 1500, integration: 0, factors: factors, stream: &stream)], plan: network.plan,
          geometry: network.geometry, options: options
        ).chirality?.value
      }
      #expect(estimates.count == experiments)
      information.append(Double(experiments) / estimates.reduce(0) { $0 + $1 * $1 })
    }
    let exact = separations.map { pow(sin($0) / ($0 * $0) - cos($0) / $0, 2) }
    let scale = information.reduce(0, +) / exact.reduce(0, +)
    let (found, expected) = (ParabolaVertex(separations, information), ParabolaVertex(separations, exact))
    let error = expected.error(relative: (2 / Double(experiments)).squareRoot())
    print("seed 7001: best separation \(found.place) +- \(error); a parabola through j1² has \(expected.place)")
    #expect(abs(expected.place - 2.0815759778181) < 0.05)
    #expect(abs(found.place - expected.place) < 4 * error && error < 0.1)
    for (value, expected) in zip(information, exact) {
      #expect(abs(value / (scale * expected) - 1) < 4 * (2 / Double(experiments)).squareRoot())
    }
  }

  /// Section 6, (71): two sensors along the waves, far apart across them, measure the angle to their baseline with an error of
  /// 1/(|p| d); that of the phase between them, 1/sqrt(2 M γ²/(1 - γ²)) of M samples of coherence γ, is the same at any distance.
  @Test("the angle to a long baseline is known to 1/(p d)")
  func longBaseline() throws {
    let (amplitude, samples, experiments) = (0.25, 1000, 150)
    let coherence = amplitude / (1 + amplitude)
    let phaseError = ((1 - coherence * coherence) / (2 * Double(samples) * coherence * coherence)).squareRoot()
    var scatter: [Double] = []
    let phases = [10.0, 30, 100]
    for phase in phases {
      var fixture = try StreamFixture.stations(2, bins: 1, frequencies: 20...20)
      let distance = phase / fixture.model.dispersion.wavenumber(frequency: 20)
      let axis = SIMD3<Double>(0, 0, 1)
      fixture.geometry = try NetworkGeometry(
        positions: [SIMD3(), SIMD3(distance, 0, 0)], directions: [axis, axis], labels: ["a", "b"])
      fixture.noise = [[1], [1]]
      fixture.model.amplitude = amplitude
      fixture.sources = [.init(direction: -axis, amplitude: amplitude)]
      let baseline = EarthRotation.inertial(SIMD3(1, 0, 0), at: fixture.times[0])
      let reach = 6 * phaseError / phase
      let offsets = (-60...60).map { reach * Double($0) / 60 }
      let directions = offsets.map { cos($0) * -axis + sin($0) * baseline }
      var sum = 0.0
      for experiment in 0..<experiments {
        let data = try fixture.draws(segments: samples, seed: 6_001 + UInt64(experiment) + UInt64(phase) << 20)
        let values = try fixture.likelihood(data).evaluate(directions).map(\.logLikelihood)
        let best = try #require(values.indices.dropFirst().dropLast().max { values[$0] < values[$1] })
        let (before, after) = (values[best - 1] - values[best], values[best + 1] - values[best])
        let offset = offsets[best] + (offsets[1] - offsets[0]) * (before - after) / (2 * (before + after))
        sum += offset * offset
      }
      scatter.append((sum / Double(experiments)).squareRoot())
      print("seed 6001, p d = \(phase): \(scatter.last ?? 0), expected \(phaseError / phase)")
    }
    let error = 1 / (2 * Double(experiments)).squareRoot()
    for (value, phase) in zip(scatter, phases) { #expect(abs(value * phase / phaseError - 1) < 4 * error) }
    let slope = log(scatter[2] / scatter[0]) / log(10)
    #expect(abs(slope + 1) < 4 * error * 2.0.squareRoot() / log(10))
  }

  /// Section 4: P(Θ = 0) of M samples as the page tabulates it, and the whole law.
  @Test(
    "few samples follow their own law", arguments: [(1, 0.632), (2, 0.594), (5, 0.560), (10, 0.542), (30, 0.524)])
  func fewSamples(count: Int, zero: Double) {
    let draws = 4000
    let statistics = (0..<draws).map { draw in
      let powers = (0..<count).map { sample -> Double in
        let g = NormalDeviates.four(SIMD4(UInt32(draw), UInt32(sample), 0, 0), key: 4_001)
        return (g[0] * g[0] + g[1] * g[1]) / 2
      }
      return LineProfile(powers: powers, eigenvalues: [Double](repeating: 1, count: count)).statistic
    }
    let share = Double(statistics.count { $0 < 1e-9 }) / Double(draws)
    print("seed 4001: P(0) = \(share) for \(count) samples, \(zero) tabulated")
    #expect(abs(share - zero) < 4 * (zero * (1 - zero) / Double(draws)).squareRoot() + 5e-4)
    let law = FewSampleLaw(samples: Double(count))
    for level in [0.2, 0.05, 0.01] {
      let threshold = law.threshold(probability: level)
      let above = Double(statistics.count { $0 > threshold }) / Double(draws)
      #expect(
        abs(above - level) < 4 * (level * (1 - level) / Double(draws)).squareRoot(), "\(count), \(level): \(above)")
    }
  }
}

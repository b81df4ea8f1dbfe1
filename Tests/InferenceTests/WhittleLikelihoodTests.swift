import DarkMatter
import Foundation
import Inference
import Testing

/// A complex Hermitian matrix as the real symmetric one of twice the size that has the same quadratic forms.
private func embedded(_ real: [[Double]], _ imaginary: [[Double]]) -> [Double] {
  let upper = zip(real, imaginary).flatMap { $0 + $1.map { -$0 } }
  let lower = zip(imaginary, real).flatMap { $0 + $1 }
  return upper + lower
}

@Suite struct WhittleLikelihoodTests {
  // Physics page vector-network, section 10, ts_exact and ts_weak, and section 4, ratios of the two.
  @Test(arguments: [(1.0, 0.7707, 1e-4), (0.1, 0.9700, 1e-4), (0.01, 0.99690, 1e-5), (0.001, 0.999689, 1e-6)])
  func exactTestStatisticOfThePhysicsPage(scale: Double, ratio: Double, tolerance: Double) throws {
    let noise = [2.0, 3.0, 2.0, 3.0]
    let signal = embedded([[1, 0.3], [0.3, 0.8]], [[0, 0.2], [-0.2, 0]])
    let truth = embedded([[0.9, 0.1], [0.1, 1.1]], [[0, 0.4], [-0.4, 0]]).map { $0 * scale }
    var data = truth
    for channel in 0..<4 { data[5 * channel] += noise[channel] }
    // The embedding counts every complex number twice.
    let likelihood = try WhittleLikelihood(
      channelCount: 4, groups: [.init(channels: [0, 1, 2, 3], weight: 0.5, matrices: data)], templates: signal,
      logFrequencies: [0])
    let with = try likelihood.evaluate(amplitudes: [scale], index: 0, noise: noise)
    let without = try likelihood.evaluate(amplitudes: [0], index: 0, noise: noise)
    let statistic = 2 * (with.logLikelihood - without.logLikelihood)
    let weak = 0.35444444444444 * scale * scale
    if scale == 1 { #expect(abs(statistic - 0.27318473369849) < 1e-13) }
    #expect(abs(statistic / weak - ratio) < tolerance)
    // Gradient without a signal and Fisher matrix give the weak form: 2 g a - F a^2 with the data's autocorrelations.
    let linear = 2 * without.gradient[0] * scale
    let quadratic = without.fisher[0] * scale * scale
    #expect(abs(linear - quadratic - weak) < 1e-12 * weak)
  }

  struct ChiralityRow: Sendable {
    var first: SIMD3<Double>
    var second: SIMD3<Double>
    var baseline: SIMD3<Double>
    var z: Double
    var k: Double
    var chirality: Double
    var expected: Double
    var marginal: Bool
  }

  // Physics page vector-network, section 7: sigma_PV, sigma_PV_marginal, and the optimum.
  @Test(arguments: [
    ChiralityRow(
      first: [1, 0, 0], second: [0, 1, 0], baseline: [0, 0, 1], z: 2, k: 1, chirality: 0, expected: 3.2480955200979,
      marginal: false),
    ChiralityRow(
      first: [1, 2, 2], second: [2, -1, 2], baseline: [2, 3, 6], z: 2.5, k: 10, chirality: 0,
      expected: 5.6410334056663, marginal: false),
    ChiralityRow(
      first: [1, 0, 0], second: [3, 4, 0], baseline: [0, 0, 1], z: 2, k: 1, chirality: 0.5, expected: 4.4939929842865,
      marginal: true),
    ChiralityRow(
      first: [1, 0, 0], second: [0, 1, 0], baseline: [0, 0, 1], z: 2.0815759778181006, k: 1, chirality: 0,
      expected: 3.2422570276306516, marginal: false),
  ])
  func weakSignalUncertaintyOfChirality(row: ChiralityRow) throws {
    func unit(_ v: SIMD3<Double>) -> SIMD3<Double> { v / (v * v).sum().squareRoot() }
    let ratio = 1e-6
    let axes = [unit(row.first), unit(row.second)]
    let templates = [TwoPointTensor.longitudinal, .transverse, .chirality].flatMap { tensor in
      (0..<4).map { index in
        let one = index / 2
        let other = index % 2
        let direction = unit(row.baseline) * (one > other ? -1 : 1)
        return tensor.contraction(z: one == other ? 0 : row.z, baseline: direction, axes[one], axes[other])
      }
    }
    let likelihood = try WhittleLikelihood(
      channelCount: 2,
      groups: [.init(channels: [0, 1], weight: row.k / (ratio * ratio), matrices: [1, 0, 0, 1])],
      templates: templates, logFrequencies: [0])
    let fisher = try likelihood.evaluate(
      amplitudes: [0, ratio, row.chirality * ratio], index: 0, noise: [1, 1]
    ).fisher
    // d/dP_V = A d/da_V, d/dlnA = a_T d/da_T + a_V d/da_V; coordinates (a_L, a_T, a_V, index).
    let square = ratio * ratio
    let vv = fisher[10] * square
    let av = (fisher[6] + row.chirality * fisher[10]) * square
    let aa = (fisher[5] + 2 * row.chirality * fisher[6] + row.chirality * row.chirality * fisher[10]) * square
    let sigma = row.marginal ? (aa / (aa * vv - av * av)).squareRoot() : 1 / vv.squareRoot()
    #expect(abs(sigma / row.expected - 1) < 3e-6)
  }

  /// Three templates of no special form, four channels, three bins, two sets of channels present.
  static func generalLikelihood(channelUnit: Double = 1) throws -> (WhittleLikelihood, noise: [Double]) {
    let bins = 3
    var templates: [Double] = []
    for component in 0..<3 {
      for bin in 0..<bins {
        for row in 0..<4 {
          for column in 0..<4 {
            let phase = Double(component * 7 + bin * 3 + row * column + row + column)
            templates.append((row == column ? 0.3 : 0.2) * cos(phase) * channelUnit * channelUnit)
          }
        }
      }
    }
    func matrices(_ channels: [Int], _ shift: Double) -> [Double] {
      (0..<bins).flatMap { bin in
        channels.flatMap { row in
          channels.map { column in
            let auto = row == column ? 2 + 0.2 * Double(row + bin) : 0
            return (auto + 0.2 * sin(Double(row * column + bin) + shift)) * channelUnit * channelUnit
          }
        }
      }
    }
    let likelihood = try WhittleLikelihood(
      channelCount: 4,
      groups: [
        .init(channels: [0, 1, 2, 3], weight: 50, matrices: matrices([0, 1, 2, 3], 0)),
        .init(channels: [0, 2, 3], weight: 20, matrices: matrices([0, 2, 3], 1)),
      ], templates: templates, logFrequencies: [-0.5, 0.1, 0.6])
    return (likelihood, (0..<(4 * bins)).map { (1.8 + 0.1 * Double($0 % 5)) * channelUnit * channelUnit })
  }

  @Test func gradientAgreesWithFiniteDifferences() throws {
    let (likelihood, noise) = try Self.generalLikelihood()
    let amplitudes = [0.4, -0.3, 0.5]
    let index = 0.7
    let point = try likelihood.evaluate(amplitudes: amplitudes, index: index, noise: noise)
    let step = 1e-4
    func slope(_ value: (Double) throws -> Double) rethrows -> Double {
      let near = try value(step) - value(-step)
      let far = try value(2 * step) - value(-2 * step)
      return (8 * near - far) / (12 * step)
    }
    for coordinate in 0..<4 {
      let expected = try slope { change in
        var moved = amplitudes
        if coordinate < 3 { moved[coordinate] += change }
        return try likelihood.evaluate(
          amplitudes: moved, index: coordinate == 3 ? index + change : index, noise: noise
        ).logLikelihood
      }
      #expect(abs(point.gradient[coordinate] - expected) < 1e-7 * max(1, abs(expected)))
    }
    for entry in noise.indices {
      let expected = try slope { change in
        var moved = noise
        moved[entry] += change
        return try likelihood.evaluate(amplitudes: amplitudes, index: index, noise: moved).logLikelihood
      }
      #expect(abs(point.noiseGradient[entry] - expected) < 1e-7 * max(1, abs(expected)))
    }
  }

  /// Where data equal the model, the Fisher matrix is minus the curvature of ln L, also with the noise following.
  @Test func fisherMatrixIsTheCurvatureAtTheTruth() throws {
    let (model, noise) = try Self.generalLikelihood()
    let amplitudes = [0.4, -0.3, 0.5]
    let full = [0, 1, 2, 3]
    var templates: [Double] = []
    var matrices: [Double] = []
    for component in 0..<3 {
      for bin in 0..<3 {
        for row in 0..<4 {
          for column in 0..<4 {
            templates.append(
              (row == column ? 0.3 : 0.2) * cos(Double(component * 7 + bin * 3 + row * column + row + column)))
          }
        }
      }
    }
    for bin in 0..<3 {
      for index in 0..<16 {
        let shape = exp(0.7 * model.logFrequencies[bin])
        let signal = (0..<3).reduce(0) { $0 + amplitudes[$1] * templates[($1 * 3 + bin) * 16 + index] * shape }
        matrices.append(signal + (index % 5 == 0 ? noise[bin * 4 + index / 5] : 0))
      }
    }
    let likelihood = try WhittleLikelihood(
      channelCount: 4, groups: [.init(channels: full, weight: 10, matrices: matrices)], templates: templates,
      logFrequencies: model.logFrequencies)
    let point = try likelihood.evaluate(amplitudes: amplitudes, index: 0.7, noise: noise)
    let step = 1e-4
    for coordinate in 0..<4 {
      func gradient(_ change: Double) throws -> [Double] {
        var moved = amplitudes
        if coordinate < 3 { moved[coordinate] += change }
        return try likelihood.evaluate(
          amplitudes: moved, index: 0.7 + (coordinate == 3 ? change : 0), noise: noise
        ).gradient
      }
      let up = try gradient(step)
      let down = try gradient(-step)
      for other in 0..<4 {
        let curvature = -(up[other] - down[other]) / (2 * step)
        #expect(abs(curvature - point.fisher[coordinate * 4 + other]) < 2e-5 * point.fisher[0])
      }
      #expect(point.reducedFisher[coordinate * 5] > 0)
      #expect(point.reducedFisher[coordinate * 5] < point.fisher[coordinate * 5])
    }
  }

  @Test func unitsOnlyShiftTheLogLikelihood() throws {
    let (likelihood, noise) = try Self.generalLikelihood()
    let (small, smallNoise) = try Self.generalLikelihood(channelUnit: 1e-13)
    func rise(_ likelihood: WhittleLikelihood, _ noise: [Double]) throws -> Double {
      try likelihood.evaluate(amplitudes: [0.4, -0.3, 0.5], index: 1, noise: noise).logLikelihood
        - likelihood.evaluate(amplitudes: [0, 0, 0], index: 1, noise: noise).logLikelihood
    }
    let here = try rise(likelihood, noise)
    let there = try rise(small, smallNoise)
    #expect(abs(here - there) < 1e-9 * abs(here))
  }

  @Test func indefiniteCovarianceIsRefused() throws {
    let (likelihood, noise) = try Self.generalLikelihood()
    #expect(throws: InferenceError.covarianceNotPositiveDefinite) {
      try likelihood.evaluate(amplitudes: [100, 100, 100], index: 0, noise: noise)
    }
    #expect(throws: InferenceError.covarianceNotPositiveDefinite) {
      try likelihood.evaluate(amplitudes: [.nan, 0, 0], index: 0, noise: noise)
    }
  }
}

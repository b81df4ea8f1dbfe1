import Correlator
import Foundation
import Inference
import Testing

/// Responses that are only known to some per cent widen what depends on them, and only that.
@Suite struct CalibrationUncertaintyTests {
  /// With one factor for all channels the derivatives of S with g and ln A are in the ratio 2, whatever the network:
  /// var(ln A) = 1/F + 4 σ_g², and shapes (f_L, P_V, index) do not feel it.
  @Test func commonFactorAddsTwiceItsUncertainty() throws {
    let network = try BackgroundFitTests.network()
    var options = BackgroundFitTests.options(network)
    let rows = [network.expectation(segments: 500)]
    let exact = try fitIsotropicBackground(rows, plan: network.plan, geometry: network.geometry, options: options)
    options.calibration = CalibrationUncertainty(
      groups: network.geometry.labels.map { _ in 0 }, standardDeviations: [0.07])
    let fit = try fitIsotropicBackground(rows, plan: network.plan, geometry: network.geometry, options: options)
    let expected = hypot(exact.amplitude.uncertainty, 2 * 0.07 * network.amplitude)
    #expect(fit.convergence.converged)
    #expect(abs(fit.amplitude.value - network.amplitude) < 1e-4 * expected)
    #expect(abs(fit.amplitude.uncertainty / expected - 1) < 1e-6)
    for key in [\BackgroundFit.longitudinalFraction, \.chirality, \.spectralIndex] {
      let (one, other) = (try #require(exact[keyPath: key]), try #require(fit[keyPath: key]))
      #expect(abs(one.uncertainty / other.uncertainty - 1) < 1e-6)
    }
    #expect(fit.detection == exact.detection)
    #expect(fit.fitted == exact.fitted && fit.covariance.count == 4)
  }

  @Test func impossibleCalibrationsAreRefused() throws {
    let network = try BackgroundFitTests.network()
    func fit(_ calibration: CalibrationUncertainty) throws {
      _ = try fitIsotropicBackground(
        [network.expectation(segments: 500)], plan: network.plan, geometry: network.geometry,
        options: BackgroundFitOptions(calibration: calibration))
    }
    #expect(throws: InferenceError.sizeMismatch(input: "calibration groups", expected: 8, found: 1)) {
      try fit(CalibrationUncertainty(groups: [0], standardDeviations: [0.1]))
    }
    #expect(throws: InferenceError.self) {
      try fit(CalibrationUncertainty(groups: (0..<8).map { _ in 1 }, standardDeviations: [0.1]))
    }
    #expect(CalibrationUncertainty(stations: [0, 1], uncertainties: [0, 0]) == nil)
    let some = CalibrationUncertainty(stations: [0, 0, 1, 2], uncertainties: [0, 0.1, 0.2])
    #expect(some == CalibrationUncertainty(groups: [nil, nil, 0, 1], standardDeviations: [0.1, 0.2]))
  }

  /// 120 experiments, each with its own factors of 15 %: pulls have spread 1 with the calibration, more without.
  @Test func pullsWithRandomFactors() throws {
    let key: UInt64 = 20_261_121
    var network = try TestNetwork.stations(8, bins: 9)
    network.amplitude = 0.9
    network.chirality = 0.5
    let deviation = 0.15
    var stream = NormalStream(key: key)
    var options = BackgroundFitOptions(referenceFrequency: network.reference, profilePoints: 0)
    var pulls: [String: [Double]] = [:]
    for _ in 0..<120 {
      let gains = (0..<8).map { _ in 1 + deviation * stream.next() }
      let row = network.realization(
        segments: 600, integration: 0, factors: network.factors(gains: gains), stream: &stream)
      for calibrated in [true, false] {
        options.calibration =
          calibrated
          ? CalibrationUncertainty(stations: Array(0..<8), uncertainties: gains.map { _ in deviation }) : nil
        let fit = try fitIsotropicBackground(
          [row], plan: network.plan, geometry: network.geometry, options: options)
        let name = calibrated ? "calibrated" : "taken as exact"
        pulls["A, \(name)", default: []].append(
          (fit.amplitude.value - network.amplitude) / fit.amplitude.uncertainty)
        let chirality = try #require(fit.chirality)
        pulls["P_V, \(name)", default: []].append((chirality.value - network.chirality) / chirality.uncertainty)
      }
    }
    func spread(_ name: String) throws -> Double {
      let values = try #require(pulls[name])
      let mean = values.reduce(0, +) / 120
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 119).squareRoot()
      print("seed \(key): pull of \(name): mean \(mean), spread \(spread)")
      return spread
    }
    // Four standard errors of a spread; the factors are not small, hence a little more.
    let error = 4 / 240.0.squareRoot()
    #expect(abs(try spread("A, calibrated") - 1) < error)
    #expect(abs(try spread("P_V, calibrated") - 1) < error)
    #expect(try spread("A, taken as exact") > 1 + error)
    _ = try spread("P_V, taken as exact")
  }
}

extension TestNetwork {
  /// Lower triangular factors of Sigma with the signal in channel I multiplied by `gains[I]`.
  func factors(gains: [Double]) -> [[[Double]]] {
    (0..<plan.binCount).map { bin in
      let sigma = covariance(bin: bin)
      let matrix = sigma.indices.map { i in
        sigma.indices.map { j -> Double in
          let own = i == j ? noise[i][bin] : 0
          return (sigma[i][j] - own) * gains[i] * gains[j] + own
        }
      }
      return lowerFactor(matrix)
    }
  }
}

/// Cholesky's factor.
func lowerFactor(_ matrix: [[Double]]) -> [[Double]] {
  let size = matrix.count
  var factor = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
  for row in 0..<size {
    for column in 0...row {
      var sum = matrix[row][column]
      for inner in 0..<column { sum -= factor[row][inner] * factor[column][inner] }
      factor[row][column] = row == column ? sum.squareRoot() : sum / factor[column][column]
    }
  }
  return factor
}

import Correlator
import Foundation
import Inference
import Numerics
import Sky
import Testing

/// The comparison of couplings of a wide band.
@Suite struct CouplingTests {
  static let epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)

  static func compare(
    _ rows: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry, reference: Double, simulations: Int = 0,
    workers: Int = 2
  ) throws -> BackgroundCouplings {
    let options = BackgroundFitOptions(
      referenceFrequency: reference, spectralIndex: 0, significanceThreshold: 0, profilePoints: 0)
    let fit = try fitDeterminedBackground(rows, plan: plan, geometry: geometry, options: options)
    return try compareBackgroundCouplings(
      rows, plan: plan, epoch: epoch, geometry: geometry, fit: fit,
      options: BackgroundCouplingOptions(simulations: simulations, seed: 5, workers: workers))
  }

  /// For data equal to their expectation the noise without a signal is the power, so that the true template has
  /// Θ = 2 Σ w [Σ_I ln Sigma_II - ln det Sigma] with nothing fitted in it.
  @Test(arguments: [
    (0.0, 0.0, BackgroundTemplate.transverse), (1, 0, .longitudinal), (0, 0.6, .chiral), (1.0 / 3, 0, .scalarLike),
    (0.4, 0.5, .chiralMixture),
  ])
  func statisticOfTheTruthHasAClosedForm(fraction: Double, chirality: Double, template: BackgroundTemplate) throws {
    var network = try TestNetwork.stations(8, bins: 9)
    network.amplitude = 0.6
    network.longitudinalFraction = fraction
    network.chirality = chirality
    let couplings = try Self.compare(
      [network.expectation(segments: 900)], plan: network.plan, geometry: network.geometry, reference: 20)
    var expected = 0.0
    for bin in 0..<network.plan.binCount {
      let sigma = network.covariance(bin: bin)
      let factor = lowerFactor(sigma)
      for i in sigma.indices { expected += 2 * 900 * (log(sigma[i][i]) - 2 * log(factor[i][i])) }
    }
    let fit = try #require(couplings.fits.first { $0.template == template })
    #expect(abs(fit.statistic - expected) < 1e-4 * expected)
    #expect(abs(fit.amplitude - 0.6) < 1e-3)
    if template == .chiralMixture {
      #expect(abs(try #require(fit.longitudinalFraction) - fraction) < 1e-3)
      #expect(abs(try #require(fit.chirality) - chirality) < 1e-3)
    }
    // Nothing beats the truth by more than what it was given to fit.
    #expect(couplings.fits.allSatisfy { $0.statistic < expected * (1 + 1e-6) + 1e-6 })
    #expect(couplings.fits[0].template == template)
    #expect(couplings.fits.count == BackgroundTemplate.allCases.count && couplings.leftOut.isEmpty)
  }

  /// The same closed form for a stream, whose direction and strength come out too; rows half an hour apart.
  @Test(arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func streamsAreFoundWhereTheyAre(mode: StreamForecast.Mode) throws {
    let source = EquatorialDirection(rightAscension: 212, declination: -34)
    var fixture = try StreamFixture.stations(
      6, bins: 5, frequencies: 8...24, mode: mode, sources: [.init(direction: source.vector, amplitude: 0.5)])
    let plan = TestNetwork.plan(frequencies: 8, 24, bins: 5)
    fixture.frequencies = (0..<5).map { plan.frequency($0) }
    var rows: [CrossSpectra] = []
    var expected = 0.0
    for integration in [Int64(0), 72, 144] {
      let time = plan.middle(ofIntegration: integration, epoch: Self.epoch)
      var values: [Double] = []
      for bin in 0..<5 {
        let sigma = fixture.covariance(bin: bin, time: time, channels: Array(0..<6), sources: fixture.sources)
        values += sigma.elements.flatMap { [$0.real, $0.imaginary] }
      }
      rows.append(
        CrossSpectra(
          integration: integration, segments: 700, present: [Bool](repeating: true, count: 6), values: values))
    }
    // The noise without a signal is the mean power of all rows.
    for bin in 0..<5 {
      let matrices = [Int64(0), 72, 144].map {
        fixture.covariance(
          bin: bin, time: plan.middle(ofIntegration: $0, epoch: Self.epoch), channels: Array(0..<6),
          sources: fixture.sources)
      }
      for i in 0..<6 {
        let mean = matrices.reduce(0) { $0 + $1[i, i].real } / 3
        expected += 2 * 700 * 3 * log(mean)
      }
      for matrix in matrices { expected -= 2 * 700 * (try ComplexCholesky(of: matrix).logDeterminant) }
    }
    let couplings = try Self.compare(rows, plan: plan, geometry: fixture.geometry, reference: 12)
    let template: BackgroundTemplate = mode == .longitudinal ? .longitudinalStream : .transverseStream
    let fit = try #require(couplings.fits.first { $0.template == template })
    print("\(template.name): Θ \(fit.statistic), closed form \(expected)")
    #expect(abs(fit.statistic - expected) < 1e-3 * expected)
    #expect(couplings.fits[0].template == template)
    #expect(abs(fit.amplitude - 0.5) < 5e-3)
    #expect(angle(try #require(fit.source), source.vector) < 2e-3)
  }

  /// Responses that are wrong by some factors: what tells signal from noise is the same in matrices D C D, so that the true
  /// template reaches the closed form of C once the factors are fitted, less what their prior takes. Taken as exact it does not.
  @Test func wrongResponsesAreFitted() throws {
    let gains = [0.2, -0.25, 0.15, -0.1, 0.3, -0.2, 0.1, -0.15]
    let deviation = 0.2
    var network = try TestNetwork.stations(8, bins: 9)
    network.amplitude = 0.9
    var row = network.expectation(segments: 900)
    var expected = 0.0
    for bin in 0..<network.plan.binCount {
      let sigma = network.covariance(bin: bin)
      let factor = lowerFactor(sigma)
      for i in sigma.indices { expected += 2 * 900 * (log(sigma[i][i]) - 2 * log(factor[i][i])) }
      for i in 0..<8 {
        for j in 0..<8 {
          for part in 0..<2 { row.values[2 * ((bin * 8 + i) * 8 + j) + part] *= (1 + gains[i]) * (1 + gains[j]) }
        }
      }
    }
    let options = BackgroundFitOptions(
      referenceFrequency: 20, spectralIndex: 0, significanceThreshold: 0, profilePoints: 0)
    let fit = try fitDeterminedBackground(
      [row], plan: network.plan, geometry: network.geometry, options: options)
    func compared(_ calibration: CalibrationUncertainty?) throws -> BackgroundCouplings {
      try compareBackgroundCouplings(
        [row], plan: network.plan, epoch: Self.epoch, geometry: network.geometry, fit: fit, calibration: calibration)
    }
    func statistic(_ couplings: BackgroundCouplings) throws -> Double {
      try #require(couplings.fits.first { $0.template == .transverse }).statistic
    }
    let uncertain = try compared(
      CalibrationUncertainty(stations: Array(0..<8), uncertainties: gains.map { _ in deviation }))
    let (fitted, exact) = (try statistic(uncertain), try statistic(compared(nil)))
    let prior = gains.reduce(0) { $0 + $1 * $1 } / (deviation * deviation)
    print("closed form \(expected), prior \(prior); fitted \(fitted), taken as exact \(exact)")
    #expect(fitted < expected && fitted > expected - prior)
    #expect(exact < fitted - 10)
    #expect(uncertain.fits[0].template == .transverse)
  }

  /// The same for a stream, with rows half an hour apart.
  @Test func wrongResponsesToAStreamAreFitted() throws {
    let gains = [0.2, -0.25, 0.15, -0.1, 0.3, -0.2]
    let source = EquatorialDirection(rightAscension: 212, declination: -34)
    var fixture = try StreamFixture.stations(
      6, bins: 5, frequencies: 8...24, mode: .longitudinal, sources: [.init(direction: source.vector, amplitude: 0.5)])
    let plan = TestNetwork.plan(frequencies: 8, 24, bins: 5)
    fixture.frequencies = (0..<5).map { plan.frequency($0) }
    let rows = [Int64(0), 72, 144].map { integration -> CrossSpectra in
      let time = plan.middle(ofIntegration: integration, epoch: Self.epoch)
      let values = (0..<5).flatMap { bin -> [Double] in
        let sigma = fixture.covariance(bin: bin, time: time, channels: Array(0..<6), sources: fixture.sources)
        return (0..<36).flatMap { element -> [Double] in
          let factor = (1 + gains[element / 6]) * (1 + gains[element % 6])
          return [sigma.elements[element].real * factor, sigma.elements[element].imaginary * factor]
        }
      }
      return CrossSpectra(
        integration: integration, segments: 700, present: [Bool](repeating: true, count: 6), values: values)
    }
    let options = BackgroundFitOptions(
      referenceFrequency: 12, spectralIndex: 0, significanceThreshold: 0, profilePoints: 0)
    let fit = try fitDeterminedBackground(rows, plan: plan, geometry: fixture.geometry, options: options)
    func stream(_ deviation: Double) throws -> BackgroundCouplings.Fit {
      let couplings = try compareBackgroundCouplings(
        rows, plan: plan, epoch: Self.epoch, geometry: fixture.geometry, fit: fit,
        calibration: CalibrationUncertainty(stations: Array(0..<6), uncertainties: gains.map { _ in deviation }))
      return try #require(couplings.fits.first { $0.template == .longitudinalStream })
    }
    let (exact, fitted, free) = (try stream(0), try stream(0.2), try stream(2))
    let off = [exact, fitted, free].map { angle($0.source ?? SIMD3(), source.vector) }
    print("stream: Θ \(exact.statistic), fitted \(fitted.statistic), free \(free.statistic); off by \(off)")
    let prior = gains.reduce(0) { $0 + $1 * $1 }
    #expect(fitted.statistic > exact.statistic + 10)
    // A prior ten times as wide costs a hundredth.
    #expect(abs(free.statistic - fitted.statistic - prior / 0.04) < 0.5 * prior / 0.04)
    #expect(off[2] < 0.01 && off[2] < off[0])
  }

  /// The expected separation behind the estimated probability is the mean of simulations that draw and fit the responses, and
  /// a smaller share of the true template's Θ than with exact ones.
  @Test func uncertainResponsesTakeFromTheSeparation() throws {
    var network = try TestNetwork.stations(8, bins: 3)
    network.noise = network.noise.map { $0.map { _ in 1 } }
    network.amplitude = 0.5
    let rows = [network.expectation(segments: 500)]
    let fit = try fitDeterminedBackground(
      rows, plan: network.plan, geometry: network.geometry,
      options: BackgroundFitOptions(
        referenceFrequency: 20, spectralIndex: 0, significanceThreshold: 0, profilePoints: 0))
    func pair(_ deviation: Double, simulations: Int) throws -> (pair: BackgroundCouplings.Pair, strength: Double) {
      let couplings = try compareBackgroundCouplings(
        rows, plan: network.plan, epoch: Self.epoch, geometry: network.geometry, fit: fit,
        calibration: CalibrationUncertainty(stations: Array(0..<8), uncertainties: (0..<8).map { _ in deviation }),
        options: BackgroundCouplingOptions(simulations: simulations, seed: 3, workers: 2))
      let second = try #require(couplings.fits.first { $0.template == .longitudinal })
      return (
        try #require(couplings.pairs.first { $0.first == .transverse && $0.second == .longitudinal }), second.statistic
      )
    }
    /// E of P(z > (q + E)/(2 sqrt(E))).
    func separation(_ pair: BackgroundCouplings.Pair) -> Double {
      let sigma = Significance.equivalentSigma(logProbability: log(pair.estimatedProbabilityIfSecond))
      // E - 2 σ sqrt(E) + q = 0, of its roots, whose product is q, the one below √q.
      let root = sigma * sigma - pair.statistic
      return root > 0 ? pow(sigma - root.squareRoot(), 2) : .nan
    }
    let (exact, uncertain) = (try pair(0, simulations: 0), try pair(0.4, simulations: 48))
    let simulated = try #require(uncertain.pair.ifSecond)
    let error = simulated.uncertainty / 48.0.squareRoot()
    let expected = separation(uncertain.pair)
    print(
      "E \(separation(exact.pair)) of \(exact.strength) with exact responses, \(expected) of \(uncertain.strength) uncertain; simulated \(-simulated.value) ± \(error)"
    )
    // Factors that are fitted make the wrong template stronger too: what counts is the share that they cannot take up.
    let overlap = exact.pair.overlap
    #expect(abs(separation(exact.pair) / exact.strength - (1 - overlap * overlap)) < 1e-6)
    #expect(expected / uncertain.strength < 0.9 * (1 - overlap * overlap))
    #expect(abs(-simulated.value - expected) < 4 * error + 0.1 * expected)
  }

  /// Simulated differences scatter about those of expected data, for the true template in every row of the confusion
  /// matrix the diagonal leads where the network tells them apart, and nothing depends on the number of threads.
  @Test func simulationsAgreeWithTheExpectation() throws {
    var network = try TestNetwork.stations(6, bins: 5)
    network.amplitude = 1
    let rows = [network.expectation(segments: 600)]
    let simulations = 24
    let couplings = try Self.compare(
      rows, plan: network.plan, geometry: network.geometry, reference: 20, simulations: simulations)
    let alone = try Self.compare(
      rows, plan: network.plan, geometry: network.geometry, reference: 20, simulations: simulations, workers: 1)
    #expect(couplings == alone)
    #expect(couplings.fits[0].template == .transverse)
    for row in couplings.confusion { #expect(abs(row.reduce(0, +) - 1) < 1e-12) }
    for pair in couplings.comparisonsOfFirst where pair.second.parameterCount == 1 {
      let mean = try #require(pair.ifFirst)
      let error = mean.uncertainty / Double(simulations).squareRoot()
      print("\(pair.second.name): q \(pair.statistic), simulated \(mean.value) ± \(error), ρ \(pair.overlap)")
      #expect(abs(mean.value - pair.statistic) < 4 * error)
      #expect(pair.probabilityIfSecond ?? 1 < 0.05 && pair.estimatedProbabilityIfSecond < 1e-4)
      #expect(pair.separation ?? 0 > 0.95)
    }
    #expect(try JSONDecoder().decode(BackgroundCouplings.self, from: JSONEncoder().encode(couplings)) == couplings)
  }
}

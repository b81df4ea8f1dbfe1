import Foundation
import Inference
import Testing

/// Fits of drawn matrices: complex Gaussian data of known covariance, 8 channels, 17 bins, one channel absent in a
/// quarter of the segments.
@Suite struct CalibrationTests {
  static let experiments = 120

  static func fits(
    key: UInt64, network: TestNetwork, segments: Int, count: Int, profilePoints: Int = 0
  ) throws -> [BackgroundFit] {
    let factors = network.factors()
    var stream = NormalStream(key: key)
    var options = BackgroundFitOptions(referenceFrequency: network.reference)
    options.profilePoints = profilePoints
    return try (0..<count).map { _ in
      let rows = [
        network.realization(
          segments: segments - segments / 4, integration: 0, factors: factors, stream: &stream),
        network.realization(segments: segments / 4, integration: 1, absent: [4], factors: factors, stream: &stream),
      ]
      return try fitIsotropicBackground(rows, plan: network.plan, geometry: network.geometry, options: options)
    }
  }

  /// Mean and spread of (estimate - truth)/uncertainty against 0 and 1 within four of their standard errors.
  @Test func pullsAreStandardNormal() throws {
    let key: UInt64 = 20_240_601
    var network = try TestNetwork.stations(8, bins: 17)
    network.amplitude = 0.3
    network.longitudinalFraction = 0.2
    network.chirality = 0.6
    network.spectralIndex = -0.5
    let fits = try Self.fits(key: key, network: network, segments: 400, count: Self.experiments, profilePoints: 13)
    #expect(fits.allSatisfy { $0.convergence.converged && $0.detection.convergence.converged })
    let parameters: [(String, Double, [Estimate])] = [
      ("amplitude", network.amplitude, fits.map(\.amplitude)),
      ("f_L", network.longitudinalFraction, fits.compactMap(\.longitudinalFraction)),
      ("P_V", network.chirality, fits.compactMap(\.chirality)),
      ("index", network.spectralIndex, fits.compactMap(\.spectralIndex)),
    ]
    let count = Double(Self.experiments)
    for (name, truth, estimates) in parameters {
      #expect(estimates.count == Self.experiments)
      let pulls = estimates.map { ($0.value - truth) / $0.uncertainty }
      let mean = pulls.reduce(0, +) / count
      let spread = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
      print("seed \(key): pull of \(name): mean \(mean), spread \(spread); uncertainty \(estimates[0].uncertainty)")
      #expect(abs(mean) < 4 / count.squareRoot())
      #expect(abs(spread - 1) < 4 / (2 * count).squareRoot())
    }
    let profiles = fits.compactMap(\.chiralityProfile)
    #expect(profiles.count == Self.experiments)
    for (content, intervals) in [(0.6827, profiles.map(\.interval68)), (0.9545, profiles.map(\.interval95))] {
      let coverage = Double(intervals.filter { $0.contains(network.chirality) }.count) / count
      print("seed \(key): interval of P_V that should hold \(content) of the truths holds \(coverage)")
      #expect(abs(coverage - content) < 4 * (content * (1 - content) / count).squareRoot())
    }
  }

  /// The distance of the sorted statistics from the chi-square law, Kolmogorov and Smirnov: 1.63/sqrt(n) at 1 %.
  @Test func statisticWithoutASignalFollowsChiSquared() throws {
    let key: UInt64 = 20_240_602
    let network = try TestNetwork.stations(8, bins: 17)
    let fits = try Self.fits(key: key, network: network, segments: 400, count: 2 * Self.experiments)
    let probabilities = fits.map(\.detection.localProbability).sorted()
    let count = Double(probabilities.count)
    let distance = probabilities.enumerated().map {
      max(abs($0.element - Double($0.offset) / count), abs($0.element - Double($0.offset + 1) / count))
    }.max()
    let mean = fits.reduce(0) { $0 + $1.detection.statistic } / count
    print("seed \(key): mean statistic \(mean) (3 expected), distance \(distance ?? .nan)")
    #expect(fits.allSatisfy { $0.detection.degreesOfFreedom == 3 && $0.detection.convergence.converged })
    #expect(abs(mean - 3) < 4 * (6 / count).squareRoot())
    #expect(try #require(distance) < 1.63 / count.squareRoot())
  }
}

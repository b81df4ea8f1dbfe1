import Foundation
import Inference
import Testing

@Suite("Confidence intervals and test of the chirality")
struct ChiralityIntervalTests {
  private static func network(_ chirality: Double) throws -> TestNetwork {
    var network = try TestNetwork.stations(6, bins: 9)
    network.amplitude = 1
    network.chirality = chirality
    return network
  }

  private static func profiles(_ network: TestNetwork, key: UInt64, count: Int) throws -> [ChiralityProfile] {
    let factors = network.factors()
    var stream = NormalStream(key: key)
    var options = BackgroundFitOptions(
      referenceFrequency: network.reference, spectralIndex: 0, longitudinalFraction: 0, significanceThreshold: 0)
    options.profilePoints = 17
    return try (0..<count).compactMap { _ in
      let row = network.realization(segments: 120, integration: 0, factors: factors, stream: &stream)
      return try fitIsotropicBackground([row], plan: network.plan, geometry: network.geometry, options: options)
        .chiralityProfile
    }
  }

  /// Drawn matrices; the shares within four binomial errors. At an edge Feldman and Cousins' intervals still cover exactly.
  @Test("cover at zero, inside and at the edge", arguments: [0, 0.6, 0.95, 1.0])
  func coverage(truth: Double) throws {
    let count = 150
    let profiles = try Self.profiles(try Self.network(truth), key: 4_711, count: count)
    #expect(profiles.count == count)
    for (index, confidence) in [0.68, 0.9, 0.95].enumerated() {
      let intervals = profiles.map { $0.confidenceIntervals[index] }
      #expect(intervals.allSatisfy { $0.confidence == confidence })
      #expect(intervals.allSatisfy { $0.range.lowerBound >= -1 && $0.range.upperBound <= 1 })
      let share = Double(intervals.count { $0.range.contains(truth) }) / Double(count)
      let error = (confidence * (1 - confidence) / Double(count)).squareRoot()
      print("seed 4711: P_V = \(truth): \(confidence) intervals cover \(share) +- \(error)")
      #expect(abs(share - confidence) < 4 * error)
    }
  }

  /// Far from the bounds q is a chi-square variable of one degree of freedom.
  @Test("without helicity the probabilities of the test are uniform")
  func test() throws {
    let probabilities = try Self.profiles(try Self.network(0), key: 4_712, count: 150).map(\.test.probability).sorted()
    let count = Double(probabilities.count)
    let distance = probabilities.enumerated().map {
      max(abs($0.element - Double($0.offset) / count), abs($0.element - Double($0.offset + 1) / count))
    }.max()
    print("seed 4712: Kolmogorov's distance \(distance ?? .nan)")
    #expect(try #require(distance) < 1.63 / count.squareRoot())
  }

  /// The matrices' expectation: the likelihood is a parabola around the truth, so that the interval is the Gaussian one.
  @Test("with exact data the interval is that of a Gaussian, and the test that of its distance from zero")
  func expectation() throws {
    let network = try Self.network(0.3)
    let options = BackgroundFitOptions(
      referenceFrequency: network.reference, spectralIndex: 0, longitudinalFraction: 0)
    let fit = try fitIsotropicBackground(
      [network.expectation(segments: 4000)], plan: network.plan, geometry: network.geometry, options: options)
    let (profile, estimate) = (try #require(fit.chiralityProfile), try #require(fit.chirality))
    let interval = profile.confidenceIntervals[2].range
    #expect(abs(estimate.value - 0.3) < 1e-4)
    #expect(abs((interval.upperBound - interval.lowerBound) / (2 * 1.959964 * estimate.uncertainty) - 1) < 0.01)
    #expect(abs(profile.test.equivalentSigma / (0.3 / estimate.uncertainty) - 1) < 0.05)
    #expect(abs(profile.test.statistic.squareRoot() - profile.test.equivalentSigma) < 0.05)
  }

  /// (79) in units of the pair's own K: shares go as (Γ^V)² over the product of the noise.
  @Test("pairs share the information as the weak Fisher matrix says")
  func evidence() throws {
    var network = try TestNetwork.stations(5, bins: 9)
    network.amplitude = 0.02
    network.chirality = 0.4
    // The expectation of a run so long that a weak signal is found.
    let fit = try fitIsotropicBackground(
      [network.expectation(segments: 2_000_000)], plan: network.plan, geometry: network.geometry,
      options: BackgroundFitOptions(referenceFrequency: network.reference))
    let evidence = try ChiralityEvidence(fit, geometry: network.geometry, restFrequency: 0)
    let silent = network
    func chiral(_ first: Int, _ second: Int) -> Double {
      var (right, left) = (silent, silent)
      (right.chirality, left.chirality) = (1, -1)
      return (0..<silent.plan.binCount).reduce(0) { sum, bin in
        let difference = right.covariance(bin: bin)[first][second] - left.covariance(bin: bin)[first][second]
        return sum + difference * difference / (silent.noise[first][bin] * silent.noise[second][bin])
      }
    }
    let labels = network.geometry.labels
    let sum = labels.indices.reduce(0) { sum, i in sum + (0..<i).reduce(0) { $0 + chiral(i, $1) } }
    #expect(evidence.pairs.count > 3 && abs(evidence.pairs.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    for pair in evidence.pairs {
      let first = try #require(labels.firstIndex(of: pair.baseline.first))
      let second = try #require(labels.firstIndex(of: pair.baseline.second))
      #expect(abs(pair.share - chiral(first, second) / sum) < 2e-3)
    }
  }
}

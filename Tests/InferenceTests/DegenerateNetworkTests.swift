import Correlator
import Foundation
import Inference
import Testing

/// Networks and data that cannot answer everything say what they cannot, and answer the rest.
@Suite struct DegenerateNetworkTests {
  static let plan = TestNetwork.plan(frequencies: 8, 40, bins: 9)

  static func network(_ positions: [SIMD3<Double>], _ directions: [SIMD3<Double>]) throws -> TestNetwork {
    TestNetwork(
      geometry: try NetworkGeometry(
        positions: positions, directions: directions, labels: positions.indices.map { "c\($0)" }),
      plan: plan, reference: 20, noise: positions.map { _ in [Double](repeating: 1, count: 9) }, amplitude: 0.5)
  }

  static func fit(_ network: TestNetwork, _ rows: [CrossSpectra]? = nil) throws -> BackgroundFit {
    try fitDeterminedBackground(
      rows ?? [network.expectation(segments: 4000)], plan: plan, geometry: network.geometry,
      options: BackgroundFitOptions(referenceFrequency: 20))
  }

  /// At one place every mode looks alike: the strength is measured, what kind it is of is not claimed.
  @Test func allStationsAtOnePlace() throws {
    let here = SIMD3(6.4e6, 0, 0)
    let network = try Self.network([here, here, here], [[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    let fit = try Self.fit(network)
    #expect(fit.undetermined == [.longitudinalFraction, .chirality])
    #expect(fit.longitudinalFraction == nil && fit.chirality == nil)
    #expect(fit.detection.isSignificant && abs(fit.amplitude.value - 0.5) < 1e-4 * fit.amplitude.uncertainty)
    let couplings = try compareBackgroundCouplings(
      [network.expectation(segments: 4000)], plan: Self.plan, epoch: .init(nanoseconds: 0), geometry: network.geometry,
      fit: fit, options: BackgroundCouplingOptions(simulations: 8))
    #expect(couplings.leftOut == [.mixture, .chiral, .chiralMixture])
    // Longitudinal and transverse waves are one matrix: overlap 1, and nothing is excluded.
    let same = couplings.pairs.filter {
      Set([$0.first, $0.second]).isSubset(of: [.longitudinal, .transverse, .scalarLike])
    }
    #expect(same.count == 3)
    for pair in same {
      #expect(abs(pair.statistic) < 1e-6 && abs(pair.overlap - 1) < 1e-9)
      #expect(pair.estimatedProbabilityIfSecond == 1 && pair.probabilityIfSecond ?? 0 > 0.4)
    }
  }

  /// Parallel axes see the strength and the longitudinal fraction, never a helicity.
  @Test func allAxesParallel() throws {
    let fit = try Self.fit(
      try Self.network([[0, 0, 0], [3e6, 0, 1e6], [0, 4e6, 0]], [[0, 0, 1], [0, 0, 1], [0, 0, 1]]))
    #expect(fit.undetermined == [.chirality] && fit.chirality == nil)
    #expect(abs(try #require(fit.longitudinalFraction).value) < 1e-3)
    #expect(fit.detection.degreesOfFreedom == 2)
  }

  /// One sensor, or three orthogonal ones at a place, cannot tell a background from their noise.
  @Test func noTwoSensorsThatShareASignal() throws {
    #expect(throws: InferenceError.tooFewChannels(1)) { try Self.fit(try Self.network([[0, 0, 0]], [[1, 0, 0]])) }
    #expect(throws: InferenceError.undetermined(.amplitude)) {
      try Self.fit(try Self.network([.zero, .zero, .zero], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    }
  }

  /// A copy of a channel, or a sum of two others, has no noise of its own: no claim is made of what they share.
  @Test(arguments: [[1.0, 0], [0.6, -0.8]])
  func channelsThatDependOnOthers(weights: [Double]) throws {
    let network = try Self.network([[0, 0, 0], [3e6, 0, 1e6], [0, 4e6, 0]], [[1, 0, 0], [1, 2, 0], [1, -2, 1]])
    // The third channel is a combination of the first two.
    let mixing: [[Double]] = [[1, 0, 0], [0, 1, 0], [weights[0], weights[1], 0]]
    func mixed(_ sigma: [[Double]]) -> [[(Double, Double)]] {
      var result = [[(Double, Double)]](repeating: [(Double, Double)](repeating: (0, 0), count: 3), count: 3)
      for i in 0..<3 {
        for j in 0..<3 {
          var sum = 0.0
          for a in 0..<3 {
            for b in 0..<3 { sum += mixing[i][a] * sigma[a][b] * mixing[j][b] }
          }
          result[i][j].0 = sum
        }
      }
      return result
    }
    let row = network.row(segments: 400, integration: 0, absent: []) { mixed(network.covariance(bin: $0)) }
    do {
      _ = try Self.fit(network, [row])
      Issue.record("a background was fitted to dependent channels")
    } catch InferenceError.dependentChannels(let channel, let closest, let coherence) {
      #expect(channel == "c2" && closest == (weights[1] == 0 ? "c0" : "c1"))
      #expect(weights[1] == 0 ? abs(coherence - 1) < 1e-12 : coherence < 0.99)
    }
  }

  /// A channel of zeros is left out and named; the others give what they give without it.
  @Test func channelOfZeros() throws {
    let network = try Self.network(
      [[0, 0, 0], [3e6, 0, 1e6], [0, 4e6, 0], [1e6, 1e6, 2e6]], [[1, 0, 0], [1, 2, 0], [1, -2, 1], [0, 1, 1]])
    var zero = network.expectation(segments: 400)
    for element in zero.values.indices {
      let (row, column) = (element / 8 % 4, element / 2 % 4)
      if row == 3 || column == 3 { zero.values[element] = 0 }
    }
    let fit = try Self.fit(network, [zero])
    let without = try Self.fit(network, [network.expectation(segments: 400, absent: [3])])
    #expect(fit.silent == ["c3"] && fit.channelsWithoutData == ["c3"])
    #expect(without.silent.isEmpty && without.channelsWithoutData == ["c3"])
    #expect(fit.amplitude == without.amplitude && fit.chirality == without.chirality)
  }
}

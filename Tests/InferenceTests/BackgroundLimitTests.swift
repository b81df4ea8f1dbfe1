import Foundation
import Inference
import Testing

@Suite("Upper limits on a background that is not found")
struct BackgroundLimitTests {
  private static func limits(
    _ network: TestNetwork, key: UInt64, count: Int
  ) throws -> [BackgroundLimits] {
    let factors = network.factors()
    var stream = NormalStream(key: key)
    return try (0..<count).map { _ in
      try BackgroundLimits(
        [network.realization(segments: 200, integration: 0, factors: factors, stream: &stream)], plan: network.plan,
        geometry: network.geometry, options: BackgroundFitOptions(referenceFrequency: network.reference))
    }
  }

  /// Truths of about 0, 1 and 3 standard deviations: 95 % far from zero, never less.
  @Test("cover the amplitude, more where it is too weak to be seen", arguments: [0, 0.04, 0.15], [0.0, 1.0])
  func coverage(amplitude: Double, fraction: Double) throws {
    var network = try TestNetwork.stations(6, bins: 9)
    (network.amplitude, network.longitudinalFraction) = (amplitude, fraction)
    let count = 150
    let limits = try Self.limits(network, key: 99, count: count)
    let error = (0.95 * 0.05 / Double(count)).squareRoot()
    for composition in [fraction == 0 ? BackgroundLimits.Composition.transverse : .longitudinal, .any] {
      let found = try limits.map { try #require($0.limits.first { $0.composition == composition }) }
      let share = Double(found.count { $0.amplitude >= amplitude }) / Double(count)
      let sigma = found[0].best.uncertainty
      print("seed 99: A = \(amplitude), f_L = \(fraction), \(composition): \(share) covered, sigma \(sigma)")
      #expect(share > 0.95 - 3 * error)
      if amplitude > 2 * sigma, composition != .any { #expect(share < 0.95 + 3 * error) }
      #expect(found.allSatisfy { $0.amplitude > 0 && $0.best.value >= 0 && (0...1).contains($0.longitudinalFraction) })
    }
  }

  /// For exact data without a signal the best amplitude is 0, and the limit 1.645 standard deviations.
  @Test("without a signal the limit is 1.645 standard deviations, in any unit")
  func expectation() throws {
    let network = try TestNetwork.stations(6, bins: 9)
    let row = network.expectation(segments: 5000)
    func limits(_ scale: Double) throws -> BackgroundLimits {
      var row = row
      row.values = row.values.map { $0 * scale }
      return try BackgroundLimits(
        [row], plan: network.plan, geometry: network.geometry,
        options: BackgroundFitOptions(referenceFrequency: network.reference))
    }
    let (found, scaled) = (try limits(1), try limits(1e-24))
    #expect(found.limits.map(\.composition) == [.any, .longitudinal, .transverse])
    for (limit, other) in zip(found.limits, scaled.limits) {
      if limit.composition != .any { #expect(abs(limit.amplitude / limit.best.uncertainty / 1.6448536 - 1) < 0.02) }
      #expect(limit.best.value < 1e-3 * limit.best.uncertainty)
      #expect(abs(other.amplitude / limit.amplitude / 1e-24 - 1) < 1e-4)
    }
    // A mixture may hide where the pure compositions cannot.
    #expect(found.limits[0].amplitude > 0.999 * max(found.limits[1].amplitude, found.limits[2].amplitude))
  }

  /// Without a signal 2 ln L falls as A² q, q the Fisher matrix of section 4 between the channels, whose own powers go into the
  /// noise: of the triangle of mixtures the field that is felt least decides.
  @Test("the limit on any field is that of the mixture of polarisations that the network feels least")
  func weakestMixture() throws {
    let network = try TestNetwork.stations(5, bins: 9)
    // So many that a limit is weak against the noise.
    let segments = 2_000_000
    func limits(_ chirality: Double?) throws -> BackgroundLimits {
      try BackgroundLimits(
        [network.expectation(segments: segments)], plan: network.plan, geometry: network.geometry,
        options: BackgroundFitOptions(referenceFrequency: network.reference, chirality: chirality))
    }
    let (free, held) = (try limits(nil), try limits(0))
    func least(_ pure: [(fraction: Double, chirality: Double)]) -> Double {
      let fields = pure.map { field -> TestNetwork in
        var network = network
        (network.amplitude, network.longitudinalFraction, network.chirality) = (1, field.fraction, field.chirality)
        return network
      }
      var fisher = [Double](repeating: 0, count: 9)
      for bin in 0..<network.plan.binCount {
        let matrices = fields.map { $0.covariance(bin: bin) }
        for i in network.noise.indices {
          for j in network.noise.indices where i != j {
            for a in 0..<3 {
              for b in 0..<3 {
                let product = matrices[a][i][j] * matrices[b][i][j]
                fisher[3 * a + b] += Double(segments) * product / (network.noise[i][bin] * network.noise[j][bin])
              }
            }
          }
        }
      }
      var least = Double.infinity
      for first in 0...100 {
        for second in 0...(100 - first) {
          let weights = [first, second, 100 - first - second].map { Double($0) / 100 }
          var form = 0.0
          for place in 0..<9 { form += fisher[place] * weights[place / 3] * weights[place % 3] }
          least = min(least, form)
        }
      }
      return 1.6448536 / least.squareRoot()
    }
    let any = least([(1, 0), (0, 1), (0, -1)])
    // The third is the middle of the other two.
    let unpolarised = least([(1, 0), (0, 0), (0.5, 0)])
    print("any \(any), unpolarised \(unpolarised); weakest at P_V = \(free.limits[0].chirality)")
    #expect(any > 1.005 * unpolarised)
    #expect(abs(free.limits[0].amplitude / any - 1) < 0.003)
    #expect(abs(held.limits[0].amplitude / unpolarised - 1) < 0.003)
    #expect(free.chirality == nil && held.chirality == 0 && held.limits[0].chirality == 0)
  }

  @Test("a network that feels no background says so; a confidence that is none is refused")
  func refusals() throws {
    var network = try TestNetwork.stations(2, bins: 5)
    network.geometry = try NetworkGeometry(
      positions: [SIMD3(), SIMD3()], directions: [SIMD3(1, 0, 0), SIMD3(0, 1, 0)], labels: ["x", "y"])
    #expect(throws: InferenceError.undetermined(.amplitude)) {
      try BackgroundLimits([network.expectation(segments: 50)], plan: network.plan, geometry: network.geometry)
    }
    let other = try TestNetwork.stations(3, bins: 5)
    #expect(throws: InferenceError.invalidOption(name: "confidence", reason: "between 0.5 and 1")) {
      try BackgroundLimits(
        [other.expectation(segments: 50)], plan: other.plan, geometry: other.geometry, confidence: 1)
    }
  }
}

import Correlator
import Foundation
import Inference
import Testing

/// A background passes the null tests on the stored matrices, artefacts that look like one do not.
@Suite struct NullTestTests {
  static let key: UInt64 = 77

  /// Six stations, the first with a second axis 40 degrees from its first; what is added is correlated noise.
  private static func network(
    amplitude: Double, common: [(Int, Int, Double)] = []
  ) throws -> (network: TestNetwork, factors: [[[Double]]]) {
    var network = try TestNetwork.stations(6, bins: 17)
    let (first, angle) = (network.geometry.directions[0], 40 * Double.pi / 180)
    let up = network.geometry.positions[0] / 6.371e6
    network.geometry = try NetworkGeometry(
      positions: [network.geometry.positions[0]] + network.geometry.positions,
      directions: [cos(angle) * first + sin(angle) * up] + network.geometry.directions,
      labels: ["station0/b"] + network.geometry.labels)
    network.noise.insert(network.noise[0], at: 0)
    network.amplitude = amplitude
    network.chirality = 0.5
    let factors = (0..<network.plan.binCount).map { bin in
      var sigma = network.covariance(bin: bin)
      for (i, j, share) in common {
        let shared = share * (network.noise[i][bin] * network.noise[j][bin]).squareRoot()
        sigma[i][j] += shared
        sigma[j][i] += shared
      }
      return lowerFactor(sigma)
    }
    return (network, factors)
  }

  /// The fit to a drawn row and its null tests.
  private static func drawn(
    _ network: TestNetwork, _ factors: [[[Double]]], scrambles: Int, _ stream: inout NormalStream
  ) throws -> (fit: BackgroundFit, tests: BackgroundNullTests) {
    let row = network.realization(segments: 800, integration: 0, factors: factors, stream: &stream)
    let options = BackgroundFitOptions(referenceFrequency: network.reference, profilePoints: 0)
    let fit = try fitDeterminedBackground([row], plan: network.plan, geometry: network.geometry, options: options)
    let tests = try testBackground(
      [row], plan: network.plan, geometry: network.geometry,
      stations: ["station0"] + (0..<6).map { "station\($0)" }, fit: fit, fitOptions: options,
      options: BackgroundNullTestOptions(scrambles: scrambles))
    return (fit, tests)
  }

  private static func tests(
    amplitude: Double, common: [(Int, Int, Double)] = []
  ) throws -> (fit: BackgroundFit, tests: BackgroundNullTests) {
    let (network, factors) = try network(amplitude: amplitude, common: common)
    var stream = NormalStream(key: key)
    return try drawn(network, factors, scrambles: 39, &stream)
  }

  /// Alarms of left-out stations in a true background are no more frequent than they say, and not much rarer; the spectrum is
  /// not the one at which a background is looked for.
  @Test func probabilitiesOfLeftOutStationsComeTrue() throws {
    var (network, _) = try Self.network(amplitude: 0.8)
    network.spectralIndex = -0.7
    let factors = network.factors()
    var stream = NormalStream(key: 78)
    let experiments = 120
    let probabilities = try (0..<experiments).compactMap { _ in
      try Self.drawn(network, factors, scrambles: 0, &stream).tests.stationProbability
    }
    #expect(probabilities.count == experiments)
    for level in [0.05, 0.2, 0.5] {
      let share = Double(probabilities.count { $0 < level }) / Double(probabilities.count)
      let error = (level * (1 - level) / Double(probabilities.count)).squareRoot()
      print("seed 78: p < \(level) in \(share) of \(probabilities.count)")
      #expect(share < level + 3 * error && share > level / 2 - 3 * error)
    }
  }

  @Test func aBackgroundPasses() throws {
    let (fit, tests) = try Self.tests(amplitude: 0.8)
    #expect(fit.detection.isSignificant)
    #expect(tests.scrambles.count == 39 && tests.scrambleProbability == 0.025)
    #expect(try #require(tests.stationProbability) > 0.0027)
    #expect(try #require(tests.pairProbability) > 0.0027)
    #expect(tests.withoutStation.map(\.station) == (0..<6).map { "station\($0)" })
    // No single station carries it.
    #expect(tests.withoutStation.allSatisfy { $0.sigma ?? 0 > 5 })
    #expect(try JSONDecoder().decode(BackgroundNullTests.self, from: JSONEncoder().encode(tests)) == tests)
  }

  /// Two axes of one station share noise: it is found as a background, but only with that station.
  @Test func commonNoiseOfOneStationIsFlagged() throws {
    let (fit, tests) = try Self.tests(amplitude: 0, common: [(0, 1, 0.3)])
    #expect(fit.detection.isSignificant)
    #expect(try #require(tests.stationProbability) < 1e-6)
    let suspect = try #require(tests.suspect)
    #expect(suspect.station == "station0" && suspect.sigma ?? 9 < 4)
  }

  /// Two stations close to each other share noise: without either of them the claim is gone.
  @Test func correlatedNoiseOfTwoStationsIsFlagged() throws {
    let (fit, tests) = try Self.tests(amplitude: 0, common: [(3, 6, 0.3)])
    #expect(fit.detection.isSignificant)
    let failures = [
      try #require(tests.stationProbability) < 0.0027, try #require(tests.pairProbability) < 0.0027,
      try #require(tests.scrambleProbability) > 0.05,
    ]
    print("correlated stations: \(failures), scrambles \(tests.scrambleProbability ?? .nan)")
    #expect(failures[0])
    let without = Dictionary(uniqueKeysWithValues: tests.withoutStation.map { ($0.station, $0.sigma ?? 0) })
    #expect(without["station2"] ?? 9 < 4 && without["station5"] ?? 9 < 4)
  }

  /// Noise shared by orthogonal axes of a station is no background and none is found; the pair test sees it.
  @Test func sharedNoiseWithoutADetectionIsSeenToo() throws {
    let (fit, tests) = try Self.tests(amplitude: 0, common: [(2, 3, 0.04)])
    #expect(tests.scrambles.isEmpty == !fit.detection.isSignificant)
    let worst = try #require(tests.worstPair)
    #expect(Set([worst.first, worst.second]) == ["station1", "station2"])
    #expect(try #require(tests.pairProbability) < 0.0027)
  }
}

import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Forecasts of templates: overlaps, chirality, directions")
struct TemplateForecastTests {
  private func overlaps(_ line: DarkMatterLine, _ network: ForecastNetwork, _ times: ObservationTimes) throws
    -> RealMatrix
  {
    let family = TemplateFamily(
      name: "halo", line: line, couplings: ForecastFixtures.couplings, times: times, extent: 0)
    return WeakProducts.overlaps(try WeakProducts.matrix(family, network: network, times: times))
  }

  /// Vector-network section 8, first table: axion-MDM, axion-EDM, MDM-EDM, integrated and frequency-resolved.
  @Test(arguments: [
    ([SIMD3<Double>(0, 0, 1)], [1.0, 1, 1], [0.9703, 0.7953, 0.9045]),
    ([SIMD3<Double>(1, 0, 0)], [1.0, 1, 1], [0.9831, 0.9045, 0.8268]),
    ([SIMD3<Double>(0, 0, 1), SIMD3(1, 0, 0)], [0.6749, 0.8844, 0.9413], [0.6846, 0.7337, 0.8081]),
    (
      [SIMD3<Double>(0, 0, 1), SIMD3(1, 0, 0), SIMD3(0, 1, 0)], [0.6700, 0.8560, 0.9573], [0.6820, 0.7273, 0.8100]
    ),
  ])
  func overlapsOfOneStation(axes: [SIMD3<Double>], integrated: [Double], resolved: [Double]) throws {
    // In ten seconds a line at 1 kHz lies in one bin; in a day it is resolved.
    for (duration, expected) in [(10.0, integrated), (80_000, resolved)] {
      let times = ForecastFixtures.still(duration: duration)
      let line = ForecastFixtures.halo(
        wind: SIMD3(0, 0, 232.618), frequency: 1000, at: times.slices[0].time)
      let rho = try overlaps(line, ForecastFixtures.network(axes, times: times), times)
      for (found, value) in zip([rho[0, 1], rho[0, 2], rho[1, 2]], expected) {
        #expect(abs(found - value) < 6e-5, "\(axes.count) axes, \(duration) s: \(found), page \(value)")
      }
    }
  }

  /// Section 8, no wind: pairs along and across a baseline of about two correlation lengths.
  @Test func overlapsOfPairsWithoutWind() throws {
    let times = ForecastFixtures.still(duration: 10)
    let line = ForecastFixtures.halo(wind: SIMD3(), frequency: 100, at: times.slices[0].time)
    let length = speedOfLight / (2 * .pi * 100 * 220e3 / speedOfLight)
    func rho(_ axis: SIMD3<Double>, _ distance: Double) throws -> RealMatrix {
      try overlaps(
        line,
        ForecastFixtures.network(
          [axis, axis], positions: [SIMD3(), SIMD3(0, 0, distance * length)], times: times), times)
    }
    let along = try rho(SIMD3(0, 0, 1), 2)
    #expect(abs(along[0, 2] - tanh(1)) < 1e-7)
    #expect(abs(along[0, 1] - tanh(1)) < 1e-7)
    let across = try rho(SIMD3(1, 0, 0), 2.1)
    #expect(abs(across[0, 2] - 1) < 1e-7)
    #expect(abs(across[0, 1] - 0.938) < 6e-4)
    #expect(abs(across[1, 2] - 0.938) < 6e-4)
  }

  /// Section 8: isotropic longitudinal against transverse waves.
  @Test(arguments: [
    ([SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], 3.311, 0.8126),
    ([SIMD3<Double>(0, 0, 1)], 3.160, 0.6664), ([SIMD3<Double>(1, 0, 0)], 3.357, 0.8995),
    ([SIMD3<Double>(1, 0, 0), SIMD3(0, 0, 1)], 3.272, 0.7734),
  ])
  func overlapsOfIsotropicModes(axes: [SIMD3<Double>], z: Double, expected: Double) throws {
    let times = ForecastFixtures.still(duration: 1)
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: 1, highestFrequency: 20)
    let family = TemplateFamily(
      modes: [("L", .longitudinal), ("I", .transverse)], background: background, bins: [(10, 1)])
    func rho(_ z: Double) throws -> Double {
      let far = SIMD3(0, 0, z * speedOfLight / (2 * .pi * 10))
      let network = ForecastFixtures.network(
        axes + axes, positions: axes.map { _ in SIMD3() } + axes.map { _ in far }, times: times)
      return WeakProducts.overlaps(try WeakProducts.matrix(family, network: network, times: times))[0, 1]
    }
    let best = try rho(z)
    #expect(abs(best - expected) < 6e-5)
    #expect(try rho(z - 0.05) > best && rho(z + 0.05) > best)
  }

  /// Section 7: σ(P_V) of a pair of weak signals, amplitude known and fitted, and its optimum.
  @Test(
    arguments: [
      (SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0), SIMD3<Double>(0, 0, 1), 2, 1, nil, 3.2480955200979),
      (SIMD3(1, 2, 2), SIMD3(2, -1, 2), SIMD3(2, 3, 6), 2.5, 10, nil, 5.6410334056663),
      (SIMD3(1, 0, 0), SIMD3(3, 4, 0), SIMD3(0, 0, 1), 2, 1, 0.5, 4.4939929842865),
      (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1), 2.0815759778181006, 1, 0, 3.2422570276306516),
    ] as [(SIMD3<Double>, SIMD3<Double>, SIMD3<Double>, Double, Double, Double?, Double)])
  func chiralityOfPairs(
    first: SIMD3<Double>, second: SIMD3<Double>, baseline: SIMD3<Double>, z: Double, strength: Double,
    fittedAt: Double?, expected: Double
  ) throws {
    let times = ForecastFixtures.still(duration: 1)
    let level = 1e-6
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: level, reference: 10, index: 0), lowestFrequency: 1, highestFrequency: 20,
      chirality: fittedAt ?? 0)
    let network = ForecastFixtures.network(
      [first, second],
      positions: [z * speedOfLight / (2 * .pi * 10) / length(baseline) * baseline, SIMD3()], times: times)
    let family = TemplateFamily(
      name: "chiral", background: background, bins: [(10, strength / (level * level))])
    let fisher = try FisherForecast(family, network: network, times: times)
    let kept = fittedAt == nil ? ["P_V"] : ["ln A", "P_V"]
    let found = try #require(fisher.holdingAllBut(kept).uncertainty("P_V"))
    // The exact form differs from the weak one by about S/N.
    #expect(abs(found / expected - 1) < 3e-6, "\(found)")
    let outlook = try ChiralityOutlook(
      background, bins: [(10, strength / (level * level))], network: network, times: times)
    let pair = try #require(outlook.baselines.first)
    #expect(abs(pair.strength / strength - 1) < 1e-12 && abs(pair.z / z - 1) < 1e-12)
    #expect(pair.bound <= found * (1 + 1e-5))
    if fittedAt != nil { #expect(abs(try #require(pair.uncertainty) / expected - 1) < 3e-6) }
  }

  /// Section 6: solid angles of the table, the minima for two axes and for three.
  @Test(
    arguments: [
      (true, [SIMD3<Double>(1, 2, 2), SIMD3(2, 1, 2)], nil, 0, SIMD3(2, 3, 6), nil, 1, false, 10.137698478224),
      (false, [SIMD3(1, 2, 2), SIMD3(2, 1, 2)], nil, 0, SIMD3(2, 3, 6), nil, 1, false, 40.550793912896),
      (
        true, [SIMD3(1, 2, 2), SIMD3(2, 1, 2)], [SIMD3(0, 0, 0), SIMD3(3, 1, -2)], 0.8, SIMD3(2, 3, 6), nil, 1, false,
        2.8894281992507
      ),
      (
        true, [SIMD3(1, 2, 2), SIMD3(2, -1, 2), SIMD3(2, 3, 6), SIMD3(1, -4, 8)],
        [SIMD3(0, 0, 0), SIMD3(3, 1, -2), SIMD3(-2, 2, 1), SIMD3(0, 4, 1)], 0.8, SIMD3(2, -3, 6), [1, 2, 1.5, 0.5], 2,
        true, 0.1384037546546
      ),
      (
        true, [SIMD3(0.75.squareRoot(), 0.5, 0), SIMD3(0.75.squareRoot(), -0.5, 0)], nil, 0,
        SIMD3(2.0.squareRoot(), 0, 1), nil, 1, false, 4.442882938158366
      ),
      (
        false, [SIMD3(0.75.squareRoot(), 0.5, 0), SIMD3(0.75.squareRoot(), -0.5, 0)], nil, 0,
        SIMD3(2.0.squareRoot(), 0, 1), nil, 1, false, 4 * 4.442882938158366
      ),
      (
        true, [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], nil, 0, SIMD3(2, -3, 6), nil, 1, true, Double.pi
      ),
      (
        false, [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], nil, 0, SIMD3(2, -3, 6), nil, 1, true, 4 * Double.pi
      ),
    ]
      as [(
        Bool, [SIMD3<Double>], [SIMD3<Double>]?, Double, SIMD3<Double>, [Double]?, Double, Bool, Double
      )])
  func solidAngles(
    isLongitudinal: Bool, axes: [SIMD3<Double>], positions: [SIMD3<Double>]?, wavenumber: Double,
    direction: SIMD3<Double>, noise: [Double]?, strength: Double, fitsAmplitude: Bool, expected: Double
  ) throws {
    let times = ForecastFixtures.still(duration: 1)
    let network = ForecastFixtures.network(axes, positions: positions, noise: noise, times: times)
    let level = 1e-7
    let stream = PlannedStream(
      frequency: 10, wavenumber: wavenumber, longitudinal: isLongitudinal ? level : 0,
      transverse: isLongitudinal ? 0 : level, samples: strength / (level * level))
    let outlook = try stream.outlook(direction: direction / length(direction), network: network, times: times)
    let found = try #require(fitsAmplitude ? outlook.solidAngleFittingAmplitude : outlook.solidAngle)
    #expect(abs(found / expected - 1) < 1e-6, "\(found)")
  }

  @Test func twoAxesCannotFitTheAmplitudeOfAGradient() throws {
    let times = ForecastFixtures.still(duration: 1)
    let network = ForecastFixtures.network([SIMD3(1, 2, 2), SIMD3(2, 1, 2)], times: times)
    let stream = PlannedStream(frequency: 10, wavenumber: 0, longitudinal: 1, transverse: 0, samples: 100)
    let outlook = try stream.outlook(direction: SIMD3(2, 3, 6) / 7, network: network, times: times)
    #expect(outlook.solidAngleFittingAmplitude == nil)
    #expect(outlook.solidAngle != nil)
  }

  /// The forecast by nine vectors is that by dense matrices, for strong signals and a turning Earth.
  @Test func lowRankEqualsDense() throws {
    let times = ObservationTimes(epoch: ForecastFixtures.epoch, duration: 20_000)
    #expect(times.slices.count == 24)
    let network = ForecastFixtures.network(
      [SIMD3(1, 2, 2), SIMD3(2, -1, 2), SIMD3(2, 3, 6), SIMD3(1, -4, 8)],
      positions: [SIMD3(), SIMD3(3, 1, -2), SIMD3(-2, 2, 1), SIMD3(0, 4, 1)], noise: [1, 2, 1.5, 0.5], times: times)
    let direction = SIMD3<Double>(2, -3, -6) / 7
    for (longitudinal, transverse) in [(1.5, 0), (0, 2), (0.7, 1.4)] {
      let stream = PlannedStream(
        frequency: 10, wavenumber: 0.8, longitudinal: longitudinal, transverse: transverse, samples: 50)
      let outlook = try stream.outlook(direction: direction, network: network, times: times)
      let family = stream.family(name: "stream", direction: direction)
      let inverse = try RealCholesky(of: try FisherForecast(family, network: network, times: times).matrix).inverse()
      let determinant = inverse[1, 1] * inverse[2, 2] - inverse[1, 2] * inverse[1, 2]
      #expect(
        abs(try #require(outlook.solidAngleFittingAmplitude) / (2 * .pi * determinant.squareRoot()) - 1) < 1e-9)
      let statistic = try SignalStrength(family, network: network, times: times).statistic()
      #expect(abs(outlook.statistic / statistic - 1) < 1e-10)
    }
  }

  /// The preference of the true coupling: Θ (1 - ρ²) of weak signals, and by a scan of the exact statistic of strong ones.
  @Test func separations() throws {
    let times = ForecastFixtures.still(duration: 10)
    let network = ForecastFixtures.network(
      [SIMD3(0, 0, 1), SIMD3(1, 0, 0), SIMD3(1, 2, -1)], noise: [1, 2, 0.5], times: times)
    for power in [1e-6, 1, 30] {
      // One bin of width 1/T, so the power times T is the density.
      let scale = (power / 10).squareRoot() * speedOfLight / 220e3
      let line = ForecastFixtures.halo(
        wind: SIMD3(0, 0, 232.618), frequency: 1000, amplitude: scale, at: times.slices[0].time)
      let family = TemplateFamily(
        name: "halo", line: line, couplings: ForecastFixtures.couplings, times: times, extent: 0)
      let found = try TemplateSeparation(family, network: network, times: times).statistics
      let products = try WeakProducts.matrix(family, network: network, times: times)

      let halo = HaloModel(meanVelocity: SIMD3(0, 0, 232.618 / 220), virialSpeed: 1)
      let axes = [SIMD3<Double>(0, 0, 1), SIMD3(1, 0, 0), SIMD3(1, 2, -1) / 6.0.squareRoot()]
      func matrix(_ coupling: HaloCoupling, _ power: Double) -> ComplexMatrix {
        ComplexMatrix(
          axes.map { first in
            axes.map { HaloCorrelation(halo, separation: SIMD3()).contraction(coupling, first, $0) * power }
          })
      }
      let truth = matrix(.axionGradient, power)
      func exact(_ signal: ComplexMatrix) throws -> Double {
        try TestStatistic.exact(signal: signal, trueSignal: truth, noise: [1, 2, 0.5])
      }
      for (other, coupling) in [HaloCoupling.magneticDipole, .electricDipole].enumerated() {
        let best = try (0...4000).map { step in
          try exact(matrix(coupling, power * pow(10, Double(step - 2000) / 1000)))
        }.max()
        let expected = try exact(truth) - #require(best)
        #expect(abs(found[other] / expected - 1) < 1e-4, "\(coupling) at \(power): \(found[other]), \(expected)")
        if power < 1e-5 {
          let rho = WeakProducts.overlaps(products)[0, other + 1]
          #expect(abs(found[other] / (products[0, 0] * (1 - rho * rho)) - 1) < 1e-4)
        }
      }
    }
  }

  /// A line narrower than a day's rotation: the long way round, with all instants as channels of one covariance.
  @Test func coherentLinesOfATurningEarth() throws {
    let duration = 80_000.0
    let times = ObservationTimes(epoch: ForecastFixtures.epoch, duration: duration)
    let line = ForecastFixtures.halo(
      wind: SIMD3(120, -90, 180), frequency: 0.1, amplitude: 3, at: times.middle.slices[0].time)
    let axes = [SIMD3<Double>(1, 2, 2), SIMD3(2, -1, 0)]
    let network = ForecastFixtures.network(axes, noise: [1e-2, 2e-2], times: times)
    let family = TemplateFamily(name: "slow", line: line, times: times, extent: 1e7)
    #expect(family.rotation == .coherent)
    let found = try SignalStrength(family, network: network, times: times).statistic()

    var rows: [SIMD3<Double>] = []
    for slice in times.slices {
      for channel in network.channels {
        rows.append(
          (slice.share / channel.noise(0.1)).squareRoot()
            * EarthRotation.inertial(channel.basis[0], at: slice.time))
      }
    }
    // All power of the line in one bin of width 1/T.
    let halo = HaloModel(
      meanVelocity: SIMD3(120, -90, 180) * (1000 / speedOfLight), virialSpeed: 220e3 / speedOfLight)
    let correlation = HaloCorrelation(halo, separation: SIMD3())
    var matrix = ComplexMatrix(rows: rows.count, columns: rows.count)
    for i in rows.indices {
      for j in rows.indices {
        matrix[i, j] =
          correlation.contraction(.axionGradient, rows[i] / length(rows[i]), rows[j] / length(rows[j]))
          * (9 * duration * length(rows[i]) * length(rows[j]))
      }
    }
    let expected = try HermitianEigensystem(of: matrix).values.reduce(0) { $0 + 2 * ($1 - log1p($1)) }
    #expect(abs(found / expected - 1) < 1e-4, "\(found), \(expected)")
  }
}

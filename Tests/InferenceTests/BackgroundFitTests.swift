import Correlator
import DarkMatter
import Foundation
import Inference
import Testing

@Suite struct BackgroundFitTests {
  static func network() throws -> TestNetwork {
    var network = try TestNetwork.stations(8, bins: 17)
    network.amplitude = 0.4
    network.longitudinalFraction = 0.3
    network.chirality = 0.5
    network.spectralIndex = -0.8
    return network
  }

  static func options(_ network: TestNetwork) -> BackgroundFitOptions {
    BackgroundFitOptions(referenceFrequency: network.reference)
  }

  /// Data that equal their expectation give the truth back, noise included, with and without gaps.
  @Test(arguments: [Set<Int>(), [2], [1, 4, 6]])
  func expectedDataGiveTheTruth(absent: Set<Int>) throws {
    let network = try Self.network()
    let rows = [
      network.expectation(segments: 500), network.expectation(segments: 120, integration: 1, absent: absent),
    ]
    let fit = try fitIsotropicBackground(
      rows, plan: network.plan, geometry: network.geometry, options: Self.options(network))
    #expect(fit.convergence.converged)
    #expect(fit.detection.isSignificant)
    #expect(abs(fit.amplitude.value - network.amplitude) < 1e-5 * fit.amplitude.uncertainty)
    let fraction = try #require(fit.longitudinalFraction)
    let chirality = try #require(fit.chirality)
    let index = try #require(fit.spectralIndex)
    #expect(abs(fraction.value - network.longitudinalFraction) < 1e-5 * fraction.uncertainty)
    #expect(abs(chirality.value - network.chirality) < 1e-5 * chirality.uncertainty)
    #expect(abs(index.value - network.spectralIndex) < 1e-5 * index.uncertainty)
    for (spectrum, truth) in zip(fit.noise, network.noise) {
      for (bin, density) in truth.enumerated() {
        let fitted = try #require(spectrum.density[bin])
        let uncertainty = try #require(spectrum.uncertainty[bin])
        #expect(abs(fitted - density) < 1e-4 * uncertainty)
        // A density known from n samples has an error of at least its n-th root share.
        #expect(uncertainty >= 0.99 * density / 620.0.squareRoot())
      }
    }
    for pair in fit.pairs { #expect(abs(pair.correlation - pair.model) < 1e-3 * pair.uncertainty) }
    for point in fit.twoPointFunctions { #expect(abs(point.value - point.model) < 1e-3 * point.uncertainty) }
    #expect(fit.pairs.count == 28)
    #expect(Set(fit.twoPointFunctions.map(\.function)) == Set(TwoPointFunction.allCases))
    // At the pivot frequency the amplitude is best known.
    let pivot = try #require(fit.pivotAmplitude)
    let frequency = try #require(fit.pivotFrequency)
    #expect(pivot.uncertainty / pivot.value < fit.amplitude.uncertainty / fit.amplitude.value)
    #expect(
      abs(pivot.value - network.amplitude * pow(frequency / network.reference, network.spectralIndex))
        < 1e-4 * pivot.uncertainty)
  }

  /// The same problem solved by a generic optimiser (scipy BFGS and Newton steps with numerical derivatives) on the
  /// complex likelihood with the logarithms of the noise densities as unknowns; 100 of 400 segments lack channel 2.
  @Test func agreesWithAGenericOptimiser() throws {
    let geometry = try NetworkGeometry(
      positions: [[0, 0, 0], [3.1e6, -1.2e6, 0.4e6], [-0.9e6, 2.2e6, 1.7e6], [1.0e6, 1.1e6, -2.5e6]],
      directions: [[1, 2, 2], [2, -1, 2], [2, 3, 6], [1, -4, 8]], labels: ["a", "b", "c", "d"])
    let plan = TestNetwork.plan(frequencies: 12, 28, bins: 5)
    let levels = [1, 0.5, 2, 0.8]
    let network = TestNetwork(
      geometry: geometry, plan: plan, reference: 16,
      noise: levels.map { level in (0..<5).map { level * (1 + 5 / plan.frequency($0)) } }, amplitude: 3,
      longitudinalFraction: 0.3, chirality: 0.5, spectralIndex: -0.7)
    func data(segments: Int, integration: Int64, shift: Double, absent: Set<Int>) -> CrossSpectra {
      network.row(segments: segments, integration: integration, absent: absent) { bin in
        let sigma = network.covariance(bin: bin)
        return (0..<4).map { i in
          (0..<4).map { j in
            let scale = 0.02 * (sigma[i][i] * sigma[j][j]).squareRoot()
            let real = sigma[i][j] + scale * cos(1.3 * Double(bin) + 2.1 * Double(i * j) + Double(i + j) + shift)
            let imaginary = scale * sin(0.7 * Double(bin) + 0.3 * Double(i + j) + shift)
            return (real, i == j ? 0 : i < j ? imaginary : -imaginary)
          }
        }
      }
    }
    let fit = try fitIsotropicBackground(
      [
        data(segments: 300, integration: 0, shift: 0, absent: []),
        data(segments: 100, integration: 1, shift: 1, absent: [2]),
      ], plan: plan, geometry: geometry, options: BackgroundFitOptions(referenceFrequency: 16, profilePoints: 201))
    #expect(fit.detection.degreesOfFreedom == 3)
    #expect(abs(fit.detection.statistic - 584.8016757805926) < 1e-6)
    #expect(abs(fit.detection.longitudinalPower.value - 1.2270329694894433) < 1e-5)
    #expect(abs(fit.detection.transversePower.value - 1.7827370728045544) < 1e-5)
    #expect(abs(fit.detection.helicityPower.value - 1.4865632624870937) < 1e-5)
    #expect(abs(fit.amplitude.value - 3.03493268) < 1e-6)
    #expect(abs(try #require(fit.longitudinalFraction).value - 0.32672798) < 1e-6)
    #expect(abs(try #require(fit.chirality).value - 0.49281412) < 1e-6)
    #expect(abs(try #require(fit.spectralIndex).value + 0.61435246) < 1e-6)
    let first = try fit.noise.map { try #require($0.density.first ?? nil) }
    for (value, expected) in zip(first, [1.48593883, 0.70360953, 2.92417228, 1.19527382]) {
      #expect(abs(value - expected) < 1e-6)
    }
    // The profile at P_V = 0.2, by cubic interpolation between the points of the table.
    let profile = try #require(fit.chiralityProfile)
    let near = try #require(profile.chirality.firstIndex { $0 >= 0.2 })
    var at = 0.0
    for i in (near - 2)...(near + 1) {
      var term = profile.logLikelihood[i]
      for j in (near - 2)...(near + 1) where j != i {
        term *= (0.2 - profile.chirality[j]) / (profile.chirality[i] - profile.chirality[j])
      }
      at += term
    }
    #expect(abs(at + 4.982878563765553) < 1e-3)
    #expect(profile.converged)
    let area = zip(profile.density.dropFirst(), profile.density).map { ($0 + $1) / 2 }.reduce(0, +)
    #expect(abs(area * (profile.chirality[1] - profile.chirality[0]) - 1) < 1e-3)
  }

  @Test func orderOfChannelsDoesNotMatter() throws {
    let network = try Self.network()
    var stream = NormalStream(key: 11)
    let row = network.realization(
      segments: 200, integration: 0, factors: network.factors(), stream: &stream)
    let order = [5, 2, 7, 0, 3, 6, 1, 4]
    let channels = 8
    var values: [Double] = []
    for bin in 0..<network.plan.binCount {
      for first in order {
        for second in order {
          let index = ((bin * channels + first) * channels + second) * 2
          values += [row.values[index], row.values[index + 1]]
        }
      }
    }
    let permuted = CrossSpectra(integration: 0, segments: 200, present: row.present, values: values)
    let geometry = try NetworkGeometry(
      positions: order.map { network.geometry.positions[$0] },
      directions: order.map { network.geometry.directions[$0] }, labels: order.map { network.geometry.labels[$0] })
    let one = try fitIsotropicBackground(
      [row], plan: network.plan, geometry: network.geometry, options: Self.options(network))
    let other = try fitIsotropicBackground(
      [permuted], plan: network.plan, geometry: geometry, options: Self.options(network))
    #expect(abs(one.detection.statistic - other.detection.statistic) < 1e-8 * one.detection.statistic)
    #expect(abs(one.amplitude.value - other.amplitude.value) < 1e-4 * one.amplitude.uncertainty)
    let a = try #require(one.chirality)
    let b = try #require(other.chirality)
    #expect(abs(a.value - b.value) < 1e-4 * a.uncertainty)
  }

  /// A mirror turns P_V around and nothing else, for polar and for axial sensitive directions.
  @Test(arguments: [1.0, -1.0])
  func mirrorReversesChirality(axial: Double) throws {
    let network = try Self.network()
    let mirror = SIMD3(1.0, 1, -1)
    let mirrored = try NetworkGeometry(
      positions: network.geometry.positions.map { $0 * mirror },
      directions: network.geometry.directions.map { axial * $0 * mirror }, labels: network.geometry.labels)
    var stream = NormalStream(key: 12)
    let row = network.realization(segments: 200, integration: 0, factors: network.factors(), stream: &stream)
    let one = try fitIsotropicBackground(
      [row], plan: network.plan, geometry: network.geometry, options: Self.options(network))
    let other = try fitIsotropicBackground(
      [row], plan: network.plan, geometry: mirrored, options: Self.options(network))
    let a = try #require(one.chirality)
    let b = try #require(other.chirality)
    #expect(abs(a.value + b.value) < 1e-4 * a.uncertainty)
    #expect(abs(a.uncertainty / b.uncertainty - 1) < 1e-6)
    #expect(abs(one.amplitude.value - other.amplitude.value) < 1e-4 * one.amplitude.uncertainty)
    #expect(abs(one.detection.statistic - other.detection.statistic) < 1e-8 * one.detection.statistic)
  }

  /// Magnetometers have 1e-26 T²/Hz where the same in pT has 1e-2.
  @Test func unitsScaleTheAmplitudeOnly() throws {
    let network = try Self.network()
    var stream = NormalStream(key: 13)
    let row = network.realization(segments: 200, integration: 0, factors: network.factors(), stream: &stream)
    let small = CrossSpectra(
      integration: 0, segments: 200, present: row.present, values: row.values.map { $0 * 1e-26 })
    let one = try fitIsotropicBackground(
      [row], plan: network.plan, geometry: network.geometry, options: Self.options(network))
    let other = try fitIsotropicBackground(
      [small], plan: network.plan, geometry: network.geometry, options: Self.options(network))
    #expect(other.convergence.converged)
    #expect(abs(other.amplitude.value / one.amplitude.value - 1e-26) < 1e-32)
    #expect(abs(other.amplitude.uncertainty / one.amplitude.uncertainty - 1e-26) < 1e-32)
    let a = try #require(one.chirality)
    let b = try #require(other.chirality)
    #expect(abs(a.value - b.value) < 1e-5 * a.uncertainty)
    #expect(abs(one.detection.statistic - other.detection.statistic) < 1e-8 * one.detection.statistic)
    #expect(try JSONDecoder().decode(BackgroundFit.self, from: JSONEncoder().encode(other)) == other)
  }

  @Test func rowsOfOneSetAddUp() throws {
    let network = try Self.network()
    var stream = NormalStream(key: 14)
    let factors = network.factors()
    let rows = (0..<3).map { number in
      network.realization(
        segments: 60 + 20 * number, integration: Int64(number), absent: [3], factors: factors, stream: &stream)
    }
    let total = rows.reduce(0) { $0 + $1.segments }
    let mean = rows[0].values.indices.map { index in
      rows.reduce(0) { $0 + $1.values[index] * Double($1.segments) } / Double(total)
    }
    let one = try fitIsotropicBackground(
      rows, plan: network.plan, geometry: network.geometry, options: Self.options(network))
    let other = try fitIsotropicBackground(
      [CrossSpectra(integration: 0, segments: total, present: rows[0].present, values: mean)], plan: network.plan,
      geometry: network.geometry, options: Self.options(network))
    #expect(one.segments == total)
    #expect(abs(one.amplitude.value - other.amplitude.value) < 1e-6 * one.amplitude.uncertainty)
    #expect(one.noise[3].density.allSatisfy { $0 == nil })
    #expect(one.pairs.count == 21)
  }

  @Test func withoutASignalOnlyAnAmplitudeIsReported() throws {
    var network = try Self.network()
    network.amplitude = 0
    var stream = NormalStream(key: 15)
    let row = network.realization(segments: 200, integration: 0, factors: network.factors(), stream: &stream)
    let fit = try fitIsotropicBackground(
      [row], plan: network.plan, geometry: network.geometry, options: Self.options(network))
    #expect(!fit.detection.isSignificant)
    #expect(fit.longitudinalFraction == nil)
    #expect(fit.chirality == nil)
    #expect(fit.spectralIndex == nil)
    #expect(fit.chiralityProfile == nil)
    #expect(fit.fitted == [.amplitude])
    #expect(abs(fit.amplitude.value) < 5 * fit.amplitude.uncertainty)
    #expect(fit.convergence.converged)
  }

  @Test func profileChangesNothingElse() throws {
    let network = try Self.network()
    var options = Self.options(network)
    let with = try fitIsotropicBackground(
      [network.expectation(segments: 300)], plan: network.plan, geometry: network.geometry, options: options)
    options.profilePoints = 0
    var without = try fitIsotropicBackground(
      [network.expectation(segments: 300)], plan: network.plan, geometry: network.geometry, options: options)
    #expect(without.chiralityProfile == nil)
    // Near its top the profile is the parabola of the estimate.
    let profile = try #require(with.chiralityProfile)
    let chirality = try #require(with.chirality)
    #expect(
      abs(profile.interval68.lowerBound - (chirality.value - chirality.uncertainty)) < 0.05 * chirality.uncertainty)
    #expect(
      abs(profile.interval68.upperBound - (chirality.value + chirality.uncertainty)) < 0.05 * chirality.uncertainty)
    without.chiralityProfile = profile
    #expect(with == without)
  }

  @Test func heldParametersAreHeld() throws {
    let network = try Self.network()
    var options = Self.options(network)
    options.longitudinalFraction = 0.3
    options.spectralIndex = -0.8
    let fit = try fitIsotropicBackground(
      [network.expectation(segments: 500)], plan: network.plan, geometry: network.geometry, options: options)
    #expect(fit.fitted == [.amplitude, .chirality])
    #expect(fit.detection.degreesOfFreedom == 2)
    #expect(fit.longitudinalFraction == nil)
    #expect(fit.model.longitudinalFraction == 0.3)
    let free = try fitIsotropicBackground(
      [network.expectation(segments: 500)], plan: network.plan, geometry: network.geometry,
      options: Self.options(network))
    let held = try #require(fit.chirality)
    #expect(abs(held.value - 0.5) < 1e-5 * held.uncertainty)
    #expect(held.uncertainty < (try #require(free.chirality)).uncertainty)
    let interval = held.interval(sigmas: 1000, within: -1...1)
    #expect(interval.clipped)
    #expect(interval.range == -1...1)
  }

  @Test func tableOfTwoPointFunctionsFollowsTheClosedForms() {
    let model = BackgroundModel(
      amplitude: 1, longitudinalFraction: 0.25, chirality: 0.5, spectralIndex: 0, referenceFrequency: 1)
    let z = 2.5
    let j0 = sin(z) / z
    let j1 = sin(z) / (z * z) - cos(z) / z
    let j2 = 3 * j1 / z - j0
    #expect(abs(model.value(of: .antisymmetric, separation: z) - 0.25 * j1) < 1e-14)
    #expect(abs(model.value(of: .delta, separation: z) - (0.25 * j1 / z + 0.375 * (j0 - j1 / z))) < 1e-14)
    #expect(abs(model.value(of: .axial, separation: z) - (-0.25 * j2 + 0.375 * j2)) < 1e-14)
  }
}

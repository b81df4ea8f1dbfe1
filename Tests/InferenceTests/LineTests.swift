import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

/// Three axes at two places, amplitudes at 50 Hz in segments of ten minutes.
private struct LineExperiment {
  static let frequency = 50.0
  static let segment = 600.0
  static let reference = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  let channels: [LineObservation.Channel]
  let segments: Int
  let window: LineWindow
  /// Hz of the line above the frequency of the amplitudes.
  let offset: Double

  init(segments: Int = 30, window: LineWindow = .rectangular, offset: Double = 0) {
    self.segments = segments
    self.window = window
    self.offset = offset
    let places = [Site(latitude: 50, longitude: 8), Site(latitude: -35, longitude: 149)]
    channels = places.enumerated().flatMap { number, site in
      [LocalDirection(east: 1, north: 0, up: 0), .init(east: 0, north: 1, up: 0), .init(east: 0, north: 0, up: 1)]
        .enumerated().map { axis, direction in
          LineObservation.Channel(
            label: "\(number)/\(axis)", position: site.earthFixedPosition, direction: direction.earthFixed(at: site))
        }
    }
  }

  func observation(_ amplitudes: [ComplexNumber]? = nil) -> LineObservation {
    let count = segments * channels.count
    return LineObservation(
      channels: channels, segmentLength: Self.segment, window: window,
      times: (0..<segments).map { (Double($0) * window.spacing + 0.5) * Self.segment }, reference: Self.reference,
      frequency: Self.frequency - offset, amplitudes: amplitudes ?? [ComplexNumber](repeating: .zero, count: count),
      present: [Bool](repeating: true, count: count), noise: channels.indices.map { 1 + 0.2 * Double($0) })
  }

  /// Covariance of the amplitudes by the closed form of section 5.4, element by element.
  func covariance(_ coupling: HaloCoupling, power: Double) -> ComplexMatrix {
    let observation = observation()
    let mass = 2 * Double.pi * Self.frequency
    let middle = observation.times[segments / 2]
    let wind = -EarthVelocity.throughHalo(at: Self.reference.advanced(byNanoseconds: Int64(middle * 1e9)))
    let halo = HaloModel(meanVelocity: wind / speedOfLight, virialSpeed: 220e3 / speedOfLight)
    let rows = (0..<segments).flatMap { segment in
      channels.indices.map { channel -> (SIMD3<Double>, SIMD3<Double>, Double, Double) in
        let time = Self.reference.advanced(byNanoseconds: Int64(observation.times[segment] * 1e9))
        return (
          EarthRotation.inertial(channels[channel].position, at: time),
          EarthRotation.inertial(channels[channel].direction, at: time), observation.times[segment],
          observation.noise[channel]
        )
      }
    }
    // The line's middle is above the rest frequency by m v²/2; a Hann window keeps 2/3 sinc²/(1 - x²)² of it.
    let middleOfLine =
      offset + Self.frequency
      * (dot(wind, wind) / speedOfLight / speedOfLight + 1.5 * halo.virialSpeed * halo.virialSpeed) / 2
    let x = middleOfLine * Self.segment
    let hann = sin(.pi * x) / (.pi * x) / (1 - x * x)
    let kept = window == .hann ? 2 / 3.0 * hann * hann : pow(sin(.pi * x) / (.pi * x), 2)
    var matrix = ComplexMatrix(rows: rows.count, columns: rows.count)
    for (i, a) in rows.enumerated() {
      for (j, b) in rows.enumerated() {
        let correlation = HaloCorrelation(
          halo, separation: mass / speedOfLight * (a.0 - b.0), delay: mass * (a.2 - b.2))
        matrix[i, j] =
          correlation.contraction(coupling, a.1, b.1) * (power * Self.segment * kept)
          * ComplexNumber(magnitude: 1, phase: -2 * .pi * offset * (a.2 - b.2))
        if window == .hann, abs(i - j) == channels.count { matrix[i, j] += ComplexNumber(a.3 / 6) }
      }
      matrix[i, i] += ComplexNumber(a.3)
    }
    return matrix
  }

  /// Amplitudes with that covariance.
  func draw(_ factor: ComplexMatrix, number: UInt32) -> [ComplexNumber] {
    let count = factor.rows
    let white = (0..<count).map { row -> ComplexNumber in
      let g = NormalDeviates.four(SIMD4(UInt32(row), number, 7, 9), key: 20_261_121)
      return ComplexNumber(g[0], g[1]) / 2.0.squareRoot()
    }
    return factor * white
  }
}

@Suite("Narrow lines: modes, profiles, couplings")
struct LineTests {
  /// A power at which the axion gradient is found clearly: its matrix carries v²/c².
  static let axionPower = 0.02 / 5e-7

  @Test(
    "the likelihood by modes equals the dense one",
    arguments: [(LineWindow.rectangular, 0.0), (.hann, 0), (.hann, 5e-4)])
  func denseLikelihood(window: LineWindow, offset: Double) throws {
    let experiment = LineExperiment(segments: 12, window: window, offset: offset)
    let white = try ComplexCholesky(of: experiment.covariance(.electricDipole, power: 0))
    for (coupling, power) in [(HaloCoupling.axionGradient, Self.axionPower), (.electricDipole, 0.01)] {
      let covariance = experiment.covariance(coupling, power: power)
      let factor = try ComplexCholesky(of: covariance)
      let observation = experiment.observation(experiment.draw(factor.lower, number: 1))
      let template = LineHypothesis(name: "t", coupling: coupling)
      let search = try LineSearch(template, observation: observation, restFrequency: LineExperiment.frequency)
      let profile = search.profile(observation, restFrequency: LineExperiment.frequency)
      // ln L ratio from the dense matrices at the fitted power.
      let fitted = try ComplexCholesky(of: experiment.covariance(coupling, power: profile.power))
      let dense = observation.amplitudes
      let quadratic = zip(dense, white.solve(dense)).reduce(0.0) { $0 + ($1.0.conjugate * $1.1).real }
      let chiSquared = zip(dense, fitted.solve(dense)).reduce(0.0) { $0 + ($1.0.conjugate * $1.1).real }
      let expected = 2 * (quadratic - chiSquared - fitted.logDeterminant + white.logDeterminant)
      #expect(profile.statistic > 10)
      #expect(abs(profile.statistic - expected) < 1e-3 * expected)
    }
  }

  @Test("the power comes out without bias, with the scatter that the profile states", arguments: [0.02, 20])
  func power(truth: Double) throws {
    let experiment = LineExperiment(segments: 60)
    let covariance = experiment.covariance(.electricDipole, power: truth)
    let factor = try ComplexCholesky(of: covariance)
    let search = try LineSearch(
      LineHypothesis(name: "EDM", coupling: .electricDipole), observation: experiment.observation(),
      restFrequency: LineExperiment.frequency)
    let estimates = (0..<60).map { number in
      search.profile(
        experiment.observation(experiment.draw(factor.lower, number: number)), restFrequency: LineExperiment.frequency)
    }
    let mean = estimates.map(\.power).reduce(0, +) / 60
    let scatter = (estimates.map { ($0.power - mean) * ($0.power - mean) }.reduce(0, +) / 59).squareRoot()
    let stated = estimates.map(\.uncertainty).reduce(0, +) / 60
    print("power \(mean) +- \(scatter / 60.0.squareRoot()), stated \(stated), scatter \(scatter)")
    #expect(abs(mean - truth) < 3.5 * scatter / 60.0.squareRoot())
    #expect(abs(scatter / stated - 1) < 0.35)
  }

  @Test("a scan finds the frequency; the tail of the statistic agrees with direct draws")
  func scan() throws {
    let experiment = LineExperiment()
    let factor = try ComplexCholesky(of: experiment.covariance(.electricDipole, power: 0.05))
    var observation = experiment.observation(experiment.draw(factor.lower, number: 3))
    // The amplitudes as they would be taken 0.2 mHz below the line.
    let shift = 2e-4
    for segment in 0..<experiment.segments {
      let turn = ComplexNumber(magnitude: 1, phase: -2 * .pi * shift * observation.times[segment])
      for channel in experiment.channels.indices {
        observation.amplitudes[segment * experiment.channels.count + channel] *= turn
      }
    }
    observation.frequency -= shift
    let search = try LineSearch(
      LineHypothesis(name: "EDM", coupling: .electricDipole), observation: observation,
      restFrequency: LineExperiment.frequency)
    let scan = search.scan(observation, halfWidth: 0.25 / LineExperiment.segment)
    let best = try #require(scan.best)
    // The run of 5 h resolves 56 µHz.
    #expect(abs(best.frequency - LineExperiment.frequency) < 3e-5)
    let direct = search.profile(observation, restFrequency: best.frequency)
    #expect(abs(direct.statistic - best.profile.statistic) < 1e-6 * direct.statistic)

    let threshold = 8.0
    let logTail = LineSignificance.logSurvival(threshold, eigenvalues: search.eigenvalues, key: 5)
    let draws = 20_000
    let beyond = (0..<draws).count { draw in
      let powers = search.eigenvalues.enumerated().map { mode, value in
        let g = NormalDeviates.four(SIMD4(UInt32(mode), UInt32(draw), 3, 1), key: 99)
        return value * (g[0] * g[0] + g[1] * g[1]) / 2
      }
      return LineProfile(powers: powers, eigenvalues: search.eigenvalues).statistic > threshold
    }
    let expected = exp(logTail) * Double(draws)
    print("beyond \(beyond), expected \(expected)")
    #expect(abs(Double(beyond) - expected) < 4 * expected.squareRoot() + 0.06 * expected)
  }

  @Test("an axion gradient is told from an electric dipole where the network can")
  func couplings() throws {
    let experiment = LineExperiment(segments: 60)
    let factor = try ComplexCholesky(of: experiment.covariance(.axionGradient, power: 5 * Self.axionPower))
    let observation = experiment.observation(experiment.draw(factor.lower, number: 4))
    let searches = try LineHypothesis.standardHalo.map {
      try LineSearch($0, observation: observation, restFrequency: LineExperiment.frequency)
    }
    let comparison = CouplingComparison(
      searches, observation: observation, restFrequency: LineExperiment.frequency, frequencyRange: 2e-5,
      simulations: 100, key: 12)
    for pair in comparison.pairs { print(pair) }
    #expect(comparison.fits[0].template.name == "axion gradient")
    // One modes' basis or another: the overlap with itself is one, and all are between zero and one.
    #expect(abs(searches[0].overlap(searches[0]) - 1) < 1e-9)
    #expect(comparison.pairs.allSatisfy { $0.overlap > 0.3 && $0.overlap < 0.97 })
    #expect(comparison.pairs.allSatisfy { $0.expectedIfFirst > 0 && $0.expectedIfSecond < 0 })
  }
}

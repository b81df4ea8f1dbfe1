import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Forecasts of detections and of changes of a network")
struct NetworkForecastTests {
  /// Vector-network section 4: few bins, P(Θ > 25)/2.87e-7 and P(Θ = 0).
  @Test(arguments: [
    (1.0, 0.29, 0.632), (2, 0.39, 0.594), (5, 0.52, 0.560), (10, 0.62, 0.542), (30, 0.75, 0.524),
    (100, 0.85, 0.513), (1000 - 1e-6, 0.95, 0.504),
  ])
  func fewSamples(samples: Double, ratio: Double, zero: Double) {
    let law = FewSampleLaw(samples: samples)
    #expect(abs(law.survival(25) / 2.8665157187919333e-7 - ratio) < 0.0051)
    #expect(abs(law.zeroProbability - zero) < 6e-4)
    let threshold = law.threshold(probability: 2.8665157187919333e-7)
    #expect(threshold < 25)
    #expect(abs(law.survival(threshold) / 2.8665157187919333e-7 - 1) < 1e-9)
    #expect(law.threshold(probability: 0.9) == 0)
  }

  @Test func manySamples() {
    let law = FewSampleLaw(samples: 1e6)
    #expect(abs(law.threshold(probability: 2.8665157187919333e-7) - 25) < 1e-9)
    #expect(abs(law.detectionProbability(threshold: 25, expected: 25) - 0.5) < 1e-12)
    let expected = law.expectedStatistic(threshold: 25, probability: 0.95)
    #expect(abs(expected.squareRoot() - 5 - 1.6448536269514722) < 1e-8)
  }

  /// One sample: x is exponential, so both probabilities have closed forms.
  @Test func oneSample() {
    let law = FewSampleLaw(samples: 1)
    let limit = -log(2.8665157187919333e-7)
    #expect(abs(law.threshold(probability: 2.8665157187919333e-7) - 2 * (limit - 1 - log(limit))) < 1e-9)
    let expected = law.expectedStatistic(threshold: 2 * (limit - 1 - log(limit)), probability: 0.5)
    let stretch = limit / log(2.0)
    #expect(abs(expected - 2 * (stretch - 1 - log(stretch))) < 1e-8)
  }

  private static let background = IsotropicBackground(
    spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: 1, highestFrequency: 20,
    longitudinalFraction: 0.2, chirality: 0.5)

  private static func threeStations(_ times: ObservationTimes) -> ForecastNetwork {
    ForecastFixtures.network(
      [SIMD3(1, 0, 0), SIMD3(1, 2, 2), SIMD3(0, -1, 1)],
      positions: [SIMD3(), SIMD3(6e6, 1e6, -4e6), SIMD3(-4e6, 4e6, 2e6)], noise: [1, 0.7, 1.3], times: times)
  }

  /// Random runs of three stations: the mean statistic is Asimov's, the fitted amplitude scatters as Fisher's matrix says,
  /// and half of the runs at the reach detect it. The matrices here come from another function than the forecast's.
  @Test func monteCarlo() throws {
    let times = ForecastFixtures.still(duration: 1)
    let network = Self.threeStations(times)
    let (samples, trials) = (200, 1500)
    let family = TemplateFamily(
      name: "background", background: Self.background, bins: [(10, Double(samples))])
    let strength = try SignalStrength(family, network: network, times: times)
    let reach = try AmplitudeReach(strength)
    let power = reach.powerHalf

    let noise = network.channels.map { $0.noise(10) }
    func covariance(_ power: Double) -> ComplexMatrix {
      var matrix = ComplexMatrix(rows: 3, columns: 3)
      for (i, first) in network.channels.enumerated() {
        for (j, second) in network.channels.enumerated() {
          matrix[i, j] = ComplexNumber(
            power
              * Self.background.density(
                at: 10, baseline: first.position - second.position, first.basis[0], second.basis[0])
              + (i == j ? noise[i] : 0))
        }
      }
      return matrix
    }
    let root = try ComplexCholesky(of: covariance(power)).lower
    // A fit that finds the noise too is left with the correlations: -ln det of their coefficients.
    let logCorrelation = (0..<3).reduce(0) { $0 + log(covariance(power)[$1, $1].real) - 2 * log(root[$1, $1].real) }
    let fittingNoise = try #require(strength.statisticFittingNoise(power: power))
    #expect(abs(fittingNoise / (2 * Double(samples) * logCorrelation) - 1) < 1e-9)
    /// 2 [ln L(power) - ln L(0)] of the mean matrix of a run.
    func statistic(_ mean: ComplexMatrix, _ power: Double) throws -> Double {
      let factor = try ComplexCholesky(of: covariance(power))
      let inverse = factor.inverse()
      var value = 0.0
      for i in 0..<3 {
        value += mean[i, i].real / noise[i] + log(noise[i])
        for j in 0..<3 { value -= (inverse[i, j] * mean[j, i]).real }
      }
      return 2 * Double(samples) * (value - factor.logDeterminant)
    }

    let count = 3 * samples
    let real = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
    let imaginary = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
    defer {
      real.deallocate()
      imaginary.deallocate()
    }
    var (sum, detections) = (0.0, 0)
    var amplitudes: [Double] = []
    for trial in 0..<trials {
      NormalDeviates.fillComplex(
        real: real, imaginary: imaginary, counter: SIMD4(0, UInt32(trial), 0, 7), varying: .first, key: 20_261_121)
      var mean = ComplexMatrix(rows: 3, columns: 3)
      for sample in 0..<samples {
        let data = root * (0..<3).map { ComplexNumber(real[3 * sample + $0], imaginary[3 * sample + $0]) }
        for i in 0..<3 { for j in 0..<3 { mean[i, j] += data[i] * data[j].conjugate / Double(samples) } }
      }
      sum += try statistic(mean, power)
      // The maximum over the amplitude by golden section; it is the only one.
      var (low, high) = (0.0, 4 * power)
      let golden = (5.0.squareRoot() - 1) / 2
      while high - low > 1e-4 * power {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low))
        if try statistic(mean, left) > statistic(mean, right) { high = right } else { low = left }
      }
      amplitudes.append((low + high) / 2)
      if try statistic(mean, (low + high) / 2) > reach.threshold { detections += 1 }
    }
    let asimov = strength.statistic(power: power)
    let mean = sum / Double(trials)
    // Near the threshold Θ scatters by 2 sqrt(Θ) or so.
    let error = 2 * asimov.squareRoot() / Double(trials).squareRoot()
    #expect(abs(mean - asimov) < 3.5 * error, "mean Θ \(mean) ± \(error), Asimov \(asimov)")
    #expect(strength.weakStatistic(power: power) > asimov)

    let fraction = Double(detections) / Double(trials)
    // The law of equal weights is an approximation for three channels of different noise: 4 % beyond the statistics.
    #expect(abs(fraction - 0.5) < 0.04 + 3 * 0.5 / Double(trials).squareRoot(), "\(fraction) of the runs detect")

    var scaled = Self.background
    scaled.spectrum = .powerLaw(level: power, reference: 10, index: 0)
    let fisher = try FisherForecast(
      TemplateFamily(name: "", background: scaled, bins: [(10, Double(samples))]), network: network, times: times)
    let sigma = try #require(fisher.holdingAllBut(["ln A"]).uncertainty("ln A"))
    let average = amplitudes.reduce(0, +) / Double(trials)
    let spread =
      (amplitudes.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(trials - 1)).squareRoot() / power
    // The scatter itself is known to 1/sqrt(2 trials) = 1.8 %; two hundred samples are 1 % from the bound.
    #expect(abs(spread / sigma - 1) < 0.08, "scatter \(spread), Fisher \(sigma)")
  }

  /// The Fisher matrix is the curvature of the exact statistic, here by differences of `TestStatistic.exact`.
  @Test func fisherIsTheCurvature() throws {
    let times = ForecastFixtures.still(duration: 1)
    let network = Self.threeStations(times)
    let fisher = try FisherForecast(
      TemplateFamily(name: "", background: Self.background, bins: [(10, 40)]), network: network, times: times)
    func matrix(_ change: SIMD3<Double>) -> ComplexMatrix {
      var background = Self.background
      background.spectrum = .powerLaw(level: exp(change.x), reference: 10, index: 0)
      background.longitudinalFraction += change.y
      background.chirality += change.z
      var matrix = ComplexMatrix(rows: 3, columns: 3)
      for (i, first) in network.channels.enumerated() {
        for (j, second) in network.channels.enumerated() {
          matrix[i, j] = ComplexNumber(
            background.density(
              at: 10, baseline: first.position - second.position, first.basis[0], second.basis[0]))
        }
      }
      return matrix
    }
    let step = 2e-3
    let noise = network.channels.map { $0.noise(10) }
    func statistic(_ change: SIMD3<Double>) throws -> Double {
      40 * (try TestStatistic.exact(signal: matrix(step * change), trueSignal: matrix(SIMD3()), noise: noise))
    }
    let units = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    for (a, first) in units.enumerated() {
      for (b, second) in units.enumerated() {
        let curvature =
          try
          (statistic(first + second) - statistic(first - second) - statistic(second - first)
          + statistic(-first - second)) / (4 * step * step)
        #expect(abs(fisher.matrix[a, b] + curvature / 2) < 2e-4 * fisher.matrix[0, 0])
      }
    }
    // A flat spectrum at its reference frequency says nothing of the index.
    #expect(fisher.uncertainty("index") == nil)
    #expect(fisher.uncertainty("P_V") != nil)
  }

  @Test func slicesOfARun() {
    for duration in [1.0, 600, 5000, 86_000, 86_164.0905, 200_000, 3e7] {
      let times = ObservationTimes(epoch: ForecastFixtures.epoch, duration: duration)
      #expect(abs(times.slices.reduce(0) { $0 + $1.share } - 1) < 1e-12)
      #expect(times.slices.allSatisfy { (0..<duration).contains($0.time.seconds(since: ForecastFixtures.epoch)) })
      // The mean of exp(i k GMST) over the run, against the integral.
      for harmonic in [1.0, 2, 4] {
        let rate = 2 * Double.pi / ObservationTimes.siderealDay * harmonic
        var sum = (0.0, 0.0)
        for slice in times.slices {
          let phase = rate * slice.time.seconds(since: ForecastFixtures.epoch)
          sum = (sum.0 + slice.share * cos(phase), sum.1 + slice.share * sin(phase))
        }
        let exact = (sin(rate * duration) / (rate * duration), (1 - cos(rate * duration)) / (rate * duration))
        #expect(hypot(sum.0 - exact.0, sum.1 - exact.1) < 0.05, "\(duration) s, harmonic \(harmonic)")
      }
    }
  }

  /// Two parallel axes say nothing of chirality; the planner turns one to the best geometry of section 7.
  @Test func turningAnAxis() throws {
    let times = ForecastFixtures.still(duration: 1)
    let z = 2.0815759778181006
    let distance = z * speedOfLight / (2 * .pi * 10)
    let network = ForecastFixtures.network(
      [SIMD3(1, 0, 0), SIMD3(1, 0, 0)], positions: [SIMD3(), SIMD3(0, 0, distance)], times: times)
    let level = 1e-3
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: level, reference: 10, index: 0), lowestFrequency: 1, highestFrequency: 20)
    let goal = PlanningGoal(
      figure: .chirality, subject: "test",
      families: [TemplateFamily(name: "", background: background, bins: [(10, 1 / (level * level))])])
    let planner = try NetworkPlanner(network: network, goal: goal, times: times)
    let change = try #require(try planner.turns(limit: 1).first)
    #expect(change.before == nil && change.gain == .infinity)
    let after = try #require(change.after)
    // 0.2 % above for the strength of the signal and the last step of the search.
    #expect(after > 3.2422 && after < 3.2422 * 1.002, "\(after)")

    var turned = network
    turned.channels[try #require(change.channel)].basis = [change.direction]
    #expect(try goal.evaluate(turned, times: times) == change.after)
  }

  /// The quick comparison of changes agrees with the full one, for fields that turn and that do not.
  @Test func oneMoreStation() throws {
    let times = ObservationTimes(epoch: ForecastFixtures.epoch, duration: 40_000, limit: 6)
    let network = Self.threeStations(times)
    let line = ForecastFixtures.halo(
      wind: SIMD3(120, -90, 180), frequency: 400, amplitude: 1e-3, at: times.slices[0].time)
    let family = TemplateFamily(
      name: "halo", line: line, couplings: ForecastFixtures.couplings, times: times, extent: 1.2e7)
    #expect(family.rotation == .segments)
    var weak = Self.background
    weak.spectrum = .powerLaw(level: 1e-6, reference: 10, index: 0)
    let background = TemplateFamily(name: "background", background: weak, bins: [(10, 1)])
    let slow = TemplateFamily(
      name: "slow halo",
      line: ForecastFixtures.halo(
        wind: SIMD3(120, -90, 180), frequency: 1, amplitude: 1e-3, at: times.slices[0].time),
      couplings: ForecastFixtures.couplings, times: times, extent: 1e6)
    #expect(slow.rotation == .coherent)
    for (figure, family) in [
      (PlanningGoal.Figure.discrimination, family), (.detection, background), (.discrimination, slow),
    ] {
      let goal = PlanningGoal(figure: figure, subject: "test", families: [family.coarse(8)])
      let planner = try NetworkPlanner(network: network, goal: goal, times: times)
      let (map, best) = try planner.stations(
        grid: HEALPix(order: 0), like: network.channels[1], limit: 2)
      #expect(map.count == 12)
      let change = try #require(best.first)
      let quick = try #require(map.map(\.gain).max())
      #expect(abs(change.gain / quick - 1) < 1e-5, "\(change.gain), \(quick)")
      #expect(change.gain > 1)
    }
  }

  @Test func channelsWithoutNoiseAreRefused() throws {
    let times = ForecastFixtures.still(duration: 1)
    var network = Self.threeStations(times)
    network.channels[1].noise = { _ in 0 }
    #expect(throws: ForecastError.noNoise(channel: "1", frequency: 10)) {
      try SignalStrength(
        TemplateFamily(name: "", background: Self.background, bins: [(10, 1)]), network: network, times: times)
    }
  }
}

import DarkMatter
import Glibc
import Inference
import Numerics
import Testing

@Suite("Forecasts of clock searches")
struct ClockForecastTests {
  @Test("the clock of the page: the limit of the median amplitude, the global threshold, and the limits of its table")
  func page() throws {
    let span = 68_374_800.0
    let live = 235 * 86_400.0
    let clock = PlannedClock(
      name: "yb", interval: 10, span: span, liveTime: live, deviation: 1e-14 / 10.0.squareRoot())
    let coefficients = ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients()
    let forecast = try ClockForecast(
      [clock], factors: [1], couplings: ClockCoupling.answering(coefficients),
      options: ClockAnalysisOptions(highestFrequency: 5e-3))
    #expect(abs(forecast.thresholdPower / 17.1566450473 - 1) < 1e-9)
    let last = forecast.frequencies.count - 1
    // Far above 1/T (section 5.3).
    #expect(abs(forecast.median[last] / 9.68752693e-18 - 1) < 1e-6)
    #expect(abs(forecast.detectable[last] / 1.8384650426e-17 - 1) < 1e-6)
    // The reference limits of section 6 are for 2e-17 and F = 3, at 1e-20 eV.
    for (coupling, reference) in [
      (ClockCoupling.gluons, 0.0003160625319), (.quarkMass, 0.00102255525), (.axionOfPaper, 5.789778554e-15),
    ] {
      let limit = try #require(forecast.limits.first { $0.coupling == coupling })
      let place = try #require(limit.masses.firstIndex { $0 > 1e-20 })
      let share = 9.68752693e-18 / 2e-17
      let expected = reference * limit.masses[place] / 1e-20 * (coupling == .axionOfPaper ? share.squareRoot() : share)
      #expect(abs(limit.medians[place] / expected - 1) < 1e-3, "\(coupling)")
    }
  }

  @Test("simulated campaigns have limits as forecast, below and above 1/T, and find a signal as often")
  func simulation() throws {
    let (count, interval, runs) = (256, 10.0, 400)
    let clock = PlannedClock(
      name: "a", interval: interval, span: Double(count) * interval, liveTime: Double(count) * interval, deviation: 1)
    var forecast = try ClockForecast([clock], factors: [1], couplings: [], options: ClockAnalysisOptions())
    let times = (0..<count).map { (Double($0) + 0.5 - Double(count) / 2) * interval }
    let sigmas = [Double](repeating: 1, count: count)
    func fit(_ values: [Double], _ frequency: Double) throws -> SinusoidFit {
      try SinusoidFit(times: times, values: values, sigmas: sigmas, frequency: frequency)
    }
    for cycles in [0.1, 0.4, 0.9, 3, 60] {
      let index = try #require(forecast.frequencies.firstIndex { $0 * clock.span > cycles })
      let limits = try (0..<runs).map { run in
        try fit(ClockFixtures.deviates(count, key: UInt64(660_000 + run)), forecast.frequencies[index]).upperLimit()
      }
      for (quantile, level) in [(forecast.low, 0.16), (forecast.median, 0.5), (forecast.high, 0.84)] {
        let share = Double(limits.count { $0 < quantile[index] }) / Double(runs)
        #expect(abs(share - level) < 4 * (level * (1 - level) / Double(runs)).squareRoot(), "\(cycles): \(share)")
      }
    }
    let frequency = 0.0123
    for isStochastic in [false, true] {
      forecast.add(
        signal: "s", frequency: frequency, amplitude: 0.45, isStochastic: isStochastic, order: .linear, clocks: [clock],
        factors: [1])
    }
    var found = (0, 0)
    for run in 0..<runs {
      let noise = ClockFixtures.deviates(count, key: UInt64(670_000 + run))
      let zeta = ClockFixtures.deviates(2, key: UInt64(680_000 + run)).map { $0 * 0.5.squareRoot() }
      func power(_ c: Double, _ s: Double) throws -> Double {
        let loud = zip(noise, times).map { y, t in
          y + 0.45 * (c * cos(2 * .pi * frequency * t) + s * sin(2 * .pi * frequency * t))
        }
        return try fit(loud, frequency).power
      }
      if try power(0.6, 0.8) > forecast.thresholdPower { found.0 += 1 }
      if try power(zeta[0], zeta[1]) > forecast.thresholdPower { found.1 += 1 }
    }
    for (signal, hits) in zip(forecast.signals, [found.0, found.1]) {
      let p = signal.detectionProbability
      #expect(p > 0.1 && p < 0.95)
      #expect(abs(Double(hits) / Double(runs) - p) < 4 * (p * (1 - p) / Double(runs)).squareRoot(), "\(signal)")
    }
  }

  @Test("clocks that answer with other signs and strengths combine by their inverse variances")
  func several() throws {
    let span = 1e6
    let clocks = [1.0, 3].map {
      PlannedClock(name: "\($0)", interval: 10, span: span, liveTime: span, deviation: $0)
    }
    let both = try ClockForecast(clocks, factors: [1, -2], couplings: [], options: ClockAnalysisOptions())
    let one = try ClockForecast([clocks[0]], factors: [1], couplings: [], options: ClockAnalysisOptions())
    for index in stride(from: 0, to: one.frequencies.count, by: 20) {
      // 1 + 4/9.
      #expect(abs(one.median[index] / both.median[index] / (13.0 / 9).squareRoot() - 1) < 1e-9)
    }
  }

  @Test(
    "where the run outlasts the coherence time: limits of the median sum, and signals found as often as simulated sums")
  func segments() throws {
    let (interval, span, runs) = (10.0, 20_000.0, 20_000)
    let clock = PlannedClock(name: "a", interval: interval, span: span, liveTime: 0.5 * span, deviation: 1)
    // tau_c = 100/f: four segments from 0.015 to 0.02 Hz.
    let options = ClockAnalysisOptions(highestFrequency: 0.02, coherenceSpeed: 0.1)
    var forecast = try ClockForecast([clock], factors: [1], couplings: [(.gluons, 1)], options: options)
    #expect(forecast.segments.first == 1 && forecast.segments.last == 4 && forecast.limits[0].segments.last == 4)
    let index = try #require(forecast.frequencies.lastIndex { $0 < 0.0199 })
    let share = SegmentRecovery.share(coherenceTimes: forecast.frequencies[index] / 0.02, order: .linear)
    // 1000 readings, a quarter in each segment; the median of Gamma(4, 1) is 3.672061.
    let sigma = (2 / 250.0).squareRoot()
    let expected = StochasticLimit.amplitude(power: 3.672060749, sigma: sigma, segments: 4) / share.squareRoot()
    #expect(abs(forecast.median[index] / expected - 1) < 2e-3)

    // Sums of four segments by random numbers.
    let threshold = SegmentedPower.sum(power: forecast.thresholdPower, segments: 4)
    let g = ClockFixtures.deviates(16 * runs, key: 690_000)
    let frequency = forecast.frequencies[index]
    for (isStochastic, order, amplitude) in [
      (false, ClockSignalOrder.linear, 0.25), (true, .linear, 0.45), (true, .quadratic, 0.3),
    ] {
      forecast.add(
        signal: "s", frequency: frequency, amplitude: amplitude, isStochastic: isStochastic, order: order,
        clocks: [clock], factors: [1])
      let part = isStochastic ? SegmentRecovery.share(coherenceTimes: frequency / 0.02, order: order) : 1
      let scale = amplitude * part.squareRoot() / sigma
      let found = (0..<runs).count { run in
        let sum = (0..<4).reduce(0.0) { sum, segment in
          let n = 16 * run + 4 * segment
          let (u, v) = (g[n + 2] * 0.5.squareRoot(), g[n + 3] * 0.5.squareRoot())
          let (c, s) = !isStochastic ? (1, 0) : order == .linear ? (u, v) : (u * u + v * v, 0)
          let (x, y) = (g[n] + scale * c, g[n + 1] + scale * s)
          return sum + 0.5 * (x * x + y * y)
        }
        return sum > threshold
      }
      let p = try #require(forecast.signals.last).detectionProbability
      #expect(p > 0.1 && p < 0.95, "\(order): \(p)")
      // 20000 runs here, and of the square as many in the forecast.
      #expect(abs(Double(found) / Double(runs) - p) < 6 * (p * (1 - p) / Double(runs)).squareRoot(), "\(found), \(p)")
    }
  }
}

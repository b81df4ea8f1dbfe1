import Glibc
import Inference
import Numerics
import Testing

/// Monte Carlo tests of the search. The seeds are fixed; errors are those of the numbers of runs.
@Suite("Calibration of the search of clock data")
struct ClockCalibrationTests {
  private static let interval = 10.0
  private static let alive = ClockFixtures.alive(count: 720, seed: 4)

  private static func series(_ deviates: [Double], signal: (Double) -> Double = { _ in 0 }) throws -> ClockSeries {
    let values = alive.indices.map { alive[$0] ? deviates[$0] + signal((Double($0) - 359.5) * interval) : .nan }
    return try ClockFixtures.series(values, interval: interval, origin: 3600, sigma: 1)
  }

  @Test("noise alone: powers, and false alarms at global thresholds of 5 % and 1 %")
  func noise() throws {
    let runs = 500
    var (above5, above1, sum, count) = (0, 0, 0.0, 0)
    for run in 0..<runs {
      let series = try Self.series(ClockFixtures.deviates(720, key: UInt64(1000 + run)))
      let spectrum = try SinusoidSearch(
        [SearchedClock(series)], options: SearchOptions(highestFrequency: 0.045, oversampling: 10)
      ).run()
      let threshold = spectrum.threshold
      let peak = try #require(spectrum.peak)
      if peak.power > (try threshold.power(falseAlarmProbability: 0.05)) { above5 += 1 }
      if peak.power > (try threshold.power(falseAlarmProbability: 0.01)) { above1 += 1 }
      for index in stride(from: 20, to: spectrum.count, by: 10) {
        sum += spectrum[index].power
        count += 1
      }
    }
    // 25 +- 5 and 5 +- 2.2 expected; Baluev's formula is a bound that is nearly reached.
    #expect((8...41).contains(above5), "\(above5) of \(runs)")
    #expect((0...13).contains(above1), "\(above1) of \(runs)")
    #expect(abs(sum / Double(count) - 1) < 0.01, "mean power \(sum / Double(count))")
  }

  @Test(
    "injected signals come back without bias, A95 covers them",
    arguments: [
      // Cycles in the span, amplitude in standard deviations of the cosine.
      (0.3, 3.0), (0.7, 3.2), (101.3, 3.2), (201.7, 10.0),
    ])
  func injections(cycles: Double, strength: Double) throws {
    let runs = 1500
    let frequency = cycles / 7200
    let template = try Self.series([Double](repeating: 0, count: 720))
    func fit(_ series: ClockSeries) throws -> SinusoidFit {
      try SinusoidFit(times: series.times, values: series.values, sigmas: series.sigmas, frequency: frequency)
    }
    let covariance = try fit(template).covariance
    let scale = strength * covariance.cosine.squareRoot()
    var (cosine, sine, power, covered) = (0.0, 0.0, 0.0, 0)
    for run in 0..<runs {
      // Signals of all phases, in steps of the golden angle.
      let phase = 2.399963229728653 * Double(run)
      let series = try Self.series(ClockFixtures.deviates(720, key: UInt64(90_000 + run))) {
        scale * cos(2 * .pi * frequency * $0 + phase)
      }
      let found = try fit(series)
      let (c, s) = (found.cosine - scale * cos(phase), found.sine + scale * sin(phase))
      cosine += c / covariance.cosine.squareRoot()
      sine += s / covariance.sine.squareRoot()
      var residual = found
      (residual.cosine, residual.sine) = (c, s)
      power += residual.power
      if try found.upperLimit() >= scale { covered += 1 }
    }
    let count = Double(runs)
    #expect(abs(cosine / count) < 4 / count.squareRoot() && abs(sine / count) < 4 / count.squareRoot())
    // Exp(1) about the truth.
    #expect(abs(power / count - 1) < 4 / count.squareRoot())
    let coverage = Double(covered) / count
    #expect(coverage > 0.95 - 3 * (0.05 * 0.95 / count).squareRoot(), "\(coverage)")
    // Circular errors: the page's coverage at this strength.
    if cycles > 10, strength == 3.2 { #expect(abs(coverage - 0.98379) < 0.0135, "\(coverage)") }
  }

  @Test("a signal of three times the threshold is found, and its amplitude within three errors")
  func detection() throws {
    let frequency = 0.0123
    for run in 0..<40 {
      let quiet = try Self.series(ClockFixtures.deviates(720, key: UInt64(5_000_000 + run)))
      let options = SearchOptions(highestFrequency: 0.04, oversampling: 10)
      let spectrum = try SinusoidSearch([SearchedClock(quiet)], options: options).run()
      let sigma = spectrum[1000].covariance.cosine.squareRoot()
      let z = try spectrum.threshold.power(falseAlarmProbability: 0.05)
      let amplitude = 3 * sigma * (2 * z).squareRoot()
      let loud = try Self.series(ClockFixtures.deviates(720, key: UInt64(5_000_000 + run))) {
        amplitude * cos(2 * .pi * frequency * $0 + Double(run))
      }
      let peak = try #require(SinusoidSearch([SearchedClock(loud)], options: options).run().peak)
      #expect(peak.power > z && abs(peak.frequency - frequency) < 0.3 / 7200)
      // The grid is 10/T: its nearest point may be 0.05/T off, which costs up to 0.4 % of the amplitude.
      #expect(abs(peak.amplitude - amplitude) < 3.5 * sigma + 0.005 * amplitude)
    }
  }

  @Test("the threshold's formula")
  func threshold() throws {
    let threshold = GlobalThreshold(band: 0.005, timeVariance: 68_374_800.0 * 68_374_800 / 12)
    #expect(abs(threshold.effectiveNumber - 349848.795) < 1e-3)
    let z = try threshold.power(falseAlarmProbability: 0.05)
    #expect(abs(z - 17.1566450473) < 1e-9)
    #expect(abs(threshold.falseAlarmProbability(power: z) - 0.05) < 1e-13)
    #expect(throws: ClockAnalysisError.noThreshold(falseAlarmProbability: 0.9)) {
      try GlobalThreshold(band: 1e-3, timeVariance: 1).power(falseAlarmProbability: 0.9)
    }
  }
}

import Glibc
import Inference
import Numerics
import Testing

@Suite("Search of clock data")
struct SinusoidSearchTests {
  private static func checkAgainstFits(_ spectrum: SinusoidSpectrum, _ series: ClockSeries, tolerance: Double) throws {
    for index in 0..<spectrum.count {
      let point = spectrum[index]
      let fit = try? SinusoidFit(
        times: series.times, values: series.values, sigmas: series.sigmas, frequency: point.frequency,
        phaseOrigin: spectrum.phaseOrigin)
      guard let fit else {
        #expect(point.power.isNaN && point.cosine.isNaN, "\(point.frequency)")
        continue
      }
      let (a, b) = (fit.covariance.cosine.squareRoot(), fit.covariance.sine.squareRoot())
      #expect(abs(point.cosine - fit.cosine) < tolerance * a, "\(point.frequency)")
      #expect(abs(point.sine - fit.sine) < tolerance * b, "\(point.frequency)")
      #expect(abs(point.power - fit.power) < tolerance * (1 + fit.power), "\(point.frequency)")
      #expect(abs(point.covariance.cosine / fit.covariance.cosine - 1) < tolerance)
      #expect(abs(point.covariance.sine / fit.covariance.sine - 1) < tolerance)
      #expect(abs(point.covariance.mixed - fit.covariance.mixed) < tolerance * a * b)
    }
  }

  @Test(
    "every frequency agrees with the direct fit: off the lattice, unequal weights, from 0.05/T on", arguments: [1, 2])
  func offLattice(workers: Int) throws {
    let deviates = ClockFixtures.deviates(900, key: 3)
    var time = 0.0
    var times: [Double] = []
    for k in 0..<300 {
      time += 3 + 2 * abs(deviates[k]) + (k == 150 ? 400 : 0)
      times.append(time)
    }
    let series = try ClockSeries(
      times: times, values: (0..<300).map { 5 + deviates[300 + $0] },
      sigmas: (0..<300).map { 0.5 + abs(deviates[600 + $0]) }, interval: 3)
    let spectrum = try SinusoidSearch(
      [SearchedClock(series)], options: SearchOptions(highestFrequency: 0.1, workers: workers)
    ).run()
    #expect(abs(spectrum.frequency(0) * spectrum.span - 0.05) < 1e-12)
    #expect(spectrum.frequency(spectrum.count - 1) <= 0.1)
    #expect(spectrum.frequency(spectrum.count - 1) > 0.1 - 0.21 / spectrum.span)
    try Self.checkAgainstFits(spectrum, series, tolerance: 1e-8)
  }

  @Test("and on the lattice with gaps, to the Nyquist frequency, which is degenerate")
  func onLattice() throws {
    let values = ClockFixtures.testVector()
    let series = try ClockFixtures.series(Array(values[0..<1000]), interval: 100, origin: 5e4, sigma: 1e-15)
    let spectrum = try SinusoidSearch([SearchedClock(series)]).run()
    #expect(abs(spectrum.frequency(spectrum.count - 1) - 0.005) < 1e-12)
    try Self.checkAgainstFits(spectrum, series, tolerance: 1e-8)
  }

  @Test("the same bits for any number of threads")
  func threads() throws {
    let series = try ClockFixtures.series(ClockFixtures.testVector(), interval: 100, sigma: 1e-15)
    for highest in [0.5e-3, 5e-3] {
      let runs = try [1, 2, 3].map {
        try SinusoidSearch(
          [SearchedClock(series)], options: SearchOptions(highestFrequency: highest, workers: $0)
        ).run()
      }
      let probes = stride(from: 0, to: runs[0].count - 1, by: 7)
      for run in runs.dropFirst() { #expect(probes.allSatisfy { run[$0] == runs[0][$0] }) }
    }
  }

  @Test("two clocks on one field: the page's reference")
  func twoClocks() throws {
    // A search whose grid contains the frequency: 5 T f is whole.
    let (times, values, sigmas) = (ClockFixtures.times, ClockFixtures.values, ClockFixtures.sigmas)
    let first = try ClockSeries(times: times, values: values, sigmas: sigmas, interval: 1)
    let second = try ClockSeries(
      times: times.map { $0 + 5 }, values: values.reversed(), sigmas: times.map { _ in 1 }, interval: 1)
    // T = 136 s; 0.0123 Hz is at 1.6728 T, so the oversampling makes it number 7.
    let span = 136.0
    let search = try SinusoidSearch(
      [SearchedClock(first, factor: 2), SearchedClock(second, factor: -1)],
      options: SearchOptions(highestFrequency: 0.02, oversampling: 7 / (0.0123 * span)))
    let spectrum = search.run()
    let index = try #require((0..<spectrum.count).first { abs(spectrum.frequency($0) - 0.0123) < 1e-12 })
    let point = spectrum[index]
    // The page counts the phase from 0.
    let turn = -2 * .pi * 0.0123 * spectrum.phaseOrigin
    let c = point.cosine * cos(turn) + point.sine * sin(turn)
    let s = point.sine * cos(turn) - point.cosine * sin(turn)
    #expect(abs(c + 0.142656628126) < 1e-10 && abs(s - 0.106823311393) < 1e-10)
    let v = point.covariance.turned(cosine: cos(turn), sine: sin(turn))
    #expect(abs(v.cosine - 0.0468221826077) < 1e-11 && abs(v.mixed - 0.000440219915214) < 1e-11)
    // The page prints 0.0335545145240, which its own c, s and P exclude; this is numpy's least-squares fit.
    #expect(abs(v.sine - 0.0335542145240) < 1e-11)
    #expect(abs(point.power - 0.391681135664) < 1e-10)
    #expect(abs(point.inconsistency - 0.261507559229) < 1e-9)
    #expect(abs(spectrum.upperLimits()[index] - 0.574384433964) < 1e-6 * 0.2)
  }

  @Test("clocks with responses, averaging and more noise than they claim see one field")
  func responses() throws {
    // Noise-free: a servo with 20 s turns and weakens what the second clock sees, 100 s averages weaken both.
    let (frequency, amplitude, phase) = (2.5e-3, 0.3, 0.9)
    @Sendable func response(_ f: Double) -> ComplexNumber { ComplexNumber(1, 0) / ComplexNumber(1, -2 * .pi * f * 20) }
    let width = .pi * frequency * 100
    let smeared = amplitude * sin(width) / width
    func clock(_ factor: Double, _ answer: ComplexNumber) throws -> ClockSeries {
      let times = (0..<500).filter { $0 % 50 < 40 }.map { 100 * Double($0) + (factor < 0 ? 37 : 0) }
      // The line Re[R c exp(-2πi f t)], with c = exp(-i phase) for cos(2πft + phase).
      let values = times.map {
        7 + factor * smeared * answer.magnitude * cos(2 * .pi * frequency * $0 + phase - answer.phase)
      }
      return try ClockSeries(times: times, values: values, sigmas: times.map { _ in 1 }, interval: 100)
    }
    let clocks = [
      SearchedClock(try clock(2, .one), factor: 2, averages: true),
      SearchedClock(
        try clock(-0.7, response(frequency)), factor: -0.7, averages: true, response: response,
        noiseRatio: { _ in 4 }),
    ]
    let span = 48_900.0 + 37 + 100
    let spectrum = try SinusoidSearch(
      clocks, options: SearchOptions(highestFrequency: 3e-3, oversampling: 625 / (frequency * span))
    ).run()
    let peak = try #require(spectrum.peak)
    #expect(abs(peak.frequency - frequency) < 1e-12)
    #expect(abs(peak.amplitude - amplitude) < 1e-10 && peak.inconsistency < 1e-9)
    let turn = -2 * .pi * frequency * spectrum.phaseOrigin
    let found = atan2(-peak.sine, peak.cosine) + turn
    #expect(abs((found - phase).remainder(dividingBy: 2 * .pi)) < 1e-9)
    // Twice the noise in the second clock: its share of the information is a quarter of what it was.
    let quiet = SearchedClock(
      clocks[1].series, factor: -0.7, averages: true, response: response)
    let alone = try [quiet, clocks[1]].map {
      try SinusoidSearch([$0], options: SearchOptions(highestFrequency: 3e-3)).run()[400]
    }
    #expect(abs(alone[1].covariance.sine / alone[0].covariance.sine - 4) < 1e-12)
    #expect(abs(alone[1].power * 4 / alone[0].power - 1) < 1e-9)
  }

  @Test("duplicates and disorder are mended and told")
  func disorder() throws {
    let (times, values, sigmas) = (ClockFixtures.times, ClockFixtures.values, ClockFixtures.sigmas)
    let order = [3, 0, 9, 1, 2, 2, 8, 4, 5, 6, 7, 0]
    let series = try ClockSeries(
      times: order.map { times[$0] }, values: order.map { values[$0] }, sigmas: order.map { sigmas[$0] }, interval: 10)
    #expect(series.times == times && series.values == values && series.sigmas == sigmas)
    #expect(series.duplicates == 2 && series.wasOutOfOrder)
    let good = try ClockSeries(times: times, values: values, sigmas: sigmas, interval: 10)
    #expect(good.duplicates == 0 && !good.wasOutOfOrder && good.liveTime == 100 && good.span == 140)
  }

  @Test("input at fault is named")
  func faults() throws {
    let (times, values, sigmas) = (ClockFixtures.times, ClockFixtures.values, ClockFixtures.sigmas)
    func series(_ t: [Double], _ y: [Double], _ s: [Double], interval: Double = 10) throws -> ClockSeries {
      try ClockSeries(times: t, values: y, sigmas: s, interval: interval)
    }
    #expect(throws: ClockAnalysisError.sizeMismatch(input: "values", expected: 10, found: 9)) {
      try series(times, Array(values.dropLast()), sigmas)
    }
    #expect(throws: ClockAnalysisError.badUncertainty(sample: 4)) {
      try series(times, values, sigmas.enumerated().map { $0 == 4 ? 0 : $1 })
    }
    #expect(throws: ClockAnalysisError.notFinite(input: "value", sample: 2)) {
      try series(times, values.enumerated().map { $0 == 2 ? .nan : $1 }, sigmas)
    }
    #expect(throws: ClockAnalysisError.self) { try series(times, values, sigmas, interval: 0) }
    let good = try series(times, values, sigmas)
    #expect(throws: ClockAnalysisError.noClocks) { try SinusoidSearch([]) }
    #expect(throws: ClockAnalysisError.noClocks) { try SinusoidSearch([SearchedClock(good, factor: 0)]) }
    #expect(throws: ClockAnalysisError.self) {
      try SinusoidSearch([SearchedClock(good)], options: SearchOptions(oversampling: 2))
    }
    #expect(throws: ClockAnalysisError.self) {
      try SinusoidSearch([SearchedClock(good)], options: SearchOptions(highestFrequency: 1e-6))
    }
    let few = try series([0, 1, 2], [1, 2, 3], [1, 1, 1])
    #expect(throws: ClockAnalysisError.tooFewSamples(3)) { try SinusoidSearch([SearchedClock(few)]) }
    // Half the sampling rate, and far below the inverse span.
    for frequency in [0.05, 1e-6] {
      #expect(throws: ClockAnalysisError.degenerate(frequency: frequency)) {
        try SinusoidFit(times: times, values: values, sigmas: sigmas, frequency: frequency)
      }
    }
  }
}

import DarkMatter
import Instruments
import Numerics
import Sky
import Synthesis
import Testing

@Suite("Vector sensors: signal, response, sums")
struct VectorSensorSourceTests {
  private let everything = NoiseModel(
    white: 0.3, knee: 2, randomWalk: 0.1, lines: [NoiseModel.Line(frequency: 50, width: 0.5, rms: 0.2)])
  private let wandering = ClockModel(offset: 0.11, drift: 3e-6, error: -0.02, jitter: 1e-4)
  private let gaps = DataGaps(
    intervals: [DataGaps.Interval(start: 1_000_000_000, length: 2_000_000_000, reason: .calibration)],
    outagesPerHour: 60, meanOutage: 3)

  @Test("any partition of the ranges gives the same bits, with noise, clock and gaps on")
  func partitions() throws {
    for clock in [wandering, ClockModel(offset: -0.003, error: 0.7)] {
      let whole = try source(noise: everything, clock: clock, gaps: gaps).samples(-500, 3000)
      let parts = try source(noise: everything, clock: clock, gaps: gaps)
      for start in stride(from: 2999 / 171 * 171, through: 0, by: -171) {
        let count = min(171, 3000 - start)
        let part = parts.samples(Int64(start - 500), count)
        for channel in 0..<2 {
          for j in 0..<count {
            let (a, b) = (part[channel * count + j], whole[channel * 3000 + start + j])
            #expect(a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN))
          }
        }
      }
      #expect(whole.contains { $0.isNaN } && whole.contains { !$0.isNaN })
    }
  }

  @Test("the sum is signals, then white, then coloured noise")
  func sums() throws {
    let signal = try source().samples(0, 1000)
    let noise = try source(noise: everything, plan: plan(signals: [])).samples(0, 1000)
    let both = try source(noise: everything).samples(0, 1000)
    for j in 0..<2000 { #expect(abs(both[j] - signal[j] - noise[j]) < 1e-13) }

    // Two signals are added; a signal keeps its random numbers when another is left out.
    var other = background
    other.spectrum = .powerLaw(level: 5, reference: 20, index: 1)
    let second = try source(plan: plan(signals: [(4, .isotropic(other))])).samples(0, 1000)
    let together = try source(plan: plan(signals: [(4, .isotropic(other)), (0, .isotropic(background))])).samples(
      0, 1000)
    for j in 0..<2000 { #expect(together[j] == signal[j] + second[j]) }
  }

  @Test("variance of a channel: a third of the band's power")
  func level() throws {
    // 32 Hz x 2 unit²/Hz / 3 (one bin more at the edge); 2000 s hold 64 000 independent amplitudes.
    let values = try source().samples(0, 256_000)
    let expected = 2 * 32.25 / 3
    #expect(abs(rms(values) * rms(values) / expected - 1) < 0.02)
  }

  @Test("response: X_filtered = R X_flat")
  func response() throws {
    let flat = Array(try source().samples(0, 64_000)[..<64_000])
    let response = SensorResponse.lowPass(gain: 3, corner: 15)
    let filtered = Array(try source(response: response).samples(0, 64_000)[..<64_000])
    let cross = crossSpectrum(filtered, flat, segment: 512, rate: 128)
    let auto = crossSpectrum(flat, flat, segment: 512, rate: 128)
    for k in stride(from: 40, to: 152, by: 4) {
      let found = cross[k] / auto[k]
      let expected = response.value(at: Double(k) / 4)
      // R is smooth over a bin: what remains is its slope inside the window's width.
      #expect((found - expected).magnitude < 0.01 * expected.magnitude, "\(k): \(found) \(expected)")
    }
    // gain/(1 - i): modulus 3/√2, phase +45°.
    #expect((response.value(at: 15) - ComplexNumber(1.5, 1.5)).magnitude < 1e-15)
    #expect(SensorResponse.flat(gain: -2).value(at: 9) == ComplexNumber(-2))
  }

  @Test("two nodes made alone: auto and cross spectra of section 5")
  func network() throws {
    let count = 512_000
    let first = try source().samples(0, count)
    let second = try source(name: "mainz", site: away).samples(0, count)
    let baseline = home.earthFixedPosition - away.earthFixedPosition
    var deviation = 0.0
    var information = 0.0
    for (i, one) in twoAxes.enumerated() {
      for (j, two) in twoAxes.enumerated() {
        let cross = crossSpectrum(
          Array(first[i * count..<(i + 1) * count]), Array(second[j * count..<(j + 1) * count]), segment: 384, rate: 128
        )
        for k in 30...114 {
          let expected = background.density(
            at: Double(k) / 3, baseline: baseline, one.direction.earthFixed(at: home),
            two.direction.earthFixed(at: away))
          deviation += expected * (cross[k].real - expected)
          information += expected * expected
        }
      }
    }
    // Amplitude of the predicted pattern in the cross spectra. Each value has variance (A/3)²/2/(2500 segments), its
    // neighbours under a Hann window are correlated: below 1.9 times the variance of independent ones.
    let amplitude = 1 + deviation / information
    let error = (2 / 3.0) / (2 * 2500.0).squareRoot() / information.squareRoot() * 1.9.squareRoot()
    print("seed 1: amplitude of the expected cross spectrum = \(amplitude) +- \(error)")
    #expect(error < 0.05)
    #expect(abs(amplitude - 1) < 4 * error)
  }

  @Test("what is refused")
  func errors() throws {
    func expect(_ error: InstrumentError, _ make: () throws -> VectorSensorSource) {
      #expect(throws: error) { _ = try make() }
    }
    expect(.noAxes) { try source(axes: []) }
    expect(.synthesis(.blockDoesNotFit(SampleRate(3, per: 4), nanoseconds: 4_000_000_000))) {
      try source(rate: SampleRate(3, per: 4))
    }
    expect(.synthesis(.blockDoesNotFit(SampleRate(100), nanoseconds: 4_001_000_000))) {
      try source(rate: SampleRate(100), plan: plan(block: 4_001_000_000))
    }
    expect(.synthesis(.blockDoesNotFit(SampleRate(128), nanoseconds: 0))) { try source(plan: plan(block: 0)) }
    let elsewhere = Site(latitude: 0, longitude: 0)
    expect(.synthesis(.unlistedSite(elsewhere))) { try source(site: elsewhere) }
    var twice = plan()
    twice.sites.append(home)
    expect(.synthesis(.repeatedSite(home))) { try source(plan: twice) }
    #expect(throws: InstrumentError.self) { _ = try source(noise: NoiseModel(white: -1)) }
    #expect(throws: InstrumentError.self) { _ = try source(noise: NoiseModel(white: .nan)) }
    #expect(throws: InstrumentError.self) { _ = try source(response: .lowPass(gain: 1, corner: 0)) }
    #expect(throws: InstrumentError.self) { _ = try source(clock: ClockModel(drift: 0.5)) }
    // A rate too low for the band sees no signal, and says nothing wrong.
    #expect(try source(rate: SampleRate(8)).samples(0, 100).allSatisfy { $0 == 0 })
  }
}

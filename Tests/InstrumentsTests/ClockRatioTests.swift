import DarkMatter
import Foundation
import Instruments
import Numerics
import Sky
import Synthesis
import Testing

/// A clock ratio that sees signals.
private func source(
  _ fields: [ScalarField], noise: Double = 0, chargeRadius: Double = 1, rate: SampleRate = SampleRate(1, per: 10),
  name: String = "yb-ptb", gaps: DataGaps = DataGaps(), coloured: ClockNoise? = nil,
  duration: Int64 = 86_400_000_000_000
) throws -> ClockRatioSource {
  let plan = ObservationPlan(
    seed: 1, epoch: GPSTime(nanoseconds: 0), synthesisBlock: 16_000_000_000, duration: duration, sites: [],
    signals: fields.enumerated().map { .init(index: $0.offset, field: .scalar($0.element)) })
  return try ClockRatioSource(
    ratio: ClockRatio(
      sensitivity: ClockSensitivity(chargeRadius: chargeRadius), noise: coloured ?? ClockNoise(whiteFrequency: noise)),
    nodeName: name, sampleRate: rate, gaps: gaps, plan: plan)
}

extension ClockRatioSource {
  fileprivate func samples(_ first: Int64, _ count: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress { render(firstSample: first, count: count, into: start) }
      filled = count
    }
  }
}

@Suite("Clock ratios")
struct ClockRatioTests {
  @Test("White frequency noise is that of the physics page, sample by sample (section 4.1)")
  func whiteNoise() throws {
    let clock = try source([], noise: 1e-14)
    let reference: [(Int64, Double)] = [
      (0, -3.651895382995e-15), (1, -2.887532489858e-16), (1_000_003, -8.453013967805e-15), (-1, -4.075157388442e-15),
    ]
    for (sample, value) in reference { #expect(abs(clock.samples(sample, 1)[0] / value - 1) < 1e-11) }
    #expect(Array(clock.samples(-1, 3)[1...]) == clock.samples(0, 2))
  }

  /// 26 months, in which the physics page's streams have 25 octaves.
  private static let longRun: Int64 = 68_374_800_000_000_000

  @Test("Flicker and random walk are those of the physics page, sample by sample and in any range (section 4.1)")
  func colouredNoise() throws {
    // h_-1 = 6.5e-36, h_-2 = 1e-42.
    let levels = ClockNoise(
      flickerFrequency: (2 * M_LN2 * 6.5e-36).squareRoot(),
      randomWalkFrequency: (2 * .pi * .pi / 3 * 1e-42).squareRoot())
    let clock = try source([], coloured: levels, duration: Self.longRun)
    let reference: [(Int64, Double)] = [
      (0, 2.478954227958e-17), (1, 2.710999521806e-17), (1_000_003, 1.171529836697e-18), (-1, 1.789317930897e-17),
    ]
    for (sample, value) in reference {
      #expect(abs(clock.samples(sample, 1)[0] / value - 1) < 1e-10, "sample \(sample)")
    }
    // Asked for backwards and in pieces that cut every block.
    let whole = clock.samples(-3000, 7000)
    for start in [6413, 5000, 1234, 3000, 0] {
      #expect(
        Array(whole[start..<min(7000, start + 1733)]) == clock.samples(-3000 + Int64(start), min(1733, 7000 - start)))
    }
  }

  @Test("The servo leaves of a line what its response says, at its phase, and of white noise as much")
  func servo() throws {
    let field = ScalarField(restFrequency: 3e-3, radiusModulation: 1, isStochastic: false)
    let plain = try source([field]).samples(0, 2000)
    let slow = try source([field], coloured: ClockNoise(servoTime: 20)).samples(0, 2000)
    // Re[R exp(-i w t)] with R = 1/(1 - i w tau): smaller by its modulus, later by arctan(w tau).
    let x = 2 * Double.pi * 3e-3 * 20
    let w = 2 * Double.pi * 3e-3
    let gain = plain[0] / cos(w * 5)
    for sample in stride(from: 0, to: 2000, by: 97) {
      let late = cos(w * (Double(sample) * 10 + 5) - atan(x))
      #expect(abs(slow[sample] - gain * late / (1 + x * x).squareRoot()) < 1e-9)
    }
    // 0.922 of the white ADEV at 200 s (section 4.1); here averages of 20 samples of 2^16, relative error 1.4 %.
    let noise = try source([], coloured: ClockNoise(whiteFrequency: 1e-14, servoTime: 20)).samples(0, 1 << 16)
    let means = stride(from: 0, to: noise.count - 19, by: 20).map { start in noise[start..<start + 20].reduce(0, +) / 20
    }
    let squares = zip(means, means.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
    let deviation = (squares / Double(2 * (means.count - 1))).squareRoot()
    #expect(abs(deviation / (1e-14 / 200.0.squareRoot()) / 0.922 - 1) < 0.05)
  }

  @Test("Every kind of noise has the Allan deviation that it is stated by, at its slope (seed 1)")
  func allanLevels() throws {
    let (count, interval) = (1 << 15, 10.0)
    let flicker: [Double: Double] = [1: 2, 4: 1.455611055611, 10: 1.400804093096, 100: 1.38652577262]
    // Statistic (modified or not), level, expected at m samples; flicker and random walk by section 4.3.
    let kinds: [(String, ClockNoise, Bool, (Double) -> Double)] = [
      ("white FM", ClockNoise(whiteFrequency: 2), false, { 2 / ($0 * interval).squareRoot() }),
      (
        "flicker FM", ClockNoise(flickerFrequency: 3), false,
        { m in
          3 * (flicker[m] ?? .nan).squareRoot()
            / (2 * M_LN2).squareRoot()
        }
      ),
      (
        "random walk FM", ClockNoise(randomWalkFrequency: 0.5), false,
        {
          0.5 * (3 * interval * (2 * $0 * $0 + 1) / (6 * $0)).squareRoot()
        }
      ),
      ("white PM", ClockNoise(whitePhase: 7), false, { 7 / ($0 * interval) }),
      // In the limit of long averages; 4 % more at ten samples.
      ("flicker PM", ClockNoise(flickerPhase: 7), true, { $0 < 10 ? .nan : 7 / ($0 * interval) }),
      ("drift", ClockNoise(drift: 1e-3), false, { 1e-3 * $0 * interval / 2.0.squareRoot() }),
    ]
    for (name, noise, isModified, expected) in kinds {
      let stream = try source([], coloured: noise, duration: Int64(count) * 10_000_000_000).samples(0, count)
      let phases = stream.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }
      for m in [1, 4, 10, 100] where expected(Double(m)).isFinite {
        let d = (0..<phases.count - 2 * m).map { (phases[$0 + 2 * m] - 2 * phases[$0 + m] + phases[$0]) / Double(m) }
        let used: [Double]
        if isModified {
          let sums = d.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }
          used = (0..<d.count - m).map { (sums[$0 + m] - sums[$0]) / Double(m) }
        } else {
          used = d
        }
        let deviation = (used.reduce(0) { $0 + $1 * $1 } / Double(2 * used.count)).squareRoot()
        // Four standard errors for terms that overlap: 0.8 of the number of independent averages.
        let error = 4 * (0.5 / max(0.8 * Double(count) / Double(m), 1)).squareRoot() + (isModified ? 0.05 : 0.01)
        #expect(abs(deviation / expected(Double(m)) - 1) < error, "\(name), m = \(m): \(deviation)")
      }
    }
  }

  @Test("The noise grows as stated, and so does what is said of it")
  func growth() throws {
    let noise = ClockNoise(whiteFrequency: 1e-14, growth: 0.5)
    let (still, growing) = (
      try source([], noise: 1e-14).samples(17_280, 2), try source([], coloured: noise).samples(17_280, 2)
    )
    // Two days later.
    #expect(abs(growing[0] / still[0] - 2) < 1e-4 && abs(growing[1] / still[1] - 2) < 1e-4)
    let ratio = ClockRatio(sensitivity: ClockSensitivity(chargeRadius: 1), noise: noise)
    #expect(
      abs(ratio.sampleDeviation(sampleRate: SampleRate(1, per: 10), time: 172_800) / 2e-14 * 10.0.squareRoot() - 1)
        < 1e-12)
  }

  @Test("A field is a sum of waves whose list the physics page has (section 2.4), the same for all clocks")
  func waves() throws {
    let waves = ScalarWaves(
      restFrequency: 2e-17 * NaturalUnits.frequencyPerMass, virialSpeed: 220e3, meanVelocity: SIMD3(0, 0, -232_618),
      count: 1024, signalIndex: 0, seed: 1)
    let reference = [(0.0, 0.99909063, 0.09094367), (3e7, 0.26511955, -0.60376973), (6e7, -0.42303258, -0.34013412)]
    for (time, real, imaginary) in reference {
      let zeta = waves.amplitude(atSeconds: time)
      #expect(abs(zeta.real - real) < 2e-8 && abs(zeta.imaginary - imaginary) < 2e-8, "\(time) s: \(zeta)")
    }
    let coherent = ScalarWaves(
      restFrequency: 1, virialSpeed: 0, meanVelocity: SIMD3(), count: 1024, signalIndex: 0, seed: 1
    ).amplitude(atSeconds: 1e9)
    // c_0.
    #expect(abs(coherent.real - 0.93323194108) < 1e-10 && abs(coherent.imaginary - 0.93247162412) < 1e-10)

    // Interpolated between sums.
    let field = ScalarField(restFrequency: 4.9e-3, radiusModulation: 1)
    let amplitude = ScalarFieldAmplitude(field, signalIndex: 0, seed: 1, duration: 7e7)
    let exact = ScalarWaves(
      restFrequency: 4.9e-3, virialSpeed: 220e3, meanVelocity: -SolarMotion().equatorial, count: 1024, signalIndex: 0,
      seed: 1)
    for time in [6.7e7, 0, 3.3e6, 3.4e6, 5e7] {
      let (own, true_) = (amplitude.value(atSeconds: time), exact.amplitude(atSeconds: time))
      #expect((own - true_).magnitude < 1e-8)
    }
    let one = try source([field], name: "a").samples(77, 5)
    let other = try source([field], chargeRadius: -2, name: "b").samples(77, 5)
    #expect(one == other.map { -$0 / 2 })
  }

  @Test(
    "An axion shifts the ratio by the square of its field: a constant, and a line at twice its frequency (section 2.2)")
  func axion() throws {
    let frequency = 1.1e-3
    let field = ScalarField(
      restFrequency: frequency, inverseDecayConstant: 1e-15, isStochastic: false, phase: 25)
    let peak = AxionClockSignal(mass: frequency / NaturalUnits.frequencyPerMass).peak(decayConstant: 1e15)
    let ytterbium = ClockSensitivity.ytterbiumChargeRadius.chargeRadius
    let samples = try source([field], chargeRadius: ytterbium).samples(-10, 300)
    #expect(peak > 0)
    for sample in stride(from: 0, to: 300, by: 7) {
      // The mean of B cos² over ten seconds.
      let (start, w, phase) = (Double(sample - 10) * 10, 4 * Double.pi * frequency, 50 * Double.pi / 180)
      let mean = (sin(w * (start + 10) + phase) - sin(w * start + phase)) / (w * 10)
      #expect(abs(samples[sample] - peak / 2 * (1 + mean)) < 1e-10 * peak)
      #expect(samples[sample] >= 0)
    }
  }

  @Test("Days and outages are those of the physics page (section 4.2)")
  func days() throws {
    let campaign = DataGaps(outagesPerHour: 3600 / (21_600 + 600.0), meanOutage: 600, liveDays: 0.30514)
    let clock = try source([], noise: 1e-14, gaps: campaign)
    let isLive = (0..<12).map { !clock.isEntirelyMissing(firstSample: $0 * 8640, count: 8640) }
    #expect(isLive == (0..<12).map { $0 != 8 })
    let first = clock.samples(0, 2 * 8640).map(\.isNaN)
    // Up 0 - 11633.33 s, 12326.46 - 15405.31, 15425.44 - 22009.62, 22682.31 - 86400; whole averages only.
    let down = [1163...1232, 1540...1542, 2200...2268]
    for sample in 0..<8640 { #expect(first[sample] == down.contains { $0.contains(sample) }, "sample \(sample)") }

    // The realisation that the page names for 235 days in 26 months: 236.354858 days in 243 live ones.
    var chosen = campaign
    chosen.realisation = 2
    let long = try source([], noise: 1e-14, rate: SampleRate(1, per: 100), gaps: chosen, duration: Self.longRun)
    let (days, perDay) = (792, 864)
    let live = (0..<Int64(days)).filter { !long.isEntirelyMissing(firstSample: $0 * Int64(perDay), count: perDay) }
    #expect(live.count == 243)
    let readings = long.samples(0, 683_748).count { !$0.isNaN }
    // Averages of 100 s lose up to one at either end of an up-time, of which a day has five.
    #expect(abs(Double(readings) * 100 / 86_400 - 236.35) < 1.5)
  }

  @Test("K follows from field shifts, radius and frequencies (section 2), and clocks of older archives are read")
  func sensitivity() throws {
    let ratio = ClockRatio(
      sensitivity: ClockSensitivity(fineStructure: 2), transitions: [.ytterbiumE3, .ytterbiumE2],
      noise: ClockNoise(whiteFrequency: 1e-14))
    #expect(abs(ratio.sensitivity.chargeRadius / 0.0023625830888213 - 1) < 1e-12)
    #expect(ratio.sensitivity.fineStructure == 2)
    #expect(
      ClockRatio(pair: .ytterbiumCaesium, noise: ClockNoise()).sensitivity == ClockPair.ytterbiumCaesium.sensitivity)
    let old = Data(
      #"{"sensitivity": {"fineStructure": 0, "electronMass": 0, "quarkMass": 0, "chargeRadius": 3}, "whiteFrequencyNoise": 2}"#
        .utf8)
    #expect(
      try JSONDecoder().decode(ClockRatio.self, from: old)
        == ClockRatio(sensitivity: ClockSensitivity(chargeRadius: 3), noise: ClockNoise(whiteFrequency: 2)))
    #expect(try JSONDecoder().decode(ClockRatio.self, from: JSONEncoder().encode(ratio)) == ratio)
  }

  @Test("A sample is the mean of the oscillation over its interval")
  func averaging() throws {
    let (frequency, phase) = (0.0283, 40 * Double.pi / 180)
    let field = ScalarField(restFrequency: frequency, radiusModulation: 3e-15, isStochastic: false, phase: 40)
    let samples = try source([field], chargeRadius: 2).samples(-20, 40)
    for (index, sample) in samples.enumerated() {
      let (start, end) = (Double(index - 20) * 10, Double(index - 19) * 10)
      let w = 2 * Double.pi * frequency
      let mean = 6e-15 * (sin(w * end + phase) - sin(w * start + phase)) / (w * 10)
      #expect(abs(sample - mean) < 1e-27)
    }
  }

  @Test("The amplitudes of couplings are those of equation (10)")
  func couplings() throws {
    let frequency = 1e-20 * NaturalUnits.frequencyPerMass
    let ytterbium = ClockSensitivity.ytterbiumChargeRadius
    let gluons = ScalarField(restFrequency: frequency, couplings: ScalarCouplings(gluons: 1e-4))
    let quarks = ScalarField(restFrequency: frequency, couplings: ScalarCouplings(quarkMass: 1e-4))
    #expect(abs(gluons.amplitude(in: ytterbium) / -1.8983585188e-17 - 1) < 1e-9)
    #expect(abs(quarks.amplitude(in: ytterbium) / -5.86765360356e-18 - 1) < 1e-9)
  }

  @Test("Gaps are missing, and change nothing else")
  func gaps() throws {
    let field = ScalarField(restFrequency: 1e-3, radiusModulation: 1e-14)
    let gap = DataGaps.Interval(start: 1_000_000_000_000, length: 200_000_000_000, reason: .maintenance)
    let all = try source([field], noise: 1e-14).samples(0, 300)
    let interrupted = try source([field], noise: 1e-14, gaps: DataGaps(intervals: [gap])).samples(0, 300)
    for (sample, (value, truth)) in zip(interrupted, all).enumerated() {
      #expect((100..<120).contains(sample) ? value.isNaN : value == truth)
    }
  }
}

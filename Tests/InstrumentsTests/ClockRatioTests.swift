import DarkMatter
import Glibc
import Instruments
import Sky
import Synthesis
import Testing

/// A clock ratio that sees signals.
private func source(
  _ fields: [ScalarField], noise: Double = 0, chargeRadius: Double = 1, rate: SampleRate = SampleRate(1, per: 10),
  name: String = "yb-ptb", gaps: DataGaps = DataGaps()
) throws -> ClockRatioSource {
  let plan = ObservationPlan(
    seed: 1, epoch: GPSTime(nanoseconds: 0), synthesisBlock: 16_000_000_000, duration: 86_400_000_000_000, sites: [],
    signals: fields.enumerated().map { .init(index: $0.offset, field: .scalar($0.element)) })
  return try ClockRatioSource(
    ratio: ClockRatio(sensitivity: ClockSensitivity(chargeRadius: chargeRadius), whiteFrequencyNoise: noise),
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

  @Test("The stochastic amplitude is that of the physics page (section 2.4, c_0), the same for all clocks")
  func phasor() throws {
    let field = ScalarField(restFrequency: 1e-3, radiusModulation: 1)
    let zeta = field.phasor(signalIndex: 0, seed: 1)
    #expect(abs(zeta.real - 0.93323194108) < 1e-10)
    #expect(abs(zeta.imaginary - 0.93247162412) < 1e-10)
    let one = try source([field], name: "a").samples(77, 5)
    let other = try source([field], chargeRadius: -2, name: "b").samples(77, 5)
    #expect(one == other.map { -$0 / 2 })
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

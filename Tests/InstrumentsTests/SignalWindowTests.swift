import DarkMatter
import Instruments
import Sky
import Testing

@Suite("The first sample that carries a signal")
struct SignalWindowTests {
  static let event = TransientEvent(
    shape: .burst(frequency: 5, width: 0.5), time: 40_000_000_000, propagation: SIMD3(2.0, -3, 6) / 7, speed: 5e5,
    polarization: SIMD3(0, 0, 1), amplitude: 1)

  static let cases: [(signal: ObservationPlan.Signal, clock: ClockModel)] = [
    (.init(index: 0, field: .transient(event)), ClockModel()),
    (.init(index: 0, field: .transient(event)), ClockModel(offset: 0.3, drift: 1e-4, error: -0.01)),
    (.init(index: 0, field: .isotropic(background), activation: Activation(start: 20_000_000_000)), ClockModel()),
    (
      .init(
        index: 0, field: .isotropic(background),
        activation: Activation(start: 20_000_000_001, stop: 60_000_000_000, rise: 1_000_000_000)),
      ClockModel(offset: -0.003)
    ),
    (.init(index: 0, field: .transient(event), activation: Activation(start: 41_000_000_000)), ClockModel()),
  ]

  @Test("is the first that differs from zero in a stream without noise", arguments: cases.indices)
  func firstSample(index: Int) throws {
    let (signal, clock) = Self.cases[index]
    var plan = plan(signals: [])
    plan.signals = [signal]
    for site in [home, away] {
      let source = try source(site: site, clock: clock, plan: plan)
      let beginning = try #require(signal.beginning(at: site, epoch: plan.epoch))
      let first = clock.firstSample(atOrAfter: beginning, sampleRate: SampleRate(128))
      #expect(first > 1000)
      let values = source.samples(0, Int(first) + 100)
      let carried = (0..<Int(first) + 100).first { values[$0] != 0 || values[Int(first) + 100 + $0] != 0 }
      let found = try #require(carried)
      // A rise begins with zero, and the beginning of an event is a microsecond early.
      #expect(found >= first && found <= first + 1)
    }
  }

  @Test("a signal without a beginning is in sample 0; jitter makes the first earlier by what it can")
  func bounds() {
    let lasting = ObservationPlan.Signal(index: 0, field: .isotropic(background))
    #expect(lasting.beginning(at: home, epoch: GPSTime(nanoseconds: 0)) == nil)
    let rate = SampleRate(100)
    #expect(ClockModel().firstSample(atOrAfter: 0.29, sampleRate: rate) == 29)
    #expect(ClockModel().firstSample(atOrAfter: 0.2901, sampleRate: rate) == 30)
    #expect(ClockModel(offset: 1).firstSample(atOrAfter: 0.29, sampleRate: rate) == 0)
    #expect(ClockModel(jitter: 0.01).firstSample(atOrAfter: 0.29, sampleRate: rate) == 23)
  }
}

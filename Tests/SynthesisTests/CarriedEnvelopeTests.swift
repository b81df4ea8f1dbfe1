import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

/// Tones k/4 Hz from a whole carrier, whose phases whole numbers know exactly.
private struct Tones: Envelope {
  var quarters: [Int64] = [-31, -8, 1, 26, 32]
  var channelCount = 2
  var carrier = CarrierFrequency(nearest: 100_003)
  /// The tones lie within 8 Hz of the carrier: B = 16 Hz.
  var step = envelopeStep(bandwidth: 16)

  func amplitude(_ tone: Int, _ channel: Int) -> ComplexNumber {
    ComplexNumber(magnitude: 1 + 0.3 * Double(tone), phase: 0.7 * Double(tone) + 2.1 * Double(channel))
  }

  func fill(
    firstPoint: Int64, count: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<count {
      let time = (firstPoint + Int64(j)) * step
      for channel in 0..<channelCount {
        var sum = ComplexNumber.zero
        for (tone, quarter) in quarters.enumerated() {
          // k/4 x nanoseconds x 1e-9 turns.
          let turns = Double((Int128(quarter) * Int128(time)) % 4_000_000_000) / 4e9
          sum += amplitude(tone, channel) * ComplexNumber(magnitude: 1, phase: -2 * .pi * turns)
        }
        real[channel * count + j] = sum.real
        imaginary[channel * count + j] = sum.imaginary
      }
    }
  }

  /// The signal at sample n of a rate, a displacement later.
  func value(_ sample: Int64, _ rate: SampleRate, displacement: Double, channel: Int) -> Double {
    baseband(sample, rate, displacement: displacement, channel: channel, centre: 0).real
  }

  /// What a node with a centre frequency, a whole number of Hz, records of it: the analytic signal times
  /// exp(2πi centre t), t the nominal time.
  func baseband(
    _ sample: Int64, _ rate: SampleRate, displacement: Double, channel: Int, centre: Int128
  ) -> ComplexNumber {
    var sum = ComplexNumber.zero
    for (tone, quarter) in quarters.enumerated() {
      let frequency = Int128(4 * 100_003 + quarter)
      let period = 4 * Int128(rate.numerator)
      let turns =
        Double(((frequency - 4 * centre) * Int128(sample) * Int128(rate.denominator)) % period) / Double(period)
      let phase = -2 * .pi * (turns + Double(frequency) / 4 * displacement)
      sum += amplitude(tone, channel) * ComplexNumber(magnitude: 1, phase: phase)
    }
    return sum
  }
}

@Suite("Envelopes on a carrier")
struct CarriedEnvelopeTests {
  private let tones = Tones()
  /// Sum of the amplitudes of the tones.
  private let scale = 8.0

  private func observer(
    _ rate: SampleRate, baseband: Double? = nil, offset: Double = 0, wanders: Bool = false
  ) -> FieldObserver {
    FieldObserver(
      seed: 1, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: 1_000_000_000, duration: 3_600_000_000_000,
      sites: places, siteIndex: 0,
      sampleRate: rate, baseband: baseband, offset: offset, wanders: wanders,
      readout: .init(basis: earthAxes, channelCount: 3) { $0 == $1 && $2 > 0 ? .one : .zero })
  }

  @Test(
    "samples are the carrier times the envelope, months after and before the epoch, at any rate",
    arguments: [SampleRate(262_144), SampleRate(250_001), SampleRate(1_000_000, per: 3)], [0, 0.123_456, -3.7e-6])
  func steady(rate: SampleRate, offset: Double) throws {
    let field = try CarriedEnvelope(tones, observer: observer(rate, offset: offset))
    for first in [Int64(0), 2_500_000_000_000, -1_000_000_000_077] {
      let count = 3000
      var values = [Double](repeating: 1, count: 2 * count)
      field.add(firstSample: first, count: count, displacements: nil, to: &values, channelStride: count)
      var worst = 0.0
      for channel in 0..<2 {
        for j in stride(from: 0, to: count, by: 7) {
          let expected = tones.value(first + Int64(j), rate, displacement: offset, channel: channel)
          worst = max(worst, abs(values[channel * count + j] - 1 - expected))
        }
      }
      #expect(worst < 4e-9 * scale, "first \(first)")
    }
  }

  @Test("wandering instants against the sums, and displacements that do not wander against an offset")
  func wandering() throws {
    let rate = SampleRate(262_144)
    let field = try CarriedEnvelope(tones, observer: observer(rate, wanders: true))
    let count = 5000
    let first = Int64(40_000_000_000)
    let displacements = (0..<count).map { (n: Int) -> Double in
      let step = n > 2000 ? -77.031 : 0.0
      return 0.02 * sin(Double(n) * 1.7) + step + 1e-6 * Double(n)
    }
    var values = [Double](repeating: 0, count: 2 * count)
    field.add(firstSample: first, count: count, displacements: displacements, to: &values, channelStride: count)
    var worst = 0.0
    for channel in 0..<2 {
      for j in stride(from: 0, to: count, by: 7) {
        let expected = tones.value(first + Int64(j), rate, displacement: displacements[j], channel: channel)
        worst = max(worst, abs(values[channel * count + j] - expected))
      }
    }
    // The reference's own phase, 1e5 Hz x 77 s, is good to 1e-9 turns.
    #expect(worst < 1e-8 * scale)
  }

  @Test(
    "complex baseband is the envelope about its centre: steady, at an offset, and wandering",
    arguments: [(SampleRate(64), Int64(100_000)), (SampleRate(50), 99_999), (SampleRate(250, per: 3), 100_010)]
      as [(SampleRate, Int64)])
  func baseband(rate: SampleRate, centre: Int64) throws {
    let count = 500
    let displacements = (0..<count).map { (n: Int) -> Double in
      let step = n > 200 ? -7.031 : 0.0
      return 0.02 * sin(Double(n) * 1.7) + step
    }
    for (offset, wanders) in [(0.0, false), (0.123_456, false), (-3.37, false), (0, true)] {
      var seen = observer(rate, baseband: Double(centre), offset: offset, wanders: wanders)
      seen.blockNanoseconds = 6_000_000_000
      let field = try CarriedEnvelope(tones, observer: seen)
      for first in [Int64(-100), 1_000_000_077] {
        var values = [Double](repeating: 1, count: 4 * count)
        field.add(
          firstSample: first, count: count, displacements: wanders ? displacements : nil, to: &values,
          channelStride: 2 * count)
        var worst = 0.0
        for channel in 0..<2 {
          for j in stride(from: 0, to: count, by: 7) {
            let expected = tones.baseband(
              first + Int64(j), rate, displacement: wanders ? displacements[j] : offset, channel: channel,
              centre: Int128(centre))
            let z = ComplexNumber(values[2 * (channel * count + j)] - 1, values[2 * (channel * count + j) + 1] - 1)
            worst = max(worst, (z - expected).magnitude)
          }
        }
        #expect(worst < 1e-8 * scale, "first \(first), offset \(offset)")
      }
    }
  }

  @Test("any partition of a range, in any order, gives the same bits", arguments: [false, true])
  func partitions(wanders: Bool) throws {
    let rate = SampleRate(250_001)
    let count = 20_000
    let displacements = (0..<count).map { 0.004 * sin(Double($0) * 0.9) }
    func render(_ field: CarriedEnvelope<Tones>, _ range: Range<Int>) -> [Double] {
      var values = [Double](repeating: 0, count: 2 * range.count)
      displacements.withUnsafeBufferPointer { displacements in
        field.add(
          firstSample: Int64(range.lowerBound) - 7777, count: range.count,
          displacements: wanders ? displacements.baseAddress.map { $0 + range.lowerBound } : nil, to: &values,
          channelStride: range.count)
      }
      return values
    }
    let whole = render(try CarriedEnvelope(tones, observer: observer(rate, wanders: wanders)), 0..<count)
    let other = try CarriedEnvelope(tones, observer: observer(rate, wanders: wanders))
    var cuts = [0]
    var state = 12345
    while let last = cuts.last, last < count {
      state = (state * 1_103_515_245 + 12345) % 2_147_483_648
      cuts.append(min(count, last + 1 + state % 700))
    }
    let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    for range in ranges.reversed() + ranges {
      let part = render(other, range)
      for channel in 0..<2 {
        #expect(
          part[channel * range.count..<(channel + 1) * range.count].elementsEqual(
            whole[channel * count + range.lowerBound..<channel * count + range.upperBound]))
      }
    }
  }
}

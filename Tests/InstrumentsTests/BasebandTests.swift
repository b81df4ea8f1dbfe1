import DarkMatter
import Glibc
import Instruments
import Numerics
import Sky
import Testing

@Suite("Vector sensors that record complex baseband")
struct BasebandSensorTests {
  private func source(
    noise: NoiseModel, spins: SpinPrecession? = nil, rate: Int64 = 64, baseband: Double? = 100_000,
    clock: ClockModel = ClockModel(), gaps: DataGaps = DataGaps(),
    plan: ObservationPlan = plan(signals: [])
  ) throws -> VectorSensorSource {
    try VectorSensorSource(
      sensor: VectorSensor(axes: spins == nil ? twoAxes : horizontal, noise: noise, spins: spins),
      nodeName: "berkeley-1", site: home, sampleRate: SampleRate(rate),
      baseband: baseband, clock: clock, gaps: gaps, plan: plan)
  }

  private func render(_ source: VectorSensorSource, _ first: Int64, _ count: Int) -> [Double] {
    var output = [Double](repeating: 7, count: source.channelCount * count * source.sampleKind.size)
    source.render(firstSample: first, count: count, into: &output)
    return output
  }

  /// Mean of |X|² of section 4 over Hann segments of 1024 samples without overlap, by k - k_c + 512, and of the
  /// relation X_k X_(-k), which vanishes for circular noise.
  private func spectrum(_ samples: ArraySlice<Double>) -> (density: [Double], relation: ComplexNumber) {
    let length = 1024
    let window = Window.hann.values(length)
    let scale = (1 / (2 * 64 * window.reduce(0) { $0 + $1 * $1 })).squareRoot()
    let transform = ComplexFourierTransform.shared(length: length)
    var output = [Double](repeating: 0, count: 2 * length)
    var density = [Double](repeating: 0, count: length)
    var relation = ComplexNumber.zero
    let segments = samples.count / 2 / length
    for segment in 0..<segments {
      let start = samples.startIndex + 2 * length * segment
      transform.inverse((0..<2 * length).map { samples[start + $0] * window[$0 / 2] * scale }, &output)
      func bin(_ k: Int) -> ComplexNumber {
        let index = (k + length) % length
        return ComplexNumber(output[2 * index], output[2 * index + 1])
      }
      for k in -512..<512 { density[k + 512] += bin(k).magnitudeSquared / Double(segments) }
      for k in 1..<512 { relation += bin(k) * bin(-k) / Double(511 * segments) }
    }
    return (density, relation)
  }

  @Test("white noise: the deviates of keys 2c and 2c + 1, with variance N_w r in each part")
  func whiteDeviates() throws {
    let node = try source(noise: NoiseModel(white: 0.5))
    #expect(node.sampleKind == .complex)
    let values = render(node, -3, 5000)
    for channel in 0..<2 {
      for part in 0..<2 {
        let key = Philox.derive(
          1, tag: 0x4E4F_4953, a: Int64(bitPattern: nodeIdentifier("berkeley-1")), b: UInt32(2 * channel + part))
        for j in [0, 1, 2, 3, 1500, 4999] {
          let n = Int64(j - 3)
          let g = NormalDeviates.four(
            SIMD4(UInt32(truncatingIfNeeded: n >> 2), n < 0 ? .max : 0, 0, 0x5748_4954), key: key)
          // sqrt(0.25 x 64) = 4.
          #expect(abs(values[2 * (channel * 5000 + j) + part] - 4 * g[Int(n & 3)]) < 1e-13)
        }
      }
    }
  }

  @Test("spectrum: white, knee and random walk at the true frequency, a line, both parts alike")
  func spectrum() throws {
    // About 120 Hz, where a knee of 100 Hz and a random walk still tell f_c + f from f_c - f.
    let model = NoiseModel(
      white: 0.5, knee: 100, randomWalk: 20, lines: [NoiseModel.Line(frequency: 130, width: 1, rms: 2)])
    let count = 600 * 1024
    let values = render(try source(noise: model, baseband: 120), 0, count)
    let (density, relation) = spectrum(values[..<(2 * count)])
    for (low, high) in [(89.0, 95.0), (95, 105), (110, 119), (119.5, 120.5), (125, 128), (129.5, 130.5), (140, 151)] {
      let bins = Int(((low - 88) * 16).rounded(.up))...Int((high - 88) * 16)
      let sum = bins.reduce(0.0) { $0 + density[$1] / model.density(at: 88 + Double($1) / 16) }
      let error = (1.9 / 600 / Double(bins.count)).squareRoot()
      let ratio = sum / Double(bins.count)
      #expect(abs(ratio - 1) < 4 * error + 0.004, "\(low) ... \(high) Hz: \(ratio) +- \(error)")
    }
    // 600 x 511 products of independent deviates.
    let level = density.reduce(0, +) / 1024
    #expect(relation.magnitude < 5 * level * 2 / (600.0 * 511).squareRoot())
  }

  private var horizontal: [VectorSensor.Axis] {
    [("x", 90.0), ("y", 0)].map {
      VectorSensor.Axis(name: $0.0, direction: LocalDirection(azimuth: $0.1, altitude: 0))
    }
  }

  private func spins(_ readout: SpinPrecession.Readout, larmor: Double, noise: Double = 0) -> SpinPrecession {
    SpinPrecession(
      polarization: LocalDirection(azimuth: 0, altitude: 90),
      resonance: BlochResponse(larmorFrequency: larmor, relaxationTime: 0.03, gyromagneticRatio: 2),
      projectionNoise: noise, readout: readout)
  }

  @Test("spins that precess give one signal, recorded as real samples or about a centre", arguments: [24.5, 26.25])
  func precession(baseband: Double) throws {
    var field = background
    (field.lowestFrequency, field.highestFrequency) = (11, 40)
    let plan = plan(signals: [(0, .isotropic(field))])
    for readout in SpinPrecession.Readout.allCases {
      let (quiet, spins) = (NoiseModel(white: 0), spins(readout, larmor: 22))
      let real = render(try source(noise: quiet, spins: spins, rate: 256, baseband: nil, plan: plan), -400, 4000)
      let complex = render(
        try source(noise: quiet, spins: spins, rate: 32, baseband: baseband, plan: plan), -50, 500)
      let scale = rms(real)
      #expect(scale > 0.1)
      for channel in 0..<2 {
        for j in 0..<500 {
          let index = 2 * (channel * 500 + j)
          let cycles = (baseband * Double(j - 50) / 32).remainder(dividingBy: 1)
          let signal =
            ComplexNumber(complex[index], complex[index + 1]) * ComplexNumber(magnitude: 1, phase: -2 * .pi * cycles)
          #expect(abs(signal.real - real[channel * 4000 + 8 * j]) < 1e-12 * scale)
        }
      }
    }
  }

  @Test(
    "noise of spins at 100 kHz: readout and projection, of one ensemble and of a pair",
    arguments: SpinPrecession.Readout.allCases)
  func spinNoise(readout: SpinPrecession.Readout) throws {
    let sensor = VectorSensor(
      axes: horizontal, noise: NoiseModel(white: 0.5), spins: spins(readout, larmor: 100_007, noise: 1.5))
    let count = 400 * 1024
    let values = render(try source(noise: sensor.noise, spins: sensor.spins), 0, count)
    for channel in 0..<2 {
      let (density, _) = spectrum(values[2 * channel * count..<2 * (channel + 1) * count])
      for low in stride(from: -30.0, to: 30, by: 5) {
        let bins = Int((low + 32) * 16)...Int((low + 37) * 16)
        let sum = bins.reduce(0.0) { $0 + density[$1] / sensor.noiseDensity(at: 99_968 + Double($1) / 16) }
        let error = (1.9 / 400 / Double(bins.count)).squareRoot()
        #expect(abs(sum / Double(bins.count) - 1) < 4.5 * error, "\(readout), \(low) Hz")
      }
    }
  }

  @Test("gaps are NaN in both parts, and any range has the same bits")
  func gaps() throws {
    let gaps = DataGaps(intervals: [.init(start: 2_000_000_000, length: 500_000_000, reason: .calibration)])
    let node = try source(noise: NoiseModel(white: 1, knee: 10), baseband: 1000, gaps: gaps)
    let values = render(node, 0, 400)
    for channel in 0..<2 {
      for j in 0..<400 {
        let missing = (128..<160).contains(j)
        #expect(values[2 * (channel * 400 + j)].isNaN == missing)
        #expect(values[2 * (channel * 400 + j) + 1].isNaN == missing)
      }
    }
    let part = render(node, 170, 100)
    for channel in 0..<2 {
      let (from, begin) = (200 * channel, 2 * (400 * channel + 170))
      #expect(part[from..<from + 200].elementsEqual(values[begin..<begin + 200]))
    }
  }

  @Test("a drifting clock of a sensor at 100 kHz: chunks of any size give the same bits")
  func drift() throws {
    var field = background
    (field.lowestFrequency, field.highestFrequency) = (99_980, 100_020)
    field.spectrum = .powerLaw(level: 2, reference: 100_000, index: 0)
    let node = try source(
      noise: NoiseModel(white: 0), clock: ClockModel(offset: 1e-3, drift: 1e-6, jitter: 1e-5),
      plan: plan(signals: [(0, .isotropic(field))]))
    let values = render(node, -50, 3000)
    // A third of 2 x 40 Hz of power, in both parts together twice that.
    #expect(abs(rms(values) - (80 / 3.0).squareRoot()) < 0.25)
    let part = render(node, 1000, 777)
    #expect(Array(part[..<(2 * 777)]) == Array(values[2 * 1050..<2 * (1050 + 777)]))
  }

  @Test("a centre below half the rate, or with a broken cycle in a block, is refused")
  func refused() {
    #expect(throws: InstrumentError.self) { try source(noise: NoiseModel(white: 1), baseband: 31) }
    #expect(throws: InstrumentError.self) { try source(noise: NoiseModel(white: 1), baseband: .nan) }
    #expect(
      throws: InstrumentError.synthesis(.basebandDoesNotFit(100.1, nanoseconds: 4_000_000_000))
    ) { try source(noise: NoiseModel(white: 1), baseband: 100.1) }
  }
}

import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

private func complexNumber(_ doubles: [Double], _ index: Int) -> ComplexNumber {
  ComplexNumber(doubles[2 * index], doubles[2 * index + 1])
}

/// Blocks of 2 s and centre frequencies in their odd and even multiples of 1/2 Hz: k_c = 49 and 48.
@Suite("Complex baseband: one field at real and complex nodes")
struct BasebandTests {
  private static let place = 1

  private func observer(
    _ rate: Int64, baseband: Double? = nil, offset: Double = 0, wanders: Bool = false
  ) -> FieldObserver {
    FieldObserver(
      seed: 20_260_711, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: 2_000_000_000,
      duration: 3_600_000_000_000, sites: places, siteIndex: Self.place, sampleRate: SampleRate(rate),
      baseband: baseband, offset: offset, wanders: wanders,
      readout: .init(basis: earthAxes, channelCount: 3) { $0 == $1 && $2 > 0 ? .one : .zero })
  }

  /// Samples of three channels, channel-major; a complex one is two doubles.
  private func samples(
    _ observer: FieldObserver, _ first: Int64, _ count: Int, of background: IsotropicBackground = mixture,
    displacements: [Double]? = nil
  ) throws -> [Double] {
    let field = try #require(try FieldModel.isotropic(background).rendered(signalIndex: 0, observer: observer))
    let stride = count * (observer.baseband == nil ? 1 : 2)
    var values = [Double](repeating: 0, count: 3 * stride)
    field.add(firstSample: first, count: count, displacements: displacements, to: &values, channelStride: stride)
    return values
  }

  /// The analytic signal Σ_b w Σ_k Z_k exp(-2πi f_k (t - t_b)) of section 9.4, without a transform, times
  /// exp(+2πi f_c t'): what a channel with the centre frequency f_c records when its clock says t' at the time t.
  private func direct(_ field: IsotropicField, baseband: Double, at t: Double, clock: Double) -> [ComplexNumber] {
    let newest = Int64(t.rounded(.down))
    var result = [ComplexNumber](repeating: .zero, count: 3)
    var (real, imaginary) = ([Double](repeating: 0, count: 3 * field.binCount), [Double]())
    imaginary = real
    for block in [newest - 1, newest] {
      field.fill(block: block, real: &real, imaginary: &imaginary)
      let s = t - Double(block)
      for channel in 0..<3 {
        for k in 0..<field.binCount {
          let frequency = Double(field.firstBin + k) / 2
          let cycles = (frequency * s).remainder(dividingBy: 1)
          let index = channel * field.binCount + k
          result[channel] +=
            ComplexNumber(real[index], imaginary[index])
            * ComplexNumber(magnitude: sin(.pi * s / 2), phase: -2 * .pi * cycles)
        }
      }
    }
    let turn = ComplexNumber(magnitude: 1, phase: 2 * .pi * (baseband * clock).remainder(dividingBy: 1))
    return result.map { $0 * turn }
  }

  @Test("256 Hz, 64 Hz and 32 Hz baseband at one place agree to 1e-12", arguments: [24.5, 24])
  func agreement(baseband: Double) throws {
    var background = mixture
    (background.lowestFrequency, background.highestFrequency) = (10, 31)
    let count = 300
    let fast = try samples(observer(256), -8 * 40, 8 * count, of: background)
    let slow = try samples(observer(64), -2 * 40, 2 * count, of: background)
    let complex = try samples(observer(32, baseband: baseband), -40, count, of: background)
    let scale = rms(fast)
    for c in 0..<3 {
      for j in 0..<count {
        let z = complexNumber(complex, c * count + j)
        let cycles = (baseband * Double(j - 40) / 32).remainder(dividingBy: 1)
        let signal = (z * ComplexNumber(magnitude: 1, phase: -2 * .pi * cycles)).real
        #expect(abs(signal - fast[c * 8 * count + 8 * j]) < 1e-12 * scale)
        #expect(abs(signal - slow[c * 2 * count + 2 * j]) < 1e-12 * scale)
      }
    }
  }

  @Test(
    "both parts are those of the analytic signal, also at a constant offset of samples and a fraction",
    arguments: [(24.5, 0), (24, 0), (24.5, 0.0123), (24.5, -3.77), (24, 1.31)])
  func offsets(baseband: Double, offset: Double) throws {
    let count = 200
    let values = try samples(observer(64, baseband: baseband, offset: offset), -70, count)
    let field = try makeField(site: Self.place)
    for j in stride(from: 0, to: count, by: 13) {
      let clock = Double(j - 70) / 64
      let expected = direct(field, baseband: baseband, at: clock + offset, clock: clock)
      for c in 0..<3 {
        let z = complexNumber(values, c * count + j)
        #expect(abs(z.real - expected[c].real) < 1e-11 && abs(z.imaginary - expected[c].imaginary) < 1e-11)
      }
    }
  }

  @Test("wandering instants: interpolation of the envelope against the exact sums", arguments: [24.5, 24])
  func wandering(baseband: Double) throws {
    let count = 300
    let displacements = (0..<count).map { (n: Int) -> Double in
      let step = n > 150 ? -7.31 : 0.0
      return 0.003 * sin(Double(n) * 1.7) + 1e-5 * Double(n) + step
    }
    let values = try samples(
      observer(64, baseband: baseband, wanders: true), -100, count, displacements: displacements)
    let field = try makeField(site: Self.place)
    var worst = 0.0
    for j in stride(from: 0, to: count, by: 7) {
      let clock = Double(j - 100) / 64
      let expected = direct(field, baseband: baseband, at: clock + displacements[j], clock: clock)
      for c in 0..<3 {
        let z = complexNumber(values, c * count + j)
        worst = max(worst, (z - expected[c]).magnitude)
      }
    }
    // Section 9.5: 2.4e-9 of the amplitude of the bin farthest from the centre.
    #expect(worst < 5e-9 * rms(values))
    #expect(worst > 0)
  }

  @Test("bins farther than half the rate are left out, the others keep their amplitudes")
  func narrow() throws {
    // 16 Hz about 24.5 Hz: above 16.5 Hz and below 32.5 Hz, bins 34 to 64.
    let narrow = observer(16, baseband: 24.5)
    #expect(try narrow.recordedBins() == 34..<65)
    let values = try samples(narrow, 5, 40)
    let field = try IsotropicField(
      background: mixture, signalIndex: 0, seed: 20_260_711, blockNanoseconds: 2_000_000_000, sites: places,
      siteIndex: Self.place, directions: earthAxes, recordedBins: 34..<65)
    #expect(field.firstBin == 34 && field.binCount == 31)
    let all = try makeField(site: Self.place)
    var (a, b) = ([Double](repeating: 0, count: 3 * 61), [Double](repeating: 0, count: 3 * 61))
    var (c, d) = ([Double](repeating: 0, count: 3 * 31), [Double](repeating: 0, count: 3 * 31))
    all.fill(block: -4, real: &a, imaginary: &b)
    field.fill(block: -4, real: &c, imaginary: &d)
    for channel in 0..<3 {
      for k in 0..<31 {
        #expect(a[channel * 61 + 14 + k] == c[channel * 31 + k] && b[channel * 61 + 14 + k] == d[channel * 31 + k])
      }
    }
    for j in 0..<40 {
      let t = Double(5 + j) / 16
      let expected = direct(field, baseband: 24.5, at: t, clock: t)
      for channel in 0..<3 {
        let difference = complexNumber(values, channel * 40 + j) - expected[channel]
        #expect(difference.magnitude < 1e-11)
      }
    }
    let deaf = try FieldModel.isotropic(mixture).rendered(signalIndex: 0, observer: observer(16, baseband: 60))
    #expect(deaf == nil)
  }

  @Test("any range, in any order, gives the same bits")
  func partitions() throws {
    let whole = try samples(observer(64, baseband: 24.5), -100, 400)
    let field = try #require(
      try FieldModel.isotropic(mixture).rendered(signalIndex: 0, observer: observer(64, baseband: 24.5)))
    for start in [317, 0, 64, 63, 250] {
      let count = min(83, 400 - start)
      var part = [Double](repeating: 0, count: 6 * count)
      field.add(
        firstSample: Int64(start - 100), count: count, displacements: nil, to: &part, channelStride: 2 * count)
      for c in 0..<3 {
        let (from, begin) = (2 * c * count, 2 * (c * 400 + start))
        #expect(part[from..<from + 2 * count].elementsEqual(whole[begin..<begin + 2 * count]))
      }
    }
  }

  @Test("a centre frequency without a whole number of cycles in a block is refused")
  func refused() throws {
    let error = #expect(throws: SynthesisError.basebandDoesNotFit(24.3, nanoseconds: 2_000_000_000)) {
      _ = try samples(observer(32, baseband: 24.3), 0, 1)
    }
    #expect(error?.description.contains("24.3 Hz") == true)
  }
}

import CKernels
import Correlator
import Glibc
import Numerics
import Sky
import Testing

private func plan(
  segment: Int64, overlap: Bool, window: BandPlan.Window, segments: Int, firstBin: Int, bins: Int
) -> BandPlan {
  BandPlan(
    name: "test", segment: segment, hop: overlap ? segment / 2 : segment, window: window,
    segmentsPerIntegration: segments, firstBin: firstBin, binCount: bins)
}

@Suite struct SpectrumConventionTests {
  /// scipy 1.17.1: x = ((n*n*7 + 3*n) % 101 - 50), y = ((n*n*5 + 11*n) % 97 - 48), n = 0 ... 159, as floats;
  /// scipy.signal.csd(x, y, fs=64, window=get_window(w, 32), nperseg=32, noverlap=16 or 0, detrend=False); csd averages
  /// conj(rfft x) rfft(y) = X conj(Y) with X = conj(rfft x): the same convention. Autospectra: scipy.signal.welch.
  @Test(arguments: [
    (
      BandPlan.Window.hann, 1, 26.8198924608526, -2.9576157132198895, 7.011594877597909
    ), (.hann, 2, 46.490063807572135, 1.015006372219172, 3.9824820420250884),
    (.hann, 7, 33.878914117318, -4.892419800575249, -8.699670112451331),
    (.hann, 15, 39.93747299027187, -5.573886996822005, 15.957713412745738),
    (.rectangular, 1, 12.811505150325758, 0.3317213719495189, -3.1170836603979857),
    (.rectangular, 2, 56.649690364725245, 9.419593951414413, 3.7591093304224543),
    (.rectangular, 7, 35.30117699205448, -10.51423169111994, 6.982155020613963),
    (.rectangular, 15, 47.434857250375885, -16.140896884686914, 7.802217887025271),
  ]) func agreesWithSciPy(window: BandPlan.Window, bin: Int, auto: Double, real: Double, imaginary: Double) throws {
    let x = (0..<160).map { (n: Int) -> Double in Double((7 * n * n + 3 * n) % 101 - 50) }
    let y = (0..<160).map { (n: Int) -> Double in Double((5 * n * n + 11 * n) % 97 - 48) }
    let overlap = window == .hann
    let segments = overlap ? 9 : 5
    let plan = plan(
      segment: 500_000_000, overlap: overlap, window: window, segments: segments, firstBin: 1, bins: 15)
    let rates = [SampleRate(64), SampleRate(64)]
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 1)
    let all = try correlate(correlator, [x, y], rates: rates, segments: segments, sizes: [4])
    let spectra = try #require(all.first)
    #expect(plan.segments(inSamples: 160, at: rates[0]) == Int64(segments))
    #expect(spectra.segments == segments)
    #expect(abs(spectra.element(bin - 1, 0, 0).real - auto) < 1e-12 * auto)
    let cross = spectra.element(bin - 1, 0, 1)
    #expect(abs(cross.real - real) < 1e-12)
    #expect(abs(cross.imaginary - imaginary) < 1e-12)
    let mirrored = spectra.element(bin - 1, 1, 0)
    #expect(mirrored.real == cross.real && mirrored.imaginary == -cross.imaginary)
    #expect(spectra.element(bin - 1, 1, 1).imaginary == 0)
  }

  /// A wave Re[c exp(-i w t + i p.x)] reaches sensor 1, which lies p.x further along, later by p.x/w.
  @Test func planeWaveHasThePhaseOfTheBaseline() throws {
    let plan = plan(
      segment: 4_000_000_000, overlap: false, window: .rectangular, segments: 1, firstBin: 30, bins: 20)
    let rates = [SampleRate(128), SampleRate(128)]
    let frequency = 10.0
    let amplitude = 0.7
    let phase = 1.1  // p.(x1 - x2)
    func field(_ time: Double) -> Double { amplitude * cos(-2 * .pi * frequency * time + 0.4) }
    let delay = phase / (2 * .pi * frequency)
    let first = (0..<512).map { field(Double($0) / 128 - delay) }
    let second = (0..<512).map { field(Double($0) / 128) }
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 1)
    let all = try correlate(correlator, [first, second], rates: rates, segments: 1, sizes: [1])
    let spectra = try #require(all.first)
    // c sqrt(T/2), T = 4 s; grid frequency 10 Hz is bin 40.
    let cross = spectra.element(10, 0, 1)
    #expect(abs(atan2(cross.imaginary, cross.real) - phase) < 1e-12)
    #expect(abs(hypot(cross.real, cross.imaginary) - amplitude * amplitude * 2) < 1e-12)
    #expect(abs(spectra.element(10, 1, 1).real - amplitude * amplitude * 2) < 1e-12)
    #expect(abs(spectra.element(9, 0, 0).real) < 1e-24)
  }

  @Test func whiteNoiseHasLevelTwoVarianceInterval() throws {
    let seed: UInt64 = 20_261
    let sigma = 3.0
    let rate = SampleRate(512)
    let plan = plan(segment: 1_000_000_000, overlap: true, window: .hann, segments: 200, firstBin: 1, bins: 255)
    let noise = AlignedBuffer(count: 201 * 256)
    NormalDeviates.fillWhite(noise.buffer, firstSample: 0, key: seed, scale: sigma)
    let correlator = try BandCorrelator(plan: plan, sampleRates: [rate], workers: 2)
    let all = try correlate(correlator, [Array(noise.buffer)], rates: [rate], segments: 200, sizes: [200])
    let spectra = try #require(all.first)
    let level = (0..<255).reduce(0) { $0 + spectra.element($1, 0, 0).real } / 255
    let expected = 2 * sigma * sigma / 512
    let uncertainty = expected / (plan.effectiveFraction * 255 * 200).squareRoot()
    print("white noise, seed \(seed): pull \((level - expected) / uncertainty)")
    #expect(abs(level - expected) < 4 * uncertainty)
  }

  @Test(arguments: BandPlan.Window.allCases) func ratesSeeOneToneCoherently(window: BandPlan.Window) throws {
    let rates = [SampleRate(256), SampleRate(512), SampleRate(1_024)]
    let plan = plan(segment: 2_000_000_000, overlap: true, window: window, segments: 3, firstBin: 60, bins: 41)
    let channels = rates.map { rate in
      (0..<4 * Int(rate.numerator)).map { 1.3 * cos(2 * .pi * 40 * Double($0) / rate.hertz - 0.9) }
    }
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 1)
    let all = try correlate(correlator, channels, rates: rates, segments: 3, sizes: [2])
    let spectra = try #require(all.first)
    // Bin 80; a window reduces a tone's power by (mean w)²/mean w².
    let loss = window == .hann ? 2.0 / 3 : window == .sine ? 8 / (.pi * .pi) : 1
    for i in 0..<3 {
      for j in 0..<3 {
        let value = spectra.element(20, i, j)
        // The sine window's mean is cot(pi/2N)/N, not 2/pi, and it lets through a little of the tone's mirror image:
        // a relative 1e-5 at 256 samples.
        let tolerance = window == .sine ? 1e-4 : 1e-12
        #expect(abs(value.real - 1.69 * loss) < tolerance)
        #expect(abs(value.imaginary) < tolerance)
      }
    }
  }

  @Test func clockOffsetsAreCorrected() throws {
    let rates = [SampleRate(4_096), SampleRate(2_048), SampleRate(4_096)]
    let plan = plan(segment: 1_000_000_000, overlap: false, window: .rectangular, segments: 4, firstBin: 3, bins: 1_001)
    func offset(_ channel: Int, _ segment: Int) -> Double {
      channel == 0 ? 0 : (channel == 1 ? 3e-4 : -0.021) * Double(segment + 1)
    }
    var stream = UniformStream(state: 5)
    let tones = stride(from: 3, to: 1_004, by: 11).map { (bin: $0, phase: 3 * stream.next()) }
    func samples(_ channel: Int, _ offset: (Int, Int) -> Double) -> [Double] {
      let count = Int(rates[channel].numerator)
      return (0..<4 * count).map { n in
        let time = Double(n) / Double(count) + offset(channel, n / count)
        return tones.reduce(0) { $0 + cos(-2 * .pi * Double($1.bin) * time + $1.phase) }
      }
    }
    func spectra(_ channels: [[Double]], corrected: Bool) throws -> CrossSpectra {
      let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 2)
      let all = try correlate(
        correlator, channels, rates: rates, segments: 4, sizes: [3], clockOffset: offset, corrected: corrected)
      return try #require(all.first)
    }
    let truth = try spectra((0..<3).map { samples($0) { _, _ in 0 } }, corrected: false)
    let late = (0..<3).map { samples($0, offset) }
    let corrected = try spectra(late, corrected: true)
    let uncorrected = try spectra(late, corrected: false)
    // Amplitude 1 for 1 s has |X|² = 1/2.
    let difference = zip(truth.values, corrected.values).map { abs($0 - $1) }.max() ?? .nan
    #expect(difference < 1e-10)
    let without = zip(truth.values, uncorrected.values).map { abs($0 - $1) }.max() ?? .nan
    #expect(without > 0.5)
  }
}

import Correlator
import Glibc
import Numerics
import Sky
import Testing

private let second: Int64 = 1_000_000_000

private func plan(
  segment: Int64 = second, overlap: Bool = true, window: BandPlan.Window = .rectangular, segments: Int = 6,
  firstBin: Int, bins: Int
) -> BandPlan {
  BandPlan(
    name: "b", segment: segment, hop: overlap ? segment / 2 : segment, window: window, segmentsPerIntegration: segments,
    firstBin: firstBin, binCount: bins)
}

/// Calls a correlator with channels that begin at segment 0.
private func correlate(
  _ plan: BandPlan, _ channels: [(samples: [Double], rate: SampleRate, baseband: Double?)], segments: Int,
  from first: Int = 0, sizes: [Int] = [64], workers: Int = 1, clockOffsets: [Double] = []
) throws -> [CrossSpectra] {
  let correlator = try BandCorrelator(
    plan: plan, sampleRates: channels.map(\.rate), basebands: channels.map(\.baseband), workers: workers)
  let buffers = channels.map { channel in
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: channel.samples.count)
    _ = buffer.initialize(from: channel.samples)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  var result: [CrossSpectra] = []
  var (next, part) = (first, 0)
  while next < first + segments {
    let count = min(sizes[part % sizes.count], first + segments - next)
    let starts = zip(buffers, channels).map { buffer, channel -> UnsafePointer<Double>? in
      let sample = Int(plan.firstSample(ofSegment: Int64(next - first), at: channel.rate) ?? 0)
      return buffer.baseAddress.map { UnsafePointer($0 + sample * (channel.baseband == nil ? 1 : 2)) }
    }
    let offsets = clockOffsets.flatMap { Array(repeating: $0, count: count) }
    correlator.add(firstSegment: Int64(next), count: count, samples: starts, clockOffsets: offsets) {
      result.append($0)
    }
    next += count
    part += 1
  }
  correlator.finish { result.append($0) }
  return result
}

/// Re[Σ c exp(-2πi f t)], or its complex baseband, for t = start + n/rate; the clock that mixes says t - late.
private func tones(
  _ tones: [(frequency: Double, amplitude: ComplexNumber)], rate: Double, baseband: Double?, start: Double, count: Int,
  late: Double = 0
) -> [Double] {
  (0..<count).flatMap { n -> [Double] in
    let time = start + Double(n) / rate + late
    var sum = ComplexNumber.zero
    for tone in tones {
      let cycles = (tone.frequency * time).remainder(dividingBy: 1)
      sum += tone.amplitude * ComplexNumber(magnitude: 1, phase: -2 * .pi * cycles)
    }
    guard let baseband else { return [sum.real] }
    let cycles = (baseband * (time - late)).remainder(dividingBy: 1)
    sum *= ComplexNumber(magnitude: 1, phase: 2 * .pi * cycles)
    return [sum.real, sum.imaginary]
  }
}

private func randomTones(_ frequencies: [Int], state: UInt64) -> [(frequency: Double, amplitude: ComplexNumber)] {
  var stream = UniformStream(state: state)
  return frequencies.map { (Double($0), ComplexNumber(stream.next(), stream.next())) }
}

@Suite("Complex baseband channels") struct BasebandCorrelatorTests {
  /// The centre 57 Hz has an odd number of cycles in a segment: with half overlap the carrier's phase at the start of
  /// segments alternates. From the epoch, from a later and from an earlier segment.
  @Test(arguments: [(57.0, 0), (57, 7), (57, -5), (60, 0)], [BandPlan.Window.rectangular, .hann])
  func agreesWithTheRealChannel(place: (baseband: Double, first: Int), window: BandPlan.Window) throws {
    let signal = randomTones(Array(30...84), state: 3)
    let plan = plan(window: window, firstBin: 33, bins: 49)
    let start = Double(place.first) / 2
    let real = tones(signal, rate: 256, baseband: nil, start: start, count: 7 * 128)
    let complex = tones(signal, rate: 64, baseband: place.baseband, start: start, count: 7 * 32)
    let all = try correlate(
      plan, [(real, SampleRate(256), nil), (complex, SampleRate(64), place.baseband)], segments: 6, from: place.first)
    #expect(all.reduce(0) { $0 + $1.segments } == 6)
    for spectra in all {
      for bin in 0..<49 {
        let auto = spectra.element(bin, 0, 0).real
        let (other, cross) = (spectra.element(bin, 1, 1).real, spectra.element(bin, 0, 1))
        #expect(auto > 1e-6)
        #expect(abs(other - auto) < 1e-9 * auto)
        #expect(abs(cross.real - auto) < 1e-9 * auto)
        #expect(abs(cross.imaginary) < 1e-9 * auto)
        // With a rectangular window |X|² = |c|² T/2.
        if window == .rectangular {
          #expect(abs(auto - signal[bin + 3].amplitude.magnitudeSquared / 2) < 1e-9)
        }
      }
    }
  }

  /// X by its definition: sqrt(dt/(2 Σ w²)) Σ w z exp(+2πi (k - k_c) n/N), in a segment that begins at the epoch.
  @Test(arguments: [(32, 40, 25, 31), (63, 50, 20, 61), (64, 40, 41, 31), (16, 40, 33, 15), (64, 32, 1, 63)])
  func isTheDefiningSum(rate: Int, centre: Int, firstBin: Int, bins: Int) throws {
    var stream = UniformStream(state: 8)
    let samples = (0..<2 * rate).map { _ in stream.next() }
    let window = Window.hann.values(rate)
    let norm = (1 / (2 * Double(rate) * window.reduce(0) { $0 + $1 * $1 })).squareRoot()
    let spectra = try #require(
      try correlate(
        plan(overlap: false, window: .hann, segments: 1, firstBin: firstBin, bins: bins),
        [(samples, SampleRate(Int64(rate)), Double(centre))], segments: 1
      ).first)
    for bin in 0..<bins {
      var sum = ComplexNumber.zero
      for n in 0..<rate {
        let turns = Double((firstBin + bin - centre) * n % rate) / Double(rate)
        sum +=
          ComplexNumber(samples[2 * n], samples[2 * n + 1])
          * ComplexNumber(magnitude: norm * window[n], phase: 2 * .pi * turns)
      }
      #expect(abs(spectra.element(bin, 0, 0).real - sum.magnitudeSquared) < 1e-14)
    }
  }

  @Test func clockOffsetsAreCorrected() throws {
    // At 100 kHz a clock that is late by 3 ms is late by 300 cycles and a bit.
    let offset = 0.003_001_7
    let signal = randomTones(Array(99_980...100_020), state: 5)
    let plan = plan(overlap: true, firstBin: 99_982, bins: 37)
    let right = tones(signal, rate: 64, baseband: 100_000, start: 0, count: 7 * 32)
    let late = tones(signal, rate: 64, baseband: 100_000, start: 0, count: 7 * 32, late: offset)
    let channels = [right, late].map { ($0, SampleRate(64), Double?.some(100_000)) }
    let corrected = try #require(try correlate(plan, channels, segments: 6, clockOffsets: [0, offset]).first)
    let uncorrected = try #require(try correlate(plan, channels, segments: 6).first)
    for bin in 0..<37 {
      let auto = corrected.element(bin, 0, 0).real
      let cross = corrected.element(bin, 0, 1)
      #expect(abs(cross.real - auto) < 1e-8 * auto && abs(cross.imaginary) < 1e-8 * auto)
      #expect(abs(uncorrected.element(bin, 0, 1).real - auto) > 0.1 * auto)
    }
  }

  @Test(arguments: [UInt64(77), 177, 277]) func whiteNoiseHasTheLevelOfItsParts(seed: UInt64)
    throws
  {
    // Parts of variance N_w r each, independent (section 9.5): E|X|² = N_w.
    let density = 0.25
    let count = 401 * 32
    let parts = (0..<2).map { part in
      let noise = AlignedBuffer(count: count)
      NormalDeviates.fillWhite(
        noise.buffer, firstSample: 0, key: seed + UInt64(part), scale: (density * 64).squareRoot())
      return noise
    }
    let samples = (0..<count).flatMap { [parts[0].pointer[$0], parts[1].pointer[$0]] }
    let plan = plan(window: .hann, segments: 400, firstBin: 99_969, bins: 63)
    let spectra = try #require(
      try correlate(plan, [(samples, SampleRate(64), 100_000)], segments: 400).first)
    let level = (0..<63).reduce(0) { $0 + spectra.element($1, 0, 0).real } / 63
    let uncertainty = density / (plan.effectiveFraction * 63 * 400).squareRoot()
    print("complex white noise, seed \(seed): pull \((level - density) / uncertainty)")
    #expect(abs(level - density) < 4 * uncertainty)
  }

  @Test func aSampleThatLacksOnePartIsMissing() throws {
    var samples = (0..<2 * 64 * 4).map { sin(Double($0 * $0)) }
    samples[2 * 70] = .nan
    samples[2 * 200 + 1] = .nan
    let plan = plan(overlap: false, segments: 4, firstBin: 180, bins: 40)
    let other = (0..<2 * 64 * 4).map { cos(Double($0)) }
    let all = try correlate(
      plan, [(samples, SampleRate(64), 200), (other, SampleRate(64), 200)], segments: 4)
    #expect(all.map(\.present) == [[true, true], [false, true]])
    #expect(all.map(\.segments) == [2, 2])
  }

  @Test func bitsDependNeitherOnPartitionNorOnWorkers() throws {
    let signal = randomTones(Array(40...70), state: 9)
    let channels = [
      (tones(signal, rate: 256, baseband: nil, start: 0.01, count: 101 * 128), SampleRate(256), Double?.none),
      (tones(signal, rate: 64, baseband: 57, start: 0.01, count: 101 * 32), SampleRate(64), 57),
    ]
    let plan = plan(window: .hann, segments: 30, firstBin: 42, bins: 27)
    let reference = try correlate(plan, channels, segments: 100)
    let other = try correlate(plan, channels, segments: 100, sizes: [1, 17, 40], workers: 3)
    #expect(reference.map(\.bits) == other.map(\.bits))
    #expect(reference.count == 4)
  }

  @Test func channelsThatDoNotFitAreNamed() {
    func fault(_ rate: Int64, _ baseband: Double, firstBin: Int, bins: Int) -> BandCorrelatorError? {
      do {
        _ = try BandCorrelator(
          plan: plan(firstBin: firstBin, bins: bins), sampleRates: [SampleRate(512), SampleRate(rate)],
          basebands: [nil, baseband], workers: 1)
        return nil
      } catch { return error as? BandCorrelatorError }
    }
    #expect(fault(64, 100, firstBin: 69, bins: 63) == nil)
    let rate = SampleRate(64)
    let outside = BandCorrelatorError.outsideBaseband(band: "b", channel: 1, rate: rate, frequency: 100)
    #expect(fault(64, 100, firstBin: 68, bins: 63) == outside)
    #expect(fault(64, 100, firstBin: 70, bins: 63) == outside)
    #expect(
      fault(64, 100.5, firstBin: 80, bins: 3)
        == .basebandNotWhole(band: "b", channel: 1, frequency: 100.5, segment: second))
  }
}

import Correlator
import Glibc
import Numerics
import Sky
import Testing

private let second: Int64 = 1_000_000_000

@Suite struct BandPlanTests {
  @Test func physicalValuesBecomeWholeNumbers() throws {
    let plan = try BandPlan(
      name: "low", lowestFrequency: 8, highestFrequency: 40, segment: 8 * second, overlap: 0.5, window: .hann,
      integration: 600 * second)
    #expect(plan.hop == 4 * second && plan.segmentsPerIntegration == 150)
    #expect(plan.firstBin == 64 && plan.binCount == 257)
    #expect(plan.frequency(0) == 8 && plan.frequency(256) == 40)
    let edges = try BandPlan(
      name: "edges", lowestFrequency: 0, highestFrequency: 0.3, segment: 10 * second, overlap: 0,
      integration: 10 * second)
    #expect(edges.firstBin == 1 && edges.binCount == 3 && edges.hop == 10 * second)
  }

  @Test func faultsNameTheKeyAndTheRemedy() {
    func fault(
      lowest: Double = 8, highest: Double = 40, segment: Int64 = 8 * second, overlap: Double = 0.5,
      integration: Int64 = 600 * second
    ) -> BandPlanError? {
      do {
        _ = try BandPlan(
          name: "b", lowestFrequency: lowest, highestFrequency: highest, segment: segment, overlap: overlap,
          integration: integration)
        return nil
      } catch { return error as? BandPlanError }
    }
    #expect(fault() == nil)
    #expect(fault(segment: 0) == .notPositive(band: "b", key: "segment"))
    #expect(fault(integration: -1) == .notPositive(band: "b", key: "integration"))
    #expect(fault(highest: .nan) == .notPositive(band: "b", key: "highest frequency"))
    #expect(fault(lowest: 50) == .edgesReversed(band: "b", lowest: 50, highest: 40))
    #expect(fault(segment: 7, overlap: 0.5) == .segmentNotEven(band: "b", segment: 7))
    #expect(fault(overlap: 0.75) == .overlapNotSupported(band: "b", overlap: 0.75))
    let uneven = fault(integration: 602 * second)
    #expect(uneven == .integrationNotMultiple(band: "b", integration: 602 * second, hop: 4 * second))
    #expect(uneven?.description.contains("604000000000 ns") == true)
    #expect(fault(lowest: 8.01, highest: 8.02) == .noBin(band: "b", lowest: 8.01, highest: 8.02, resolution: 0.125))
  }

  @Test func channelsThatDoNotFitAreNamed() throws {
    let plan = try BandPlan(
      name: "b", lowestFrequency: 8, highestFrequency: 32, segment: second, overlap: 0.5, integration: 10 * second)
    func fault(_ rates: [SampleRate], plan: BandPlan = plan, workers: Int = 1) -> BandCorrelatorError? {
      do {
        _ = try BandCorrelator(plan: plan, sampleRates: rates, workers: workers)
        return nil
      } catch { return error as? BandCorrelatorError }
    }
    let good = SampleRate(128)
    #expect(fault([good, good]) == nil)
    #expect(fault([]) == .noChannels(band: "b"))
    #expect(fault([good], workers: 0) == .workersNotPositive(0))
    let half = SampleRate(257, per: 2)
    #expect(fault([good, half]) == .segmentNotWhole(band: "b", channel: 1, rate: half, segment: second))
    let odd = SampleRate(129)
    #expect(fault([good, odd]) == .hopNotWhole(band: "b", channel: 1, rate: odd, hop: second / 2))
    let slow = SampleRate(64)  // Bin 32 is its Nyquist bin.
    #expect(fault([good, good, slow]) == .aboveNyquist(band: "b", channel: 2, rate: slow, frequency: 32))
    var noMean = plan
    noMean.firstBin = 0
    #expect(fault([good], plan: noMean) == .planNotPositive(band: "b", key: "firstBin"))
  }

  @Test func segmentsAreCountedFromSamples() throws {
    let plan = try BandPlan(
      name: "b", lowestFrequency: 8, highestFrequency: 32, segment: second, overlap: 0.5, integration: 10 * second)
    let rate = SampleRate(128)
    #expect([0, 127, 128, 191, 192, 256].map { plan.segments(inSamples: $0, at: rate) } == [0, 0, 1, 1, 2, 3])
    #expect(plan.samplesPerSegment(at: rate) == 128 && plan.samplesPerHop(at: rate) == 64)
    #expect(plan.firstSample(ofSegment: 5, at: rate) == 320)
    #expect(plan.segments(inSamples: 1_000, at: SampleRate(129)) == nil)
    #expect([-21, -20, -1, 0, 19, 20].map { plan.integration(ofSegment: $0) } == [-2, -1, -1, 0, 0, 1])
  }
}

@Suite struct EffectiveFractionTests {
  private func plan(_ window: BandPlan.Window, hop: Int64, of segment: Int64 = 64) -> BandPlan {
    BandPlan(
      name: "b", segment: segment, hop: hop, window: window, segmentsPerIntegration: 10, firstBin: 1, binCount: 1)
  }

  @Test func knownWindows() {
    #expect(abs(plan(.rectangular, hop: 64).effectiveFraction - 1) < 1e-12)
    #expect(abs(plan(.sine, hop: 32).effectiveFraction - 0.5) < 1e-12)
    #expect(abs(plan(.hann, hop: 32).effectiveFraction - 9.0 / 19) < 1e-12)
    // Without overlap 1/(N Sum w^4/(Sum w²)²): 18/35 and 2/3.
    #expect(abs(plan(.hann, hop: 64).effectiveFraction - 18.0 / 35) < 1e-12)
    #expect(abs(plan(.sine, hop: 64).effectiveFraction - 2.0 / 3) < 1e-12)
  }

  /// The sum over Δs and Δk of |rho|² as it is defined, without Parseval's theorem.
  @Test(arguments: BandPlan.Window.allCases, [Int64(16), 24, 40, 64]) func definingSum(
    window: BandPlan.Window, hop: Int64
  ) {
    let count = 64
    let w = (0..<count).map { n -> Double in
      let s = sin(.pi * Double(n) / Double(count))
      return window == .hann ? s * s : window == .sine ? s : 1
    }
    let norm = w.reduce(0) { $0 + $1 * $1 }
    var sum = 0.0
    for segmentsApart in -4...4 {
      for binsApart in 0..<count {
        var real = 0.0
        var imaginary = 0.0
        for n in 0..<count where (0..<count).contains(n - segmentsApart * Int(hop)) {
          let angle = 2 * Double.pi * Double(n * binsApart) / Double(count)
          real += w[n] * w[n - segmentsApart * Int(hop)] * cos(angle)
          imaginary += w[n] * w[n - segmentsApart * Int(hop)] * sin(angle)
        }
        sum += (real * real + imaginary * imaginary) / (norm * norm)
      }
    }
    // The sampled window differs from the continuous one at its edges where hops do not divide it.
    #expect(abs(plan(window, hop: hop).effectiveFraction * sum - 1) < 1e-3)
  }

  /// Variance of auto and cross spectra of white noise, averaged over 112 bins and 40 segments, in 500 integrations.
  @Test(arguments: [BandPlan.Window.hann, .sine]) func isTheVarianceOfBandAverages(window: BandPlan.Window) throws {
    let seed: UInt64 = 41
    let integrations = 500
    let plan = BandPlan(
      name: "b", segment: second, hop: second / 2, window: window, segmentsPerIntegration: 40, firstBin: 8,
      binCount: 112
    )
    let rates = [SampleRate(256), SampleRate(256)]
    let channels = (0..<2).map { channel in
      let noise = AlignedBuffer(count: (integrations * 40 + 1) * 128)
      NormalDeviates.fillWhite(noise.buffer, firstSample: 0, key: seed + UInt64(channel), scale: 1)
      return Array(noise.buffer)
    }
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 2)
    let spectra = try correlate(correlator, channels, rates: rates, segments: integrations * 40, sizes: [1_000])
    #expect(spectra.count == integrations)
    let level = 2.0 / 256
    func mean(_ spectrum: CrossSpectra, _ i: Int, _ j: Int) -> (real: Double, imaginary: Double) {
      var sum = (real: 0.0, imaginary: 0.0)
      for bin in 0..<112 {
        let value = spectrum.element(bin, i, j)
        sum.real += value.real / 112 / level
        sum.imaginary += value.imaginary / 112 / level
      }
      return sum
    }
    let expected = 1 / (plan.effectiveFraction * 112 * 40)
    var auto = 0.0
    var cross = 0.0
    for spectrum in spectra {
      for channel in 0..<2 { auto += pow(mean(spectrum, channel, channel).real - 1, 2) / 2 }
      let value = mean(spectrum, 0, 1)
      cross += value.real * value.real + value.imaginary * value.imaginary
    }
    auto /= Double(integrations) * expected
    cross /= Double(integrations) * expected
    // Each is a mean of 1000 squares of normal deviates: uncertainty sqrt(2/1000) = 0.045; ends of band and integration
    // take less than 0.01.
    print("\(window), seed \(seed): variance of auto \(auto), of cross \(cross) of the expected one")
    #expect(abs(auto - 1) < 4 * 0.045)
    #expect(abs(cross - 1) < 4 * 0.045)
  }
}

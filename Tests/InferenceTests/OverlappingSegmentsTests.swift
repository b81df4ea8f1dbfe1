import Correlator
import Foundation
import Inference
import Numerics
import Testing

/// White noise cut into half-overlapping Hann segments: samples that are neither independent between segments nor
/// between bins.
@Suite struct OverlappingSegmentsTests {
  static let samplesPerSegment = 256
  static let sampleRate = 64.0

  /// Spectra of `seconds` of white noise of one-sided density 2/rate in every channel.
  static func spectra(_ plan: BandPlan, channels: Int, seconds: Int, key: UInt64) -> CrossSpectra {
    let length = samplesPerSegment
    let hop = length / 2
    let count = (seconds * Int(sampleRate) - length) / hop + 1
    let window = (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
    let scale = (2 / sampleRate / window.reduce(0) { $0 + $1 * $1 }).squareRoot()
    let transform = RealFourierTransform.shared(length: length)
    var stream = NormalStream(key: key)
    let data = (0..<channels).map { _ in (0..<(seconds * Int(sampleRate))).map { _ in stream.next() } }
    var values = [Double](repeating: 0, count: plan.binCount * channels * channels * 2)
    var input = [Double](repeating: 0, count: length)
    var spectra = [[Double]](repeating: [Double](repeating: 0, count: length + 2), count: channels)
    for segment in 0..<count {
      for channel in 0..<channels {
        for n in 0..<length { input[n] = data[channel][segment * hop + n] * window[n] * scale }
        transform.forward(&input, &spectra[channel])
      }
      for bin in 0..<plan.binCount {
        let at = 2 * (plan.firstBin + bin)
        for first in 0..<channels {
          for second in 0..<channels {
            let (a, b) = (spectra[first][at], -spectra[first][at + 1])
            let (c, d) = (spectra[second][at], -spectra[second][at + 1])
            let index = ((bin * channels + first) * channels + second) * 2
            values[index] += (a * c + b * d) / Double(count)
            values[index + 1] += (b * c - a * d) / Double(count)
          }
        }
      }
    }
    return CrossSpectra(
      integration: 0, segments: count, present: [Bool](repeating: true, count: channels), values: values)
  }

  @Test func countAsTheirEffectiveNumberSays() throws {
    let key: UInt64 = 20_240_700
    let runs = 50
    let plan = BandPlan(
      name: "overlapping", segment: 4_000_000_000, hop: 2_000_000_000, window: .hann, segmentsPerIntegration: 100,
      firstBin: 32, binCount: 64)
    let geometry = try TestNetwork.stations(5, bins: 2).geometry
    var statistics: [Double] = []
    var pulls: [Double] = []
    for run in 0..<runs {
      let spectra = Self.spectra(plan, channels: 5, seconds: 300, key: key + UInt64(run))
      let fit = try fitIsotropicBackground([spectra], plan: plan, geometry: geometry)
      statistics.append(fit.detection.statistic)
      for spectrum in fit.noise {
        for (density, uncertainty) in zip(spectrum.density, spectrum.uncertainty) {
          pulls.append((try #require(density) - 2 / Self.sampleRate) / (try #require(uncertainty)))
        }
      }
    }
    let mean = statistics.reduce(0, +) / Double(runs)
    let spread = (pulls.reduce(0) { $0 + $1 * $1 } / Double(pulls.count)).squareRoot()
    print("seeds \(key)...: mean statistic \(mean) (3 expected), noise pulls \(spread) (1 expected)")
    #expect(abs(mean - 3) < 4 * (6 / Double(runs)).squareRoot())
    // 16000 pulls, neighbours correlated by (2/3)^2 and (1/6)^2: some 8000 independent ones.
    #expect(abs(spread - 1) < 4 / 16_000.0.squareRoot())
  }
}

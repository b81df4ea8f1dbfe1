import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

extension LineCalibration {
  /// Searches of noise alone, from samples to global probabilities, with the noise estimated from each.
  ///
  /// - Parameters:
  ///   - segments: half-overlapped ones of 600 s.
  ///   - center: Hz, whole cycles in a segment.
  ///   - halfWidth: Hz to either side of it that is searched; below a bin it is the one there.
  static func falseAlarms(
    scans: Int, templates: [LineHypothesis], segments: Int, center: Double, halfWidth: Double
  ) throws -> FalseAlarms {
    var probabilities = [Double](repeating: 1, count: scans)
    try probabilities.withUnsafeMutableBufferPointer { probabilities in
      nonisolated(unsafe) let probabilities = probabilities
      nonisolated(unsafe) var failures = [(any Error)?](repeating: nil, count: scans)
      failures.withUnsafeMutableBufferPointer { failures in
        nonisolated(unsafe) let failures = failures
        forEachPiece(scans, workers: 2) { _, number in
          do {
            let block = try noiseBlock(
              number, segments: segments, center: center, halfWidth: halfWidth)
            let analysis = try LineAnalysis(
              blockCount: 1,
              options: LineAnalysisOptions(
                templates: templates, globalThreshold: 0, simulations: 0, seed: UInt64(number), workers: 1),
              block: { _ in block })
            probabilities[number] = exp(analysis.candidates.first?.logGlobalProbability ?? 0)
          } catch {
            failures[number] = error
          }
        }
      }
      if let failure = failures.compactMap({ $0 }).first { throw failure }
    }
    return FalseAlarms(
      scans: scans,
      shares: [0.01, 0.05, 0.2, 0.5].map { level in
        CalibratedShare(stated: level, hits: probabilities.count { $0 < level }, of: scans)
      }, probabilities: probabilities)
  }

  /// Two stations with three axes that hear nothing; the noise is estimated beside what is searched, too.
  private static func noiseBlock(
    _ number: Int, segments: Int, center: Double, halfWidth: Double
  ) throws -> LineBlock {
    let (size, rate) = (128, SampleRate(16, per: 75))
    guard
      let engine = SegmentAmplitudes(
        segmentSamples: size, sampleRate: rate, baseband: center, lowest: center - 0.1, highest: center + 0.1)
    else { throw InferenceError.noSpectra }
    var geometry = observation(segments: segments, frequency: center, length: 600)
    let channels = geometry.channels.count
    var amplitudes = [ComplexNumber](repeating: .zero, count: engine.bins.count * segments * channels)
    var row = [ComplexNumber](repeating: .zero, count: engine.bins.count)
    for channel in 0..<channels {
      var samples = [Double](repeating: 0, count: (segments + 1) * size)
      samples.withUnsafeMutableBufferPointer {
        NormalDeviates.fillWhite(
          $0, firstSample: 0, key: Philox.derive(5, tag: 1, a: Int64(number), b: UInt32(channel)),
          scale: (1 / rate.interval).squareRoot())
      }
      for segment in 0..<segments {
        samples.withUnsafeBufferPointer { samples in
          row.withUnsafeMutableBufferPointer { row in
            guard let base = row.baseAddress else { return }
            _ = engine.take(
              UnsafeBufferPointer(rebasing: samples[(segment * size)..<((segment + 2) * size)]), segment: segment,
              into: base)
          }
        }
        for bin in row.indices { amplitudes[(bin * segments + segment) * channels + channel] = row[bin] }
      }
    }
    let noise = LineNoise(
      amplitudes, present: geometry.present, bins: engine.bins, channels: channels, window: .hann, workers: 1)
    let wanted = engine.bins.filter { abs(Double($0) / 600 - center) < halfWidth }
    let first = (wanted[0] - engine.bins.lowerBound) * segments * channels
    geometry.frequency = Double(wanted[0]) / 600
    return LineBlock(
      geometry: geometry, frequencies: wanted.map { Double($0) / 600 },
      amplitudes: Array(amplitudes[first..<(first + wanted.count * segments * channels)]),
      noise: wanted.flatMap(noise.density))
  }
}

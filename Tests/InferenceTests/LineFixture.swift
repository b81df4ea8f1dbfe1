import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// Two stations with three axes that record narrow bands of complex samples, in half-overlapped segments of ten minutes.
struct LineNetwork {
  static let segment = 600.0
  static let reference = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  var channels: [LineObservation.Channel]

  init(gainUncertainty: Double = 0) {
    let places = [Site(latitude: 50, longitude: 8), Site(latitude: -35, longitude: 149)]
    channels = places.enumerated().flatMap { number, site in
      [LocalDirection(east: 1, north: 0, up: 0), .init(east: 0, north: 1, up: 0), .init(east: 0, north: 0, up: 1)]
        .enumerated().map { axis, direction in
          LineObservation.Channel(
            label: "\(number)/\(axis)", position: site.earthFixedPosition, direction: direction.earthFixed(at: site),
            station: number, gainUncertainty: gainUncertainty)
        }
    }
  }

  /// An observation without amplitudes.
  ///
  /// - Parameters:
  ///   - segments: number of them, of 600 s or of `length`.
  ///   - frequency: Hz.
  func observation(
    segments: Int, frequency: Double, length: Double = segment, window: LineWindow = .hann,
    noise: (Int) -> Double = { 1 + 0.2 * Double($0) }
  ) -> LineObservation {
    let count = segments * channels.count
    return LineObservation(
      channels: channels, segmentLength: length, window: window,
      times: (0..<segments).map { (Double($0) * window.spacing + 0.5) * length }, reference: Self.reference,
      frequency: frequency, amplitudes: [ComplexNumber](repeating: .zero, count: count),
      present: [Bool](repeating: true, count: count), noise: channels.indices.map(noise))
  }

  /// Noise of density one, and tones, as a block about 10 Hz with the noise estimated from it.
  ///
  /// - Parameters:
  ///   - number: of the experiment.
  ///   - segments: half-overlapped ones of 600 s.
  ///   - tone: amplitude in all channels at a frequency in Hz.
  ///   - halfWidth: Hz to either side of 10 Hz that the block has; the noise is estimated from the bins beside it too.
  func block(
    _ number: Int, segments: Int, tone: (amplitude: Double, frequency: Double)? = nil, halfWidth: Double = 1
  ) throws -> LineBlock {
    let size = 128
    let rate = SampleRate(16, per: 75)
    let center = 10.0
    let length = (segments + 1) * size / 2
    guard
      let engine = SegmentAmplitudes(
        segmentSamples: size, sampleRate: rate, baseband: center, lowest: 9.92, highest: 10.08)
    else { throw InferenceError.noSpectra }
    var amplitudes = [ComplexNumber](repeating: .zero, count: engine.bins.count * segments * channels.count)
    let present = [Bool](repeating: true, count: segments * channels.count)
    var row = [ComplexNumber](repeating: .zero, count: engine.bins.count)
    for channel in channels.indices {
      var samples = [Double](repeating: 0, count: 2 * length)
      samples.withUnsafeMutableBufferPointer {
        // Real and imaginary parts of variance N r each (section 9.5).
        NormalDeviates.fillWhite(
          $0, firstSample: 0, key: Philox.derive(77, tag: 1, a: Int64(number), b: UInt32(channel)),
          scale: (1 / rate.interval).squareRoot())
      }
      if let tone {
        for n in 0..<length {
          let turns = (tone.frequency - center) * Double(n) * rate.interval
          samples[2 * n] += tone.amplitude * cos(2 * .pi * turns)
          samples[2 * n + 1] -= tone.amplitude * sin(2 * .pi * turns)
        }
      }
      for segment in 0..<segments {
        samples.withUnsafeBufferPointer { samples in
          row.withUnsafeMutableBufferPointer { row in
            guard let base = row.baseAddress else { return }
            let part = UnsafeBufferPointer(rebasing: samples[(segment * size)..<(segment * size + 2 * size)])
            _ = engine.take(part, segment: segment, into: base)
          }
        }
        for bin in row.indices { amplitudes[(bin * segments + segment) * channels.count + channel] = row[bin] }
      }
    }
    let noise = LineNoise(
      amplitudes, present: present, bins: engine.bins, channels: channels.count, window: .hann, workers: 1)
    let wanted = engine.bins.filter { abs(Double($0) / Self.segment - center) < halfWidth }
    let block = segments * channels.count
    let first = (wanted[0] - engine.bins.lowerBound) * block
    var geometry = observation(segments: segments, frequency: Double(wanted[0]) / Self.segment)
    geometry.noise = noise.density(wanted[0])
    return LineBlock(
      geometry: geometry, frequencies: wanted.map { Double($0) / Self.segment },
      amplitudes: Array(amplitudes[first..<(first + wanted.count * block)]), noise: wanted.flatMap(noise.density))
  }
}

import Correlator
import Glibc
import Sky

/// Calls a correlator with whole arrays of samples that begin at segment 0, in parts of `sizes` segments (repeated).
func correlate(
  _ correlator: BandCorrelator, _ channels: [[Double]], rates: [SampleRate], segments: Int, sizes: [Int],
  clockOffset: (_ channel: Int, _ segment: Int) -> Double = { _, _ in 0 }, corrected: Bool = false
) throws -> [CrossSpectra] {
  var result: [CrossSpectra] = []
  // The arrays are copied so that their pointers outlive the calls.
  let buffers = channels.map { samples in
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: samples.count)
    _ = buffer.initialize(from: samples)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  var first = 0
  var part = 0
  while first < segments {
    let count = min(sizes[part % sizes.count], segments - first)
    let starts = try buffers.indices.map { channel -> UnsafePointer<Double>? in
      guard let start = correlator.plan.firstSample(ofSegment: Int64(first), at: rates[channel]),
        let base = buffers[channel].baseAddress
      else { throw BandCorrelatorError.noChannels(band: correlator.plan.name) }
      return UnsafePointer(base + Int(start))
    }
    let offsets =
      corrected
      ? channels.indices.flatMap { channel in (first..<first + count).map { clockOffset(channel, $0) } } : []
    correlator.add(firstSegment: Int64(first), count: count, samples: starts, clockOffsets: offsets) {
      result.append($0)
    }
    first += count
    part += 1
  }
  correlator.finish { result.append($0) }
  return result
}

extension CrossSpectra {
  /// Element of the matrix of a bin.
  func element(_ bin: Int, _ i: Int, _ j: Int) -> (real: Double, imaginary: Double) {
    let channels = present.count
    let index = 2 * ((bin * channels + i) * channels + j)
    return (values[index], values[index + 1])
  }

  var bits: [UInt64] { values.map(\.bitPattern) }
}

/// X_k of physics section 0 by the defining sum, without any fast transform.
func naiveSpectrum(_ samples: ArraySlice<Double>, window: [Double], rate: SampleRate, bin: Int) -> (Double, Double) {
  let count = samples.count
  let norm = (2 / rate.hertz / window.reduce(0) { $0 + $1 * $1 }).squareRoot()
  var real = 0.0
  var imaginary = 0.0
  for (n, sample) in samples.enumerated() {
    let angle = 2 * Double.pi * Double(n * bin % count) / Double(count)
    real += window[n] * sample * cos(angle)
    imaginary += window[n] * sample * sin(angle)
  }
  return (norm * real, norm * imaginary)
}

/// A reproducible stream of uniform numbers in [-1, 1).
struct UniformStream {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / Double(1 << 52)
  }
}

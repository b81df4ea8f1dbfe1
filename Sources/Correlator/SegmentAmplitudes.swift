import Glibc
import Numerics
import Sky

/// The complex amplitudes of single segments at frequencies half a bin apart, with phases that count from the epoch.
///
/// The narrow-band counterpart of the cross-spectral matrices: a line that stays coherent from segment to segment keeps
/// its phase. The window is rectangular, so that noise is independent from segment to segment and from bin to bin.
public struct SegmentAmplitudes {
  /// Samples of a segment; segment j starts at sample j x segmentSamples.
  public let segmentSamples: Int
  public let sampleRate: SampleRate
  /// Half-bin numbers h; the frequency is h/(2 T).
  public let halfBins: Range<Int>
  /// Twice the cycles of the centre frequency in a segment for complex baseband, nil for real samples.
  private let carrier: Int?

  private let input: AlignedBuffer
  private let spectrum: AlignedBuffer

  /// - Parameters:
  ///   - baseband: centre frequency in Hz of complex samples, nil for real ones.
  ///   - lowest: Hz; the first frequency is the half bin at or above it that the samples hold.
  ///   - highest: Hz.
  /// - Returns: nil when the centre frequency has no whole number of half cycles in a segment.
  public init?(segmentSamples: Int, sampleRate: SampleRate, baseband: Double?, lowest: Double, highest: Double) {
    self.segmentSamples = segmentSamples
    self.sampleRate = sampleRate
    let length = Double(segmentSamples) * sampleRate.interval
    var (first, last) = (2, segmentSamples - 1)
    carrier = baseband.map { Int((2 * $0 * length).rounded()) }
    if let baseband, let carrier {
      guard abs(2 * baseband * length - Double(carrier)) < 1e-6 else { return nil }
      (first, last) = (carrier - segmentSamples + 1, carrier + segmentSamples - 1)
    }
    first = max(first, Int((2 * lowest * length).rounded(.up)))
    last = min(last, Int((2 * highest * length).rounded(.down)))
    halfBins = first..<max(first, last + 1)
    let size = baseband == nil ? 1 : 2
    input = AlignedBuffer(count: 2 * size * segmentSamples)
    spectrum = AlignedBuffer(count: 2 * size * segmentSamples + 2)
  }

  /// X of vector-network sections 0 and 4 for one segment, at all half bins.
  ///
  /// - Parameters:
  ///   - samples: of the segment, complex ones as pairs.
  ///   - segment: its number; phases count from sample 0 of segment 0.
  /// - Returns: nil when a sample is missing (NaN).
  public func amplitudes(_ samples: UnsafeBufferPointer<Double>, segment: Int) -> [ComplexNumber]? {
    var sum = 0.0
    for sample in samples { sum += sample }
    guard sum.isFinite else { return nil }
    return carrier.map { complex(samples, segment: segment, carrier: $0) } ?? real(samples, sum, segment: segment)
  }

  private func real(_ samples: UnsafeBufferPointer<Double>, _ sum: Double, segment: Int) -> [ComplexNumber] {
    precondition(samples.count == segmentSamples, "one segment")
    // Half bins see the mean of the samples.
    let mean = sum / Double(segmentSamples)
    for n in 0..<segmentSamples { input.pointer[n] = samples[n] - mean }
    (input.pointer + segmentSamples).update(repeating: 0, count: segmentSamples)
    RealFourierTransform.shared(length: 2 * segmentSamples).forward(input.pointer, spectrum.pointer)
    let scale = (2 * sampleRate.interval / Double(segmentSamples)).squareRoot()
    return halfBins.map { h in
      // exp(2πi f t_s) with f t_s = h j/2.
      let sign = h & segment & 1 == 0 ? scale : -scale
      return ComplexNumber(spectrum.pointer[2 * h] * sign, -spectrum.pointer[2 * h + 1] * sign)
    }
  }

  private func complex(_ samples: UnsafeBufferPointer<Double>, segment: Int, carrier: Int) -> [ComplexNumber] {
    precondition(samples.count == 2 * segmentSamples, "one segment of complex samples")
    let length = 2 * segmentSamples
    for n in 0..<length { input.pointer[n] = samples[n] }
    (input.pointer + length).update(repeating: 0, count: length)
    // Σ z exp(+2πi n h'/length)
    ComplexFourierTransform.shared(length: length).inverse(input.pointer, spectrum.pointer)
    let scale = (sampleRate.interval / Double(2 * segmentSamples)).squareRoot()
    return halfBins.map { h in
      let offset = h - carrier
      let sign = offset & segment & 1 == 0 ? scale : -scale
      let bin = 2 * (offset < 0 ? offset + length : offset)
      return ComplexNumber(spectrum.pointer[bin] * sign, spectrum.pointer[bin + 1] * sign)
    }
  }
}

import Glibc
import Numerics
import Sky

/// The complex amplitudes of single segments at frequencies half a bin apart, with phases that count from the epoch.
///
/// The narrow-band counterpart of the cross-spectral matrices: a line that stays coherent from segment to segment keeps
/// its phase. The window is rectangular, so that noise is independent from segment to segment and from bin to bin.
public struct SegmentAmplitudes {
  /// Samples of a segment.
  public let segmentSamples: Int
  /// Half-bin numbers h; the frequency is h/(2 T).
  public let halfBins: Range<Int>
  public let sampleRate: SampleRate

  private let transform: RealFourierTransform
  private let input: AlignedBuffer
  private let spectrum: AlignedBuffer

  /// - Parameters:
  ///   - segmentSamples: samples of a segment; segment j starts at sample j x segmentSamples.
  ///   - lowest: Hz; the first frequency is the half bin at or above it.
  ///   - highest: Hz, below half the rate.
  public init(segmentSamples: Int, sampleRate: SampleRate, lowest: Double, highest: Double) {
    self.segmentSamples = segmentSamples
    self.sampleRate = sampleRate
    let length = Double(segmentSamples) * sampleRate.interval
    let first = max(2, Int((2 * lowest * length).rounded(.up)))
    let last = min(segmentSamples - 1, Int((2 * highest * length).rounded(.down)))
    halfBins = first..<max(first, last + 1)
    transform = RealFourierTransform.shared(length: 2 * segmentSamples)
    input = AlignedBuffer(count: 2 * segmentSamples)
    spectrum = AlignedBuffer(count: 2 * segmentSamples + 2)
  }

  /// Hz of a half bin.
  public func frequency(_ halfBin: Int) -> Double {
    Double(halfBin) * sampleRate.hertz / Double(2 * segmentSamples)
  }

  /// X of vector-network section 0 for one segment, at all half bins.
  ///
  /// - Parameters:
  ///   - samples: of the segment.
  ///   - segment: its number; phases count from sample 0 of segment 0.
  /// - Returns: nil when a sample is missing (NaN).
  public func amplitudes(_ samples: UnsafeBufferPointer<Double>, segment: Int) -> [ComplexNumber]? {
    precondition(samples.count == segmentSamples, "one segment")
    var sum = 0.0
    for sample in samples { sum += sample }
    guard sum.isFinite else { return nil }
    // Half bins see the mean of the samples.
    let mean = sum / Double(segmentSamples)
    for n in 0..<segmentSamples { input.pointer[n] = samples[n] - mean }
    (input.pointer + segmentSamples).update(repeating: 0, count: segmentSamples)
    transform.forward(input.pointer, spectrum.pointer)
    let scale = (2 * sampleRate.interval / Double(segmentSamples)).squareRoot()
    return halfBins.map { h in
      // exp(2πi f t_s) with f t_s = h j/2.
      let sign = h & segment & 1 == 0 ? scale : -scale
      return ComplexNumber(spectrum.pointer[2 * h] * sign, -spectrum.pointer[2 * h + 1] * sign)
    }
  }
}

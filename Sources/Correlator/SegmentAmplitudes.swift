import Glibc
import Numerics
import Sky

/// The complex amplitudes of segments that overlap by half under a Hann window, with phases that count from the epoch.
///
/// The narrow-band counterpart of the cross-spectral matrices: a line that stays coherent from segment to segment keeps
/// its phase, and hardly leaks into bins that are not next to it. The noise of neighbouring segments has the correlation 1/6.
public struct SegmentAmplitudes {
  /// Samples of a segment, even; segment j starts at sample j x segmentSamples/2.
  public let segmentSamples: Int
  public let sampleRate: SampleRate
  /// Bin numbers k; the frequency is k/T.
  public let bins: Range<Int>
  /// Cycles of the centre frequency in a segment for complex baseband, nil for real samples.
  private let carrier: Int?
  private let window: [Double]
  /// Σ w².
  private let windowPower: Double

  private let input: AlignedBuffer
  private let spectrum: AlignedBuffer

  /// - Parameters:
  ///   - segmentSamples: even, at least 8.
  ///   - baseband: centre frequency in Hz of complex samples, nil for real ones.
  ///   - lowest: Hz; the first frequency is that of the bin at or above it that the samples hold.
  ///   - highest: Hz.
  /// - Returns: nil when the centre frequency has no whole number of cycles in a segment, or the segment no half.
  public init?(segmentSamples: Int, sampleRate: SampleRate, baseband: Double?, lowest: Double, highest: Double) {
    guard segmentSamples >= 8, segmentSamples.isMultiple(of: 2) else { return nil }
    self.segmentSamples = segmentSamples
    self.sampleRate = sampleRate
    let length = Double(segmentSamples) * sampleRate.interval
    // Two bins from the edges, into which the window spreads what is there.
    var (first, last) = (2, segmentSamples / 2 - 2)
    carrier = baseband.map { Int(($0 * length).rounded()) }
    if let baseband, let carrier {
      guard abs(baseband * length - Double(carrier)) < 1e-6 else { return nil }
      (first, last) = (carrier - segmentSamples / 2 + 2, carrier + segmentSamples / 2 - 2)
    }
    first = max(first, Int((lowest * length).rounded(.up)))
    last = min(last, Int((highest * length).rounded(.down)))
    bins = first..<max(first, last + 1)
    window = Window.hann.values(segmentSamples)
    windowPower = window.reduce(0) { $0 + $1 * $1 }
    input = AlignedBuffer(count: 2 * segmentSamples)
    spectrum = AlignedBuffer(count: 2 * segmentSamples + 2)
  }

  /// X of vector-network sections 0 and 4 for one segment, at all bins.
  ///
  /// - Parameters:
  ///   - samples: of the segment, complex ones as pairs.
  ///   - segment: its number; phases count from sample 0 of segment 0.
  ///   - amplitudes: receives one value for each of `bins`; left as it is when there are none.
  /// - Returns: false when a sample is missing (NaN).
  public func take(
    _ samples: UnsafeBufferPointer<Double>, segment: Int, into amplitudes: UnsafeMutablePointer<ComplexNumber>
  ) -> Bool {
    var sum = 0.0
    for sample in samples { sum += sample }
    guard sum.isFinite else { return false }
    if let carrier {
      complex(samples, segment: segment, carrier: carrier, into: amplitudes)
    } else {
      real(samples, sum, segment: segment, into: amplitudes)
    }
    return true
  }

  private func real(
    _ samples: UnsafeBufferPointer<Double>, _ sum: Double, segment: Int,
    into amplitudes: UnsafeMutablePointer<ComplexNumber>
  ) {
    precondition(samples.count == segmentSamples, "one segment")
    // The window keeps the mean out of all bins but two; without it nothing is lost to rounding.
    let mean = sum / Double(segmentSamples)
    for n in 0..<segmentSamples { input.pointer[n] = (samples[n] - mean) * window[n] }
    RealFourierTransform.shared(length: segmentSamples).forward(input.pointer, spectrum.pointer)
    let scale = (2 * sampleRate.interval / windowPower).squareRoot()
    for (number, k) in bins.enumerated() {
      // exp(2πi f t_s) with f t_s = k j/2.
      let sign = k & segment & 1 == 0 ? scale : -scale
      amplitudes[number] = ComplexNumber(spectrum.pointer[2 * k] * sign, -spectrum.pointer[2 * k + 1] * sign)
    }
  }

  private func complex(
    _ samples: UnsafeBufferPointer<Double>, segment: Int, carrier: Int,
    into amplitudes: UnsafeMutablePointer<ComplexNumber>
  ) {
    precondition(samples.count == 2 * segmentSamples, "one segment of complex samples")
    for n in 0..<segmentSamples {
      input.pointer[2 * n] = samples[2 * n] * window[n]
      input.pointer[2 * n + 1] = samples[2 * n + 1] * window[n]
    }
    // Σ w z exp(+2πi n k'/N)
    ComplexFourierTransform.shared(length: segmentSamples).inverse(input.pointer, spectrum.pointer)
    let scale = (sampleRate.interval / (2 * windowPower)).squareRoot()
    for (number, k) in bins.enumerated() {
      let offset = k - carrier
      let sign = offset & segment & 1 == 0 ? scale : -scale
      let bin = 2 * (offset < 0 ? offset + segmentSamples : offset)
      amplitudes[number] = ComplexNumber(spectrum.pointer[bin] * sign, spectrum.pointer[bin + 1] * sign)
    }
  }
}

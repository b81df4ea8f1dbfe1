import Foundation

/// How segments are weighted before their Fourier transform, and what that does to lines and to noise.
public enum LineWindow: String, Sendable, Codable {
  /// Segments that follow each other with all samples alike: independent noise, but a strong line leaks into all bins.
  case rectangular
  /// Segments that overlap by half under a Hann window: a line leaks with the inverse sixth power of the distance, and the
  /// noise of neighbours is correlated. With that correlation in the likelihood nothing is lost.
  case hann

  /// Seconds between the middles of neighbouring segments over the length of one.
  public var spacing: Double {
    switch self {
    case .rectangular: 1
    case .hann: 0.5
    }
  }

  /// ρ, the correlation of the noise of neighbouring segments at one frequency: Σ w_n w_(n+N/2)/Σ w_n².
  public var neighbourCorrelation: Double {
    switch self {
    case .rectangular: 0
    case .hann: 1.0 / 6
    }
  }

  /// What is kept of a line's power: that of the amplitude c sqrt(T/2) of a rectangular segment at the line's frequency.
  ///
  /// - Parameter bins: distance of the line from the frequency of the amplitude, times the length of a segment.
  public func power(bins: Double) -> Double {
    let x = abs(bins)
    let sinc = x < 1e-8 ? 1 : sin(.pi * x) / (.pi * x)
    switch self {
    case .rectangular: return sinc * sinc
    case .hann:
      // The limit at a distance of one bin, where sin(πx) and 1 - x² vanish together.
      let amplitude = abs(x - 1) < 1e-6 ? 0.5 : sinc / (1 - x * x)
      return 2.0 / 3 * amplitude * amplitude
    }
  }

  /// The largest `power` at a distance or beyond it.
  ///
  /// - Parameter bins: at least 2.
  public func leakage(bins: Double) -> Double {
    let x = max(2, abs(bins))
    switch self {
    case .rectangular: return 1 / (.pi * .pi * x * x)
    case .hann:
      let amplitude = 1 / (.pi * x * (x * x - 1))
      return 2.0 / 3 * amplitude * amplitude
    }
  }

  /// 1/(1 + 2ρ cos φ): the inverse of the noise's density for what turns by φ from segment to segment, in units of one
  /// segment's.
  ///
  /// - Parameter bins: distance of the line from the frequency of the amplitude, times the length of a segment.
  func inverseNoise(bins: Double) -> Double {
    1 / (1 + 2 * neighbourCorrelation * cos(2 * .pi * bins * spacing))
  }
}

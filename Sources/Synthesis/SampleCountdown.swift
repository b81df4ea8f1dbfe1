import Sky

/// Seconds from an instant to the samples of a stream, with no digits lost late in a run.
struct SampleCountdown {
  /// The last sample at or before the instant, and seconds from it to the instant.
  private let sample: Int64
  private let rest: Double
  private let interval: Double

  /// - Parameter nanoseconds: the instant, from the epoch.
  init(nanoseconds: Int64, sampleRate: SampleRate) {
    let unit = sampleRate.denominator * 1_000_000_000
    let (high, low) = nanoseconds.multipliedFullWidth(by: sampleRate.numerator)
    let (quotient, remainder) = unit.dividingFullWidth((high, low))
    sample = remainder < 0 ? quotient - 1 : quotient
    rest = Double(remainder < 0 ? remainder + unit : remainder) / Double(sampleRate.numerator) * 1e-9
    interval = sampleRate.interval
  }

  /// Seconds from the instant to the nominal time of a sample; exact zero for a sample at the instant.
  func seconds(to sample: Int64) -> Double {
    Double(sample - self.sample) * interval - rest
  }
}

/// Why clock data cannot be analysed, which input is at fault, and what to do about it.
public enum ClockAnalysisError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Lists that belong together differ in length.
  case sizeMismatch(input: String, expected: Int, found: Int)
  /// A value that should be a number is not; `sample` counts from 0.
  case notFinite(input: String, sample: Int)
  /// An uncertainty that is not above zero; `sample` counts from 0.
  case badUncertainty(sample: Int)
  /// Fewer samples than the fit has parameters to spare.
  case tooFewSamples(Int)
  /// The times of the samples do not tell a sinusoid of this frequency from an offset.
  case degenerate(frequency: Double)
  /// An option is out of its range.
  case invalidOption(name: String, reason: String)
  /// A covariance of two amplitudes that is none.
  case covarianceNotPositiveDefinite
  /// No threshold has this false-alarm probability.
  case noThreshold(falseAlarmProbability: Double)
  /// A statistic that needs a record without gaps.
  case gaps(statistic: String)
  /// No clock, or none that answers to the coupling.
  case noClocks

  public var description: String {
    switch self {
    case .sizeMismatch(let input, let expected, let found):
      "\(input): expected \(expected) entries, found \(found)"
    case .notFinite(let input, let sample):
      "\(input) of sample \(sample) (counted from 0) is not a finite number; leave the sample out"
    case .badUncertainty(let sample):
      "the uncertainty of sample \(sample) (counted from 0) must be a number above zero"
    case .tooFewSamples(let count):
      "\(count) samples; a sinusoid with an offset needs at least 4"
    case .degenerate(let frequency):
      "at \(frequency) Hz these samples do not tell a sinusoid from an offset: take a frequency above 1e-3 of the inverse "
        + "span that is no multiple of half the sampling rate"
    case .invalidOption(let name, let reason):
      "option \(name): \(reason)"
    case .covarianceNotPositiveDefinite:
      "the covariance is not positive definite: both variances must be positive and the covariance's square below their "
        + "product"
    case .noThreshold(let probability):
      "no threshold above 1/2 has the global false-alarm probability \(probability): search a wider band or ask for a "
        + "smaller probability"
    case .gaps(let statistic):
      "\(statistic) is defined for records without gaps only; take OADEV"
    case .noClocks:
      "there is no clock that answers to the signal"
    }
  }
}

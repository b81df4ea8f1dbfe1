import Glibc
import Numerics

/// Ways to state an upper limit on the amplitude of a sinusoid (physics page clock, section 5.1).
public enum AmplitudeLimit: String, Hashable, Sendable, Codable, CaseIterable {
  /// Quantile of the posterior with a flat prior of cosine and sine; exists for every covariance.
  case bayes
  /// Ratio of the probabilities to measure less with and without the signal.
  case cls
  /// The amplitude with which less would be measured with probability 1 - confidence; 0 when there is none.
  case neyman

  /// The limit for equal and independent errors of cosine and sine.
  ///
  /// - Parameters:
  ///   - amplitude: measured, at least zero, in units of the standard deviation of each quadrature.
  ///   - confidenceLevel: in (0, 1).
  /// - Returns: the limit in the same unit.
  public func value(amplitude: Double, confidenceLevel: Double = 0.95) -> Double {
    let missed = 1 - confidenceLevel
    let reach = (-2 * log1p(-confidenceLevel)).squareRoot()
    switch self {
    case .bayes:
      if amplitude == 0 { return reach }
      let circle = QuadratureCovariance(cosine: 1, mixed: 0, sine: 1)
      let posterior = try? AmplitudePosterior(cosine: amplitude, sine: 0, covariance: circle)
      return posterior?.upperLimit(confidenceLevel: confidenceLevel) ?? .nan
    case .cls:
      if amplitude == 0 { return reach }
      // The ratio is at most exp(-A²/2) for small amplitudes and the normal tail for large ones.
      return Self.solve(amplitude, missed * RiceDistribution.cumulative(amplitude, noncentrality: 0), reach)
    case .neyman:
      if RiceDistribution.cumulative(amplitude, noncentrality: 0) <= missed { return 0 }
      return Self.solve(amplitude, missed, reach)
    }
  }

  /// The true amplitude with which less than the measured one is found with a probability.
  private static func solve(_ amplitude: Double, _ probability: Double, _ reach: Double) -> Double {
    let logarithm = log(probability)
    return zero(
      of: { log(RiceDistribution.cumulative(amplitude, noncentrality: $0)) - logarithm },
      in: 0...(amplitude + reach + 1))
  }
}

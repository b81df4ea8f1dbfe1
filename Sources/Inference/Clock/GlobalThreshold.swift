import Glibc
import Numerics

/// The largest power that noise alone is likely to show anywhere in a band, by Baluev's formula (physics page clock,
/// section 5.3):
///
///     FAP(z) = 1 - (1 - exp(-z)) exp(-W sqrt(z) exp(-z)),   W = (f_2 - f_1) sqrt(4 pi var(t))
public struct GlobalThreshold: Hashable, Sendable {
  /// W, how many times the search looks elsewhere.
  public var effectiveNumber: Double

  /// - Parameters:
  ///   - band: width of the searched band in Hz.
  ///   - timeVariance: weighted variance of the times in s²; T²/12 without gaps.
  public init(band: Double, timeVariance: Double) {
    effectiveNumber = band * (4 * Double.pi * timeVariance).squareRoot()
  }

  /// Probability that the largest power of noise alone exceeds `power`; an upper bound below 1/2.
  public func falseAlarmProbability(power: Double) -> Double {
    guard power > 0 else { return 1 }
    return -expm1(log1p(-exp(-power)) - effectiveNumber * power.squareRoot() * exp(-power))
  }

  /// The power that noise alone exceeds anywhere with a probability.
  ///
  /// - Parameter probability: in (0, 1).
  /// - Throws: `ClockAnalysisError.noThreshold` when no power above 1/2 has it.
  public func power(falseAlarmProbability probability: Double) throws(ClockAnalysisError) -> Double {
    guard probability > 0, probability < 1, effectiveNumber.isFinite,
      falseAlarmProbability(power: 0.5) >= probability
    else { throw .noThreshold(falseAlarmProbability: probability) }
    // ln of minus ln(1 - FAP), which is nearly a straight line.
    let wanted = log(-log1p(-probability))
    let highest = 2 + log(1 + effectiveNumber) - 2 * log(probability) + log(1 + log(2 + effectiveNumber))
    return zero(
      of: { log(effectiveNumber * $0.squareRoot() * exp(-$0) - log1p(-exp(-$0))) - wanted }, in: 0.5...max(1, highest))
  }

  /// The power that the largest of so many independent exponential powers exceeds with a probability; too low as a
  /// threshold of a search, for comparison.
  public static func independentPower(number: Double, falseAlarmProbability: Double) -> Double {
    -log(-expm1(log1p(-falseAlarmProbability) / number))
  }
}

import Glibc

/// The value below which a chi-squared variable lies with a probability.
///
/// - Parameters:
///   - probability: in (0, 1).
///   - degreesOfFreedom: positive, not necessarily whole.
/// - Returns: the quantile; relative error about 1e-14, limited by that of `chiSquaredSurvival`.
public func chiSquaredQuantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
  precondition(probability > 0 && probability < 1 && degreesOfFreedom > 0, "a probability and degrees of freedom")
  let spread = (2 * degreesOfFreedom).squareRoot()
  let highest = log(degreesOfFreedom + 40 * spread + 1600)
  // Near zero the probability is a power of the value: a straight line in logarithms.
  let lowest = min(log(degreesOfFreedom) - 1, 2 / degreesOfFreedom * log(probability) - 40)
  return exp(
    zero(
      of: { 1 - probability - chiSquaredSurvival(exp($0), degreesOfFreedom: degreesOfFreedom) },
      in: max(-700, lowest)...highest))
}

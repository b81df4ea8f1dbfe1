import Foundation

/// Tail probabilities as logarithms, which stay finite where the probability itself underflows.
public enum Significance {
  /// ln P(X > x) for a chi-square variable with 1 to 4 degrees of freedom.
  ///
  /// - Parameters:
  ///   - x: the statistic; negative values count as 0.
  ///   - degreesOfFreedom: 1 to 4.
  public static func logChiSquaredSurvival(_ x: Double, degreesOfFreedom: Int) -> Double {
    precondition((1...4).contains(degreesOfFreedom), "closed forms for 1 to 4 degrees of freedom")
    guard x > 0 else { return 0 }
    let twoSided = log(2) + logNormalSurvival(x.squareRoot())
    switch degreesOfFreedom {
    case 1: return twoSided
    case 2: return -x / 2
    case 4: return log1p(x / 2) - x / 2
    default:
      let other = 0.5 * log(2 * x / .pi) - x / 2
      let larger = max(twoSided, other)
      return min(0, larger + log(exp(twoSided - larger) + exp(other - larger)))
    }
  }

  /// ln P(Z > z) for a standard normal variable.
  public static func logNormalSurvival(_ z: Double) -> Double {
    guard z > 25 else { return log(0.5 * erfc(z / 2.0.squareRoot())) }
    let square = 1 / (z * z)
    let series = 1 - square * (1 - 3 * square * (1 - 5 * square * (1 - 7 * square)))
    return -0.5 * z * z - 0.5 * log(2 * .pi) - log(z) + log(series)
  }

  /// The z with P(Z > z) equal to a probability given by its logarithm; 0 for a probability of one half or more.
  public static func equivalentSigma(logProbability: Double) -> Double {
    guard logProbability < log(0.5) else { return 0 }
    // Newton on the concave ln P(Z > z), from the far side of the root.
    var z = (-2 * logProbability).squareRoot()
    for _ in 0..<60 {
      let value = logNormalSurvival(z)
      let hazard = exp(-0.5 * z * z - 0.5 * log(2 * .pi) - value)
      let change = (value - logProbability) / hazard
      z += change
      if abs(change) <= 1e-14 * max(1, z) { break }
    }
    return z
  }
}

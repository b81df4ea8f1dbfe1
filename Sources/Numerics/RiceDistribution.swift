import Glibc

/// The distance from the origin of a point in the plane that scatters, with unit standard deviation along each axis,
/// about a place at the distance ν.
///
/// Probabilities are sums of positive terms, accurate in relative terms far into both tails.
public enum RiceDistribution {
  /// Probability density of the distance `x` ≥ 0: x exp(-(x² + ν²)/2) I_0(x ν).
  public static func density(_ x: Double, noncentrality: Double) -> Double {
    let difference = x - noncentrality
    return x * exp(-0.5 * difference * difference) * scaledBessel(x * noncentrality)
  }

  /// Probability of a distance below `x`.
  ///
  /// - Parameters:
  ///   - x: the distance in standard deviations; zero or less has probability zero.
  ///   - noncentrality: ν ≥ 0.
  public static func cumulative(_ x: Double, noncentrality: Double) -> Double {
    guard x > 0 else { return 0 }
    if noncentrality == 0 { return -expm1(-0.5 * x * x) }
    // Below this distance the density is less than exp(-40) of its largest value in the interval.
    let shortfall = max(0, noncentrality - x)
    let first = max(0, noncentrality - (shortfall * shortfall + 80).squareRoot())
    // Above this distance, likewise.
    let last = min(x, noncentrality + 10)
    return integral(noncentrality, first, last)
  }

  /// Probability of a distance above `x`.
  ///
  /// - Parameters: as `cumulative`.
  public static func survival(_ x: Double, noncentrality: Double) -> Double {
    guard x > 0 else { return 1 }
    if noncentrality == 0 { return exp(-0.5 * x * x) }
    let excess = max(0, x - noncentrality)
    let last = noncentrality + (excess * excess + 80).squareRoot() + 1
    return integral(noncentrality, max(x, noncentrality - 10), max(x, last))
  }

  private static let rule = GaussLegendre(count: 16)

  private static func integral(_ noncentrality: Double, _ first: Double, _ last: Double) -> Double {
    guard last > first else { return 0 }
    // Sixteen points integrate panels of two standard deviations to the last bit.
    let panels = Int(((last - first) / 2).rounded(.up))
    let half = 0.5 * (last - first) / Double(panels)
    var sum = 0.0
    for panel in 0..<panels {
      let centre = first + (2 * Double(panel) + 1) * half
      for (node, weight) in zip(rule.nodes, rule.weights) {
        sum += weight * density(centre + half * node, noncentrality: noncentrality)
      }
    }
    return half * sum
  }

  /// exp(-x) I_0(x), x ≥ 0.
  private static func scaledBessel(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    if x < 25 {
      let quarter = 0.25 * x * x
      var k = 1.0
      while term > 0x1p-54 * sum {
        term *= quarter / (k * k)
        sum += term
        k += 1
      }
      return sum * exp(-x)
    }
    // The terms of the asymptotic series decrease until k is about 2 x.
    var k = 1.0
    while term > 0x1p-54 * sum {
      term *= (2 * k - 1) * (2 * k - 1) / (8 * k * x)
      sum += term
      k += 1
    }
    return sum / (2 * Double.pi * x).squareRoot()
  }
}

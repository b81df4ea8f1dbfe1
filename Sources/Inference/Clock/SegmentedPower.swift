import Glibc
import Numerics

/// The sum S of the powers P of independent segments in noise alone, Gamma(Ks, 1), on the scale of a single power (physics page
/// clock, section 6, semi-coherent).
public enum SegmentedPower {
  /// -ln Q(Ks, S), which noise alone gives an exponential distribution of mean one like that of a power P.
  ///
  /// - Parameters:
  ///   - sum: S, not below zero.
  ///   - segments: Ks, at least 1.
  public static func power(sum: Double, segments: Int) -> Double {
    let shape = Double(segments)
    guard sum > shape else { return -log(regularizedUpperGamma(shape, sum)) }
    // Q = exp(-S) Σ_(j < Ks) S^j/j!, from the largest term down: no underflow however small Q is.
    var (term, total) = (1.0, 1.0)
    for j in stride(from: segments - 1, to: 0, by: -1) {
      term *= Double(j) / sum
      total += term
      if term < 1e-17 * total { break }
    }
    return sum - (shape - 1) * log(sum) + lgamma(shape).0 - log(total)
  }

  /// The sum whose `power` has a value.
  ///
  /// - Parameters:
  ///   - power: above zero.
  ///   - segments: Ks, at least 1.
  public static func sum(power: Double, segments: Int) -> Double {
    if segments == 1 { return power }
    let shape = Double(segments)
    // Q(K, S) is at least exp(-S), and below exp(-z) at K + sqrt(2 K z) + z (Laurent and Massart, 2000).
    return zero(
      of: { Self.power(sum: $0, segments: segments) - power },
      in: power...(shape + (2 * shape * power).squareRoot() + power + 1))
  }

  /// How often the sum rises through a value in a band of which a single power would be looked for W times: W times
  ///
  ///     S^(Ks - 1/2) exp(-S)/Gamma(Ks)
  ///
  /// S is half a chi-squared process of 2 Ks degrees of freedom; Rice's formula for these, which for Ks = 1 is Baluev's. With
  /// segments of unequal variances of time their mean gives an upper bound (Jensen).
  ///
  /// - Parameters:
  ///   - sum: S, above zero.
  ///   - segments: Ks, at least 1.
  public static func crossings(sum: Double, segments: Int) -> Double {
    let shape = Double(segments)
    return exp((shape - 0.5) * log(sum) - sum - lgamma(shape).0)
  }
}

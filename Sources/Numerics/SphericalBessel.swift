import Glibc

/// Spherical Bessel functions of the first kind for the two-point tensors (section 5.1), for any real argument.
public enum SphericalBessel {
  /// j0(z) = sin z/z.
  public static func j0(_ z: Double) -> Double {
    abs(z) < seriesLimit ? series(z, order: 0) : sin(z) / z
  }

  /// j1(z) = sin z/z^2 - cos z/z.
  public static func j1(_ z: Double) -> Double {
    z * j1OverArgument(z)
  }

  /// j1(z)/z, which is 1/3 at zero.
  public static func j1OverArgument(_ z: Double) -> Double {
    abs(z) < seriesLimit ? series(z, order: 1) : (sin(z) / z - cos(z)) / (z * z)
  }

  /// j2(z) = (3/z^3 - 1/z) sin z - 3 cos z/z^2.
  public static func j2(_ z: Double) -> Double {
    abs(z) < seriesLimit ? z * z * series(z, order: 2) : 3 * j1OverArgument(z) - sin(z) / z
  }

  /// Below this magnitude the closed forms lose digits to cancellation (j2 loses four at 0.3) and the series is used.
  private static let seriesLimit = 2.0

  /// j_n(z)/z^n = sum over k of (-z^2/2)^k/(k! (2n + 2k + 1)!!).
  private static func series(_ z: Double, order: Int) -> Double {
    let step = -z * z / 2
    var term = 1.0
    for factor in stride(from: 1, through: 2 * order + 1, by: 2) { term /= Double(factor) }
    var sum = term
    // Twelve terms leave less than 1e-18 of the first at z = 2.
    for k in 1...14 {
      term *= step / Double(k * (2 * order + 2 * k + 1))
      sum += term
    }
    return sum
  }
}

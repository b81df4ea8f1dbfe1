import Glibc

/// Errors of a sinusoid fitted with an offset to samples without gaps, the phase counted from the middle (physics page
/// clock, section 5.2).
public enum UniformSampling {
  /// Variances of cosine and sine in units of sigma²/N.
  ///
  /// - Parameter cycles: f T > 0, the frequency times the span.
  public static func variances(cycles: Double) -> (cosine: Double, sine: Double) {
    let w = 2 * Double.pi * cycles
    var cosine: Double
    var sine: Double
    if w < 4 {
      // (1 + sin w/w)/2 - (sin(w/2)/(w/2))² and (1 - sin w/w)/2 in powers of w², which begin with w⁴/720 and w²/12.
      cosine = 0
      sine = 0
      var power = 1.0
      for k in 1...30 {
        // (-1)^k w^(2k)/(2k + 1)!
        power *= -w * w / Double(2 * k * (2 * k + 1))
        cosine += power * Double(k - 1) / Double(2 * k + 2)
        sine -= 0.5 * power
      }
    } else {
      let wide = sin(w) / w
      let narrow = sin(0.5 * w) / (0.5 * w)
      cosine = 0.5 * (1 + wide) - narrow * narrow
      sine = 0.5 * (1 - wide)
    }
    return (1 / cosine, 1 / sine)
  }
}

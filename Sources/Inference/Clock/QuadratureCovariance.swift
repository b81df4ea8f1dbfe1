import Glibc

/// Covariance of the cosine and sine amplitudes of a sinusoid.
public struct QuadratureCovariance: Hashable, Sendable {
  /// V_cc.
  public var cosine: Double
  /// V_cs.
  public var mixed: Double
  /// V_ss.
  public var sine: Double

  public init(cosine: Double, mixed: Double, sine: Double) {
    self.cosine = cosine
    self.mixed = mixed
    self.sine = sine
  }

  /// Product of the variances along the principal axes.
  public var determinant: Double { cosine * sine - mixed * mixed }

  /// The covariance as seen from another origin of phase: that of c cos δ + s sin δ and s cos δ - c sin δ.
  ///
  /// - Parameters:
  ///   - cosine: cos δ.
  ///   - sine: sin δ.
  public func turned(cosine c: Double, sine s: Double) -> QuadratureCovariance {
    let cross = 2 * c * s * mixed
    return QuadratureCovariance(
      cosine: c * c * cosine + cross + s * s * self.sine,
      mixed: c * s * (self.sine - cosine) + (c * c - s * s) * mixed,
      sine: s * s * cosine - cross + c * c * self.sine)
  }

  /// The variances along the principal axes, and the direction of the larger one from the cosine axis in radians.
  public var principalAxes: (larger: Double, smaller: Double, angle: Double) {
    let mean = 0.5 * (cosine + sine)
    let half = 0.5 * (cosine - sine)
    let larger = mean + hypot(half, mixed)
    return (larger, determinant / larger, 0.5 * atan2(mixed, half))
  }
}

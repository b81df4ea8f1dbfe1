import Numerics

/// The standard halo: Maxwell's distribution of velocities, seen from a laboratory that moves through it (section 2).
///
/// f(v) = (π v_vir²)^(-3/2) exp(-|v - v̄|²/v_vir²); the escape speed does not cut it. A cold stream with a dispersion is
/// the same with a small v_vir. Any one unit of speed u serves; separations times mass are then in 1/u, delays times
/// mass in 1/u².
public struct HaloModel: Hashable, Sendable {
  /// v̄, the mean velocity of the dark matter in the laboratory: the opposite of the laboratory's through the halo.
  public var meanVelocity: SIMD3<Double>
  /// v_vir > 0; the variance along one axis is v_vir²/2.
  public var virialSpeed: Double

  public init(meanVelocity: SIMD3<Double>, virialSpeed: Double) {
    precondition(virialSpeed > 0, "a virial speed is positive")
    self.meanVelocity = meanVelocity
    self.virialSpeed = virialSpeed
  }

  /// The speed in units of c of a particle that is seen at a frequency, sqrt(2 (f/f_m - 1)) (section 5.5).
  ///
  /// - Parameters:
  ///   - frequency: f in Hz.
  ///   - restFrequency: f_m = m c²/h in Hz.
  /// - Returns: 0 at and below the rest frequency.
  public static func speed(frequency: Double, restFrequency: Double) -> Double {
    frequency > restFrequency ? (2 * (frequency - restFrequency) / restFrequency).squareRoot() : 0
  }

  /// dv/df in c/Hz, which turns densities per speed into densities per frequency.
  ///
  /// - Parameters:
  ///   - speed: v in units of c, positive.
  ///   - restFrequency: f_m in Hz.
  public static func speedPerFrequency(speed: Double, restFrequency: Double) -> Double {
    1 / (restFrequency * speed)
  }
}

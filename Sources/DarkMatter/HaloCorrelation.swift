import Glibc
import Numerics

/// The two-point matrices of a halo field at a separation in space and time, over all frequencies (section 5.4).
///
/// The carrier exp(-i m τ) and the prefactor (ρ, or ρ/m² for scalar and axial fields) multiply them.
///
/// The physics page's exponent β w.w - v̄²/v_vir² is a difference of large numbers for a cold stream. With
/// q = T v_vir²/2 and Y = X - T v̄, the distance to where the mean flow was, it is
/// -(1 - i q) v_vir² Y²/(4 (1 + q²)) + i v̄.(X - T v̄/2): bounded, without overflow and without loss.
public struct HaloCorrelation: Sendable {
  /// g0, the correlation of a scalar field.
  public let scalar: ComplexNumber
  /// 1/(2β), the spread of the velocities that contribute, in u².
  let spread: ComplexNumber
  /// w, their mean.
  let drift: ComplexVector

  /// The correlation of a halo's field at two events.
  ///
  /// - Parameters:
  ///   - halo: the velocities.
  ///   - separation: X = m (x_1 - x_2), in 1/u.
  ///   - delay: T = m (t_1 - t_2), in 1/u².
  public init(_ halo: HaloModel, separation: SIMD3<Double>, delay: Double = 0) {
    let (mean, virial) = (halo.meanVelocity, halo.virialSpeed)
    let q = delay * virial * virial / 2
    let stretch = hypot(1, q)
    let displacement = separation - delay * mean
    let distance = (virial / 2 / stretch) * displacement
    let decay = dot(distance, distance)
    let magnitude = exp(-decay) / (stretch * stretch.squareRoot())
    guard magnitude != 0 else {
      (scalar, spread, drift) = (.zero, .zero, ComplexVector(SIMD3()))
      return
    }
    let phase = dot(mean, separation - (delay / 2) * mean) + q * decay - 1.5 * atan(q)
    scalar = ComplexNumber(magnitude: magnitude, phase: phase)
    spread = ComplexNumber(virial * virial / 2) / ComplexNumber(1, q)
    drift = ComplexVector(mean - spread.imaginary * displacement, spread.real * displacement)
  }

  /// l_1i M_ij l_2j with the full complex matrix, for an amplitude of one (section 5.4, (50)).
  ///
  /// - Parameters:
  ///   - coupling: scalar and electric dipole have no unit, axion gradient and magnetic dipole u².
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func contraction(
    _ coupling: HaloCoupling, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    let parallel = dot(first, second)
    switch coupling {
    case .scalar: return scalar * parallel
    case .electricDipole: return scalar * (parallel / 3)
    case .axionGradient:
      return scalar * (spread * parallel + drift.dot(first) * drift.dot(second))
    case .magneticDipole:
      // (w.w)(l_1.l_2) - (l_1.w)(l_2.w) as a product of vector products: nothing cancels when l is along w.
      let across = drift.crossed(from: first).dot(drift.crossed(from: second))
      return scalar * (spread * (2 * parallel) + across) / 3
    }
  }
}

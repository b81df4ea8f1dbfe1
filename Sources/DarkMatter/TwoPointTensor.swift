import Foundation
import Numerics
import Sky

/// The two-point tensors of an isotropic field (vector-network section 5.1).
public enum TwoPointTensor: String, CaseIterable, Sendable, Hashable {
  /// δ_ij j0.
  case scalar
  /// Γ^L.
  case longitudinal
  /// Γ^I, one transverse mode or the mean of both helicities.
  case transverse
  /// Γ^V, half the difference of the helicities.
  case chirality

  /// l1_i Γ_ij(x1 - x2) l2_j.
  /// - Parameters:
  ///   - z: |p| |x1 - x2|.
  ///   - baseline: unit vector from sensor 2 to sensor 1.
  public func contraction(
    z: Double, baseline x: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> Double {
    let aligned = (first * second).sum()
    let along = (first * x).sum() * (second * x).sum()
    let (j0, ratio, j2) = (SphericalBessel.j0(z), SphericalBessel.j1OverArgument(z), SphericalBessel.j2(z))
    switch self {
    case .scalar: return aligned * j0
    case .longitudinal: return aligned * ratio - along * j2
    case .transverse: return 0.5 * (aligned * (j0 - ratio) + along * j2)
    case .chirality:
      let cross = SIMD3(
        first.y * second.z - first.z * second.y, first.z * second.x - first.x * second.z,
        first.x * second.y - first.y * second.x)
      return 0.5 * (cross * x).sum() * SphericalBessel.j1(z)
    }
  }
}

/// |p| in rad/m of a wave of a given frequency (vector-network section 0).
/// - Parameters:
///   - frequency: Hz.
///   - restFrequency: m c²/h in Hz; 0 for massless waves.
/// - Returns: 2π sqrt((f - f0)(f + f0))/c, 0 below the rest frequency.
public func wavenumber(frequency: Double, restFrequency: Double) -> Double {
  let square = (frequency - restFrequency) * (frequency + restFrequency)
  return square > 0 ? 2 * .pi * square.squareRoot() / 299_792_458 : 0
}

import Numerics

/// The right-handed vectors (e1, e2, p̂) of the modes of a wave, without a branch but at p̂_z = 0 (vector-network section
/// 0): ε_L = p̂, ε_R = (e1 + i e2)/√2, ε_Lh = (e1 - i e2)/√2.
public struct PolarizationBasis: Hashable, Sendable {
  public let e1: SIMD3<Double>
  public let e2: SIMD3<Double>

  /// - Parameter direction: p̂, of length one.
  public init(direction p: SIMD3<Double>) {
    let s = p.z >= 0 ? 1.0 : -1.0
    let a = -1 / (s + p.z)
    let b = p.x * p.y * a
    e1 = SIMD3(1 + s * p.x * p.x * a, s * b, -s * p.x)
    e2 = SIMD3(b, s + p.y * p.y * a, -p.y)
  }
}

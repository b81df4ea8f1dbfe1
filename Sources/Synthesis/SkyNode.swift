import DarkMatter
import Numerics

/// A direction of a sky quadrature in which a field has power.
struct SkyNode: Sendable {
  /// q, the number in the quadrature, by which its random numbers are drawn.
  let number: UInt32
  let direction: SIMD3<Double>
  /// sqrt(w_q g_q).
  let amplitude: Double
  private let basis: PolarizationBasis

  /// l.ε for mode 0 = L, 1 = R, 2 = Lh.
  ///
  /// - Parameter axis: l in the axes of the direction.
  func projection(_ axis: SIMD3<Double>, mode: UInt32) -> ComplexNumber {
    if mode == 0 { return ComplexNumber(dot(axis, direction)) }
    let half = 0.5.squareRoot()
    return ComplexNumber(half * dot(axis, basis.e1), (mode == 1 ? half : -half) * dot(axis, basis.e2))
  }

  /// The directions of a quadrature that have power, in its order.
  ///
  /// - Parameters:
  ///   - degree: of the quadrature.
  ///   - density: g, of mean one; where it is below 1e-20 a direction is left out.
  /// - Returns: nil where eight million directions, or one million with power, are not enough.
  static func all(degree: Double, density: (SIMD3<Double>) -> Double) -> [SkyNode]? {
    guard degree <= 4096 else { return nil }
    let quadrature = SkyQuadrature(degree: Int(degree))
    var nodes: [SkyNode] = []
    for number in 0..<quadrature.count {
      let direction = quadrature.direction(number)
      let density = density(direction)
      guard density > 1e-20 else { continue }
      guard nodes.count < 1_000_000 else { return nil }
      nodes.append(
        SkyNode(
          number: UInt32(number), direction: direction,
          amplitude: (quadrature.weight(number) * density).squareRoot(), basis: PolarizationBasis(direction: direction))
      )
    }
    return nodes
  }
}

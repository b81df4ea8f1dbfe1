import Glibc
import Numerics

/// Directions and weights for averages over the sky: exact for spherical harmonics up to `degree` (vector-network
/// sections 5.3 and 9.3).
///
/// Gauss-Legendre in the cosine of the polar angle, ascending, times an even grid of degree + 1 longitudes from zero.
/// The order of the nodes is shared by all that sum over them.
public struct SkyQuadrature: Hashable, Sendable {
  /// L_max.
  public let degree: Int
  /// Number of nodes.
  public var count: Int { cosines.count * (degree + 1) }

  private let cosines: [Double]
  private let ringWeights: [Double]
  /// (cos φ, sin φ) of the longitudes.
  private let longitudes: [SIMD2<Double>]

  /// - Parameter degree: L_max, not negative.
  public init(degree: Int) {
    precondition(degree >= 0, "a degree is not negative")
    self.degree = degree
    let rule = GaussLegendre(count: degree / 2 + 1)
    cosines = rule.nodes
    ringWeights = rule.weights.map { $0 / 2 / Double(degree + 1) }
    longitudes = (0...degree).map {
      let angle = 2 * Double.pi * Double($0) / Double(degree + 1)
      return SIMD2(cos(angle), sin(angle))
    }
  }

  /// Unit vector of node q = i (degree + 1) + j: ring i, longitude j.
  public func direction(_ node: Int) -> SIMD3<Double> {
    let (ring, step) = node.quotientAndRemainder(dividingBy: degree + 1)
    let cosine = cosines[ring]
    let sine = ((1 - cosine) * (1 + cosine)).squareRoot()
    return SIMD3(sine * longitudes[step].x, sine * longitudes[step].y, cosine)
  }

  /// Share of the sky of a node; the sum over all is one.
  public func weight(_ node: Int) -> Double {
    ringWeights[node / (degree + 1)]
  }
}

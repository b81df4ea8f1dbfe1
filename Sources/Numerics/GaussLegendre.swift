import Glibc

/// The Gauss-Legendre rule on -1 ... 1: exact for polynomials of degree 2 count - 1.
public struct GaussLegendre: Hashable, Sendable {
  /// Zeros of the Legendre polynomial P_count, ascending and symmetric; a middle one is exactly zero.
  public let nodes: [Double]
  /// Their weights; the sum is two.
  public let weights: [Double]

  /// - Parameter count: number of nodes, at least one.
  public init(count: Int) {
    precondition(count >= 1, "a rule has a node")
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    for index in 0..<(count + 1) / 2 {
      let isMiddle = 2 * index + 1 == count
      // Tricomi's approximation is so close to the zero that each of Newton's steps doubles the digits.
      let correction = 1 - Double(count - 1) / (8 * pow(Double(count), 3))
      var node = isMiddle ? 0 : correction * cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var (value, slope) = GaussLegendre.legendre(count, at: node)
      for _ in 0..<10 where !isMiddle {
        let step = value / slope
        node -= step
        (value, slope) = GaussLegendre.legendre(count, at: node)
        if abs(step) < 1e-15 { break }
      }
      (nodes[index], nodes[count - 1 - index]) = (-node, node)
      let weight = 2 / ((1 - node) * (1 + node) * slope * slope)
      (weights[index], weights[count - 1 - index]) = (weight, weight)
    }
    if count % 2 == 1 { nodes[count / 2] = 0 }
    self.nodes = nodes
    self.weights = weights
  }

  /// P_n and its derivative, |x| < 1.
  private static func legendre(_ n: Int, at x: Double) -> (value: Double, slope: Double) {
    var (previous, value) = (1.0, x)
    for k in stride(from: 2, through: n, by: 1) {
      // The recurrence k P_k = (2k - 1) x P_(k-1) - (k - 1) P_(k-2), arranged to round less.
      (previous, value) = (value, x * value + (x * value - previous) * (Double(k - 1) / Double(k)))
    }
    return (value, Double(n) * (previous - x * value) / ((1 - x) * (1 + x)))
  }
}

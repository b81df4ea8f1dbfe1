import Glibc
import Numerics

/// First-order change of the radius of a particle in a spherical well whose depth follows its own density, from which the
/// paper takes R01/(1 + R01) = 0.995 ± 0.005 (physics page clock, section 3).
///
/// Lengths are in units of the well's radius a, and 2 m_N = 1. R01 runs from +infinity through zero to -infinity as ka
/// goes from pi/2 to pi, so the paper's number holds at the ends only, where the correction exceeds what it corrects: an
/// input, not a result.
public struct SphericalWell: Hashable, Sendable {
  /// X, the depth of the well.
  public let depth: Double
  /// <r²> of the unperturbed state.
  public let meanSquareRadius: Double
  /// R01, the first-order change of <r²>.
  public let response: Double

  /// R01/(1 + R01).
  public var responseRatio: Double { response / (1 + response) }

  /// The ground state of a well.
  ///
  /// - Parameter ka: the wave number inside times the radius, between pi/2 and pi.
  /// - Throws: `SphericalWellError` outside of that range.
  public init(ka z: Double) throws(SphericalWellError) {
    guard z > .pi / 2, z < .pi else { throw SphericalWellError(ka: z) }
    let decay = -z * cos(z) / sin(z)
    depth = z * z / (sin(z) * sin(z))

    // u0 = n sin(z r) inside, edge exp(-decay (r - 1)) outside.
    let twice = 2 * z
    let insideNorm = 0.5 - sin(twice) / (2 * twice)
    let insideSquare =
      1.0 / 6 - 0.5 * (sin(twice) / twice + 2 * cos(twice) / (twice * twice) - 2 * sin(twice) / (twice * twice * twice))
    let length = 1 / (2 * decay)
    let outsideNorm = length * sin(z) * sin(z)
    let outsideSquare = sin(z) * sin(z) * (length + 2 * length * length + 2 * length * length * length)
    let n = 1 / (insideNorm + outsideNorm).squareRoot()
    let edge = n * sin(z)
    let square = (insideSquare + outsideSquare) / (insideNorm + outsideNorm)
    meanSquareRadius = square

    // (H0 - E) w = (r² - <r²>) u0 by polynomials times the two solutions; continuous at r = 1.
    let a = n / (6 * z)
    let c = -n / (4 * z * z)
    let b = c / z - square * n / twice
    let p = edge / (6 * decay)
    let q = edge / (4 * decay * decay)
    let s = (2 * q - square * edge) / (2 * decay)
    let constant = (a + b) * cos(z) + c * sin(z) - p - q - s
    func inside(_ r: Double) -> (u: Double, w: Double) {
      let (sine, cosine) = (sin(z * r), cos(z * r))
      return (n * sine, (a * r * r + b) * r * cosine + c * r * r * sine)
    }
    func outside(_ r: Double) -> (u: Double, w: Double) {
      let fall = exp(-decay * (r - 1))
      return (edge * fall, (((p * r + q) * r + s) * r + constant) * fall)
    }

    let rule = GaussLegendre(count: 24)
    // Sums over the well and, in panels that double, over the tail.
    var overlap = 0.0
    var (linear, linearOfState) = (0.0, 0.0)
    var (cubic, cubicOfState) = (0.0, 0.0)
    func add(_ first: Double, _ last: Double, isInside: Bool) {
      let (centre, half) = (0.5 * (first + last), 0.5 * (last - first))
      for (node, weight) in zip(rule.nodes, rule.weights) {
        let r = centre + half * node
        let (u, w) = isInside ? inside(r) : outside(r)
        let measure = half * weight
        overlap += measure * w * u
        if isInside {
          linear += measure * w * u
          linearOfState += measure * u * u
        }
        let density = u * u / (4 * .pi * r * r)
        cubic += measure * w * u * density
        cubicOfState += measure * u * u * density
      }
    }
    for panel in 0..<4 { add(0.25 * Double(panel), 0.25 * Double(panel + 1), isInside: true) }
    var (first, width) = (1.0, min(0.25, 0.5 / decay))
    while decay * (first - 1) < 40 {
      add(first, first + width, isInside: false)
      first += width
      width = min(2 * width, 1 / decay)
    }
    // With the part of w along u0 taken away.
    response = -2 * depth * (linear - overlap * linearOfState - cubic + overlap * cubicOfState)
  }
}

/// A well without exactly one bound state of the kind that is asked for.
public struct SphericalWellError: Error, Hashable, Sendable, CustomStringConvertible {
  public var ka: Double

  public var description: String { "ka is \(ka); the ground state of the well needs ka between pi/2 and pi" }
}

import DarkMatter
import Numerics
import Sky

/// The rows of the covariance factor of an isotropic field that one site's channels need (vector-network section 9.6).
///
/// In Earth-fixed axes the covariance of the three components at all sites is constant, so one factor a bin serves the
/// whole run. Row I of a Cholesky factor depends on the rows above it only: sites after the node's own are not needed.
struct CovarianceFactor {
  /// Number of independent amplitudes a bin: three for the site and each one before it.
  let columnCount: Int
  /// Real coefficients, order [column][channel][bin].
  let rows: [Double]

  /// - Parameters:
  ///   - positions: Earth-fixed positions in metres of the sites up to and including the node's own, in shared order.
  ///   - directions: Earth-fixed unit vectors of the channels.
  ///   - frequencies: of the bins, Hz.
  /// - Throws: `SynthesisError.singularCovariance`.
  init(
    background: IsotropicBackground, positions: [SIMD3<Double>], directions: [SIMD3<Double>], frequencies: [Double]
  ) throws(SynthesisError) {
    let order = 3 * positions.count
    columnCount = order
    let (pairs, distances) = CovarianceFactor.pairs(positions)
    var rows = [Double](repeating: 0, count: order * directions.count * frequencies.count)
    var matrix = [Double](repeating: 0, count: order * order)
    for (bin, frequency) in frequencies.enumerated() {
      let wavenumber = wavenumber(frequency: frequency, restFrequency: background.restFrequency)
      var pair = 0
      for first in positions.indices {
        for second in 0...first {
          let tensor = background.polarization(z: wavenumber * distances[pair])
          for i in 0..<3 {
            for j in 0..<3 {
              matrix[(3 * first + i) * order + 3 * second + j] = tensor.element(i, j, baseline: pairs[pair])
            }
          }
          pair += 1
        }
      }
      // A relative 1e-12 keeps the factor defined where sites are much closer than a wavelength.
      for row in 0..<order { matrix[row * (order + 1)] += 1e-12 / 3 }
      do {
        try CholeskyInPlace.factor(&matrix, order: order)
      } catch {
        throw .singularCovariance(frequency: frequency, reason: "\(error)")
      }
      let own = order - 3
      for (channel, direction) in directions.enumerated() {
        for column in 0..<order {
          var sum = 0.0
          for component in max(0, column - own)..<3 {
            sum += direction[component] * matrix[(own + component) * order + column]
          }
          rows[(column * directions.count + channel) * frequencies.count + bin] = sum
        }
      }
    }
    self.rows = rows
  }

  /// Unit baselines x_first - x_second and distances of all pairs second <= first; zero for a site and itself.
  private static func pairs(_ positions: [SIMD3<Double>]) -> ([SIMD3<Double>], [Double]) {
    var units: [SIMD3<Double>] = []
    var distances: [Double] = []
    for first in positions.indices {
      for second in 0...first {
        let baseline = positions[first] - positions[second]
        let distance = (baseline * baseline).sum().squareRoot()
        units.append(distance > 0 ? baseline / distance : SIMD3())
        distances.append(distance)
      }
    }
    return (units, distances)
  }
}

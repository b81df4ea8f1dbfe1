import Foundation
import Numerics

/// Mean of X X^T (real part) over complex Gaussian vectors of a real covariance, by Bartlett's decomposition.
func wishartMean(_ covariance: RealMatrix, samples: Int, _ stream: inout NormalStream) throws -> RealMatrix {
  let order = covariance.rows
  let root = try RealCholesky(of: covariance).lower
  var (real, imaginary) = (RealMatrix(rows: order, columns: order), RealMatrix(rows: order, columns: order))
  for row in 0..<order {
    for column in 0..<row {
      real[row, column] = stream.next() * 0.5.squareRoot()
      imaginary[row, column] = stream.next() * 0.5.squareRoot()
    }
    real[row, row] = stream.gamma(samples - row).squareRoot()
  }
  func product(_ a: RealMatrix, _ b: RealMatrix) -> RealMatrix {
    var result = RealMatrix(rows: order, columns: order)
    for i in 0..<order { for j in 0..<order { for k in 0..<order { result[i, j] += a[i, k] * b[k, j] } } }
    return result
  }
  let (x, y) = (product(root, real), product(root, imaginary))
  var result = RealMatrix(rows: order, columns: order)
  for i in 0..<order {
    for j in 0..<order {
      for k in 0..<order { result[i, j] += (x[i, k] * x[j, k] + y[i, k] * y[j, k]) / Double(samples) }
    }
  }
  return result
}

/// Where the parabola through evenly spaced values, by least squares, is highest.
struct ParabolaVertex {
  let places: [Double]
  let values: [Double]

  init(_ places: [Double], _ values: [Double]) { (self.places, self.values) = (places, values) }

  var place: Double {
    let middle = places.reduce(0, +) / Double(places.count)
    let x = places.map { $0 - middle }
    func sum(_ power: Int, _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + pow($1.0, Double(power)) * $1.1 } }
    let ones = x.map { _ in 1.0 }
    let slope = sum(1, values) / sum(2, ones)
    let count = Double(x.count)
    let curvature =
      (sum(2, values) - sum(2, ones) * sum(0, values) / count) / (sum(4, ones) - sum(2, ones) * sum(2, ones) / count)
    return middle - slope / (2 * curvature)
  }

  /// The standard deviation of the place when every value has an error, from its change with each of them.
  func error(relative: Double) -> Double {
    let own = place
    return values.indices.map { index in
      var moved = values
      moved[index] *= 1 + relative
      return pow(ParabolaVertex(places, moved).place - own, 2)
    }.reduce(0, +).squareRoot()
  }
}

import Numerics

/// Tells whether complex vectors are circular Gaussian with the covariances that are claimed for them.
///
/// Each vector is divided by the Cholesky factor of its covariance; the mean of w w^† is then the unit matrix, with
/// independent errors.
struct CovarianceCheck {
  private(set) var count = 0
  private let order: Int
  private var products: [ComplexNumber]
  private var pseudoProducts: [ComplexNumber]
  private var fourth = 0.0

  init(order: Int) {
    self.order = order
    products = Array(repeating: .zero, count: order * order)
    pseudoProducts = products
  }

  /// - Parameters:
  ///   - vector: z.
  ///   - covariance: E z z^†, row by row.
  mutating func add(_ vector: [ComplexNumber], covariance: [ComplexNumber]) {
    let factor = CovarianceCheck.cholesky(covariance, order: order)
    var w = vector
    for i in 0..<order {
      for j in 0..<i { w[i] -= factor[i * order + j] * w[j] }
      w[i] = w[i] / factor[i * order + i].real
    }
    for i in 0..<order {
      let power = w[i].magnitudeSquared
      fourth += power * power
      for j in 0...i {
        products[i * order + j] += w[i] * w[j].conjugate
        pseudoProducts[i * order + j] += w[i] * w[j]
      }
    }
    count += 1
  }

  /// Probability of a mean of w w^† this far from the unit matrix, by the sum of the squares of all its elements.
  var covarianceProbability: Double {
    let n = Double(count)
    var sum = 0.0
    for i in 0..<order {
      for j in 0...i {
        let mean = products[i * order + j] / n
        sum += i == j ? n * (mean.real - 1) * (mean.real - 1) : 2 * n * mean.magnitudeSquared
      }
    }
    return chiSquaredSurvival(sum, degreesOfFreedom: Double(order * order))
  }

  /// The same for the mean of w w^T, which vanishes for circular variables.
  var circularityProbability: Double {
    let n = Double(count)
    var sum = 0.0
    for i in 0..<order {
      for j in 0...i { sum += (i == j ? n : 2 * n) * (pseudoProducts[i * order + j] / n).magnitudeSquared }
    }
    return chiSquaredSurvival(sum, degreesOfFreedom: Double(order * (order + 1)))
  }

  /// Standard deviations by which the mean of |w|^4 is off from 2, that of a complex Gaussian.
  var kurtosisScore: Double {
    let n = Double(count * order)
    return (fourth / n - 2) / (20 / n).squareRoot()
  }

  private static func cholesky(_ matrix: [ComplexNumber], order: Int) -> [ComplexNumber] {
    var factor = matrix
    for i in 0..<order {
      for j in 0...i {
        var sum = matrix[i * order + j]
        for k in 0..<j { sum -= factor[i * order + k] * factor[j * order + k].conjugate }
        factor[i * order + j] = i == j ? ComplexNumber(sum.real.squareRoot()) : sum / factor[j * order + j].real
      }
    }
    return factor
  }
}

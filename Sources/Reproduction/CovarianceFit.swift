import Correlator
import Numerics

/// A model of the spectral matrices of a network with a few parameters, one matrix for each bin.
protocol CovarianceModel {
  var parameterCount: Int { get }
  var binCount: Int { get }

  /// Σ of a bin and its derivatives with the parameters.
  func covariance(bin: Int, parameters: [Double]) -> (value: ComplexMatrix, derivatives: [ComplexMatrix])
}

/// Maximum-likelihood estimates of a model's parameters with the exact Whittle likelihood (vector-network section 4).
struct CovarianceFit<Model: CovarianceModel> {
  var model: Model
  /// Independent samples behind the matrix of each bin.
  var samplesPerBin: Double

  /// The parameters at which the likelihood of measured matrices is largest, by Fisher scoring.
  ///
  /// - Parameters:
  ///   - data: mean of X X^H for each bin.
  ///   - start: the parameters to begin from.
  /// - Throws: `LinearAlgebraError` when the model is not positive definite at the start.
  func maximize(_ data: [ComplexMatrix], start: [Double]) throws -> [Double] {
    var parameters = start
    var score = try self.score(data, parameters)
    for _ in 0..<50 {
      let step = try RealCholesky(of: score.fisher).solve(score.gradient)
      let length = zip(step, score.gradient).reduce(0) { $0 + $1.0 * $1.1 }
      // The remaining step in standard deviations, squared.
      if length < 1e-10 { break }
      var share = 1.0
      while true {
        let trial = zip(parameters, step).map { $0 + share * $1 }
        if let next = try? self.score(data, trial), next.logLikelihood >= score.logLikelihood - 1e-9 {
          (parameters, score) = (trial, next)
          break
        }
        share /= 2
        if share < 1e-6 { return parameters }
      }
    }
    return parameters
  }

  /// The Fisher matrix F_ab = samples x sum over bins of Tr[Σ^-1 d_aΣ Σ^-1 d_bΣ].
  func fisher(_ parameters: [Double]) throws -> RealMatrix {
    try score(nil, parameters).fisher
  }

  private func score(
    _ data: [ComplexMatrix]?, _ parameters: [Double]
  ) throws -> (logLikelihood: Double, gradient: [Double], fisher: RealMatrix) {
    let count = model.parameterCount
    var logLikelihood = 0.0
    var gradient = [Double](repeating: 0, count: count)
    var fisher = RealMatrix(rows: count, columns: count)
    for bin in 0..<model.binCount {
      let (value, derivatives) = model.covariance(bin: bin, parameters: parameters)
      let factor = try ComplexCholesky(of: value)
      let inverse = factor.inverse()
      let products = derivatives.map { inverse * $0 }
      if let data {
        let ratio = inverse * data[bin]
        logLikelihood -= samplesPerBin * (Self.trace(ratio) + factor.logDeterminant)
        let excess = ratio - .identity(value.rows)
        for a in 0..<count { gradient[a] += samplesPerBin * Self.trace(excess, products[a]) }
      }
      for a in 0..<count {
        for b in 0...a {
          fisher[a, b] += samplesPerBin * Self.trace(products[a], products[b])
          fisher[b, a] = fisher[a, b]
        }
      }
    }
    return (logLikelihood, gradient, fisher)
  }

  private static func trace(_ matrix: ComplexMatrix) -> Double {
    (0..<matrix.rows).reduce(0) { $0 + matrix[$1, $1].real }
  }

  /// Re Tr[A B].
  private static func trace(_ a: ComplexMatrix, _ b: ComplexMatrix) -> Double {
    var sum = 0.0
    for i in 0..<a.rows { for j in 0..<a.columns { sum += (a[i, j] * b[j, i]).real } }
    return sum
  }
}

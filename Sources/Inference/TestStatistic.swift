import Glibc
import Numerics

/// The expected test statistic of one frequency bin when noise and signal are known (vector-network section 4).
public enum TestStatistic {
  /// The limit of weak signals: sum over all ordered pairs of [2 Re(S_IJ S^t_IJ*) - |S_IJ|²]/(N_I N_J), (30).
  ///
  /// - Parameters:
  ///   - signal: S of the template, n x n, Hermitian.
  ///   - trueSignal: S^t, n x n, Hermitian.
  ///   - noise: N_I, n positive densities.
  public static func weak(signal: ComplexMatrix, trueSignal: ComplexMatrix, noise: [Double]) -> Double {
    precondition(signal.rows == noise.count && trueSignal.rows == noise.count, "matrices of one size")
    var sum = 0.0
    for i in noise.indices {
      for j in noise.indices {
        // 2 Re(S S^t*) - |S|² = Re[S (2 S^t - S)*], each factor over one noise.
        let template = signal[i, j] / noise[i]
        let rest = (2 * trueSignal[i, j] - signal[i, j]) / noise[j]
        sum += template.real * rest.real + template.imaginary * rest.imaginary
      }
    }
    return sum
  }

  /// The exact Asimov value, 2 {Tr[(N^-1 - Σ^-1)(N + S^t)] - ln det Σ + ln det N} with Σ = N + S, (29).
  ///
  /// In the eigenbasis of the whitened template it is a sum over eigenvalues λ of 2 [λ d/(1 + λ) - g(λ)], where d is
  /// the whitened true power and g(λ) = ln(1 + λ) - λ/(1 + λ), both of which keep their digits for weak signals.
  ///
  /// - Parameters: as `weak`.
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` when Σ is not positive definite.
  public static func exact(
    signal: ComplexMatrix, trueSignal: ComplexMatrix, noise: [Double]
  ) throws(LinearAlgebraError) -> Double {
    let eigensystem = try HermitianEigensystem(of: whitened(signal, noise))
    let truth = whitened(trueSignal, noise)
    let order = noise.count
    var sum = 0.0
    for (column, eigenvalue) in eigensystem.values.enumerated() {
      guard eigenvalue > -1 else { throw .notPositiveDefinite(pivot: column, order: order) }
      let vector = (0..<order).map { eigensystem.vectors[$0, column] }
      let image = truth * vector
      var power = 0.0
      for i in 0..<order { power += vector[i].real * image[i].real + vector[i].imaginary * image[i].imaginary }
      sum += 2 * (eigenvalue * power / (1 + eigenvalue) - relativeEntropy(eigenvalue))
    }
    return sum
  }

  /// N^-1/2 S N^-1/2.
  private static func whitened(_ matrix: ComplexMatrix, _ noise: [Double]) -> ComplexMatrix {
    var result = matrix
    for i in noise.indices {
      for j in noise.indices {
        result[i, j] = matrix[i, j] / (noise[i].squareRoot() * noise[j].squareRoot())
      }
    }
    return result
  }
}

/// ln(1 + λ) - λ/(1 + λ), which is λ²/2 for small λ.
func relativeEntropy(_ eigenvalue: Double) -> Double {
  let fraction = eigenvalue / (1 + eigenvalue)
  guard abs(fraction) < 0.1 else { return log1p(eigenvalue) - fraction }
  // With y = λ/(1 + λ) it is -ln(1 - y) - y, the sum of y^k/k from k = 2; seventeen terms reach 1e-17 of the first.
  var sum = 0.0
  for k in stride(from: 18, through: 2, by: -1) { sum = sum * fraction + 1 / Double(k) }
  return sum * fraction * fraction
}

/// A factor L of few columns of a Hermitian positive semidefinite matrix, S = L L† up to a stated trace.
///
/// Cholesky's algorithm with pivoting: it asks for one column of the matrix after the other, the one with the largest
/// diagonal left, until what is left is small. The matrix itself is never stored.
public struct LowRankFactor: Sendable {
  /// Rows of L.
  public let order: Int
  /// Columns of L.
  public let rank: Int
  /// Real parts of L, column by column, rank x order.
  public let real: [Double]
  public let imaginary: [Double]
  /// Trace of S - L L† over the trace of S.
  public let residual: Double

  /// Factors a matrix.
  ///
  /// - Parameters:
  ///   - diagonal: S_ii, not negative.
  ///   - tolerance: the relative trace at which to stop.
  ///   - column: writes the real and imaginary parts of S_ij, all i, for the j it is given.
  public init(
    diagonal: [Double], tolerance: Double,
    column: (_ j: Int, _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>) -> Void
  ) {
    let order = diagonal.count
    let trace = diagonal.reduce(0, +)
    var left = diagonal
    var (re, im): ([Double], [Double]) = ([], [])
    var (columnReal, columnImaginary) = ([Double](repeating: 0, count: order), [Double](repeating: 0, count: order))
    var rank = 0
    var rest = trace
    while rank < order, rest > tolerance * trace, let pivot = left.indices.max(by: { left[$0] < left[$1] }),
      left[pivot] > 1e-14 * trace
    {
      column(pivot, &columnReal, &columnImaginary)
      for k in 0..<rank {
        // Subtract L_ik conj(L_pk).
        let (a, b) = (re[k * order + pivot], im[k * order + pivot])
        re.withUnsafeBufferPointer { re in
          im.withUnsafeBufferPointer { im in
            let base = k * order
            for i in 0..<order { columnReal[i] -= re[base + i] * a + im[base + i] * b }
            for i in 0..<order { columnImaginary[i] -= im[base + i] * a - re[base + i] * b }
          }
        }
      }
      let scale = 1 / left[pivot].squareRoot()
      for i in 0..<order {
        columnReal[i] *= scale
        columnImaginary[i] *= scale
        left[i] = max(0, left[i] - columnReal[i] * columnReal[i] - columnImaginary[i] * columnImaginary[i])
      }
      left[pivot] = 0
      re += columnReal
      im += columnImaginary
      rank += 1
      rest = left.reduce(0, +)
    }
    self.order = order
    self.rank = rank
    real = re
    imaginary = im
    residual = trace > 0 ? rest / trace : 0
  }
}

import COpenBLAS

/// Eigenvalues and eigenvectors of a complex Hermitian matrix.
public struct HermitianEigensystem: Sendable {
  /// The eigenvalues, ascending.
  public let values: [Double]
  /// The orthonormal eigenvectors as columns, in the order of the values; each has an arbitrary phase.
  public let vectors: ComplexMatrix

  /// Solves the eigenvalue problem of a matrix; only its lower triangle and the real parts of its diagonal are read.
  ///
  /// - Throws: `LinearAlgebraError` when the matrix is not square or not finite, or when LAPACK does not converge.
  public init(of matrix: ComplexMatrix) throws(LinearAlgebraError) {
    let order = matrix.rows
    guard matrix.columns == order else { throw .notSquare(rows: order, columns: matrix.columns) }
    for i in 0..<order {
      for j in 0...i where !(matrix[i, j].real.isFinite && matrix[i, j].imaginary.isFinite) {
        throw .notFinite(row: i, column: j)
      }
    }
    // OpenBLAS 0.3.21 reads up to a row beyond the end of matrices of more than 32 rows.
    var storage = matrix.elements + [ComplexNumber](repeating: .zero, count: order)
    var values = [Double](repeating: 0, count: order)
    let n = Int32(order)
    let info = storage.withUnsafeMutableBufferPointer { buffer in
      LAPACKE_zheev(
        LinearAlgebraLibrary.layout, CChar(UInt8(ascii: "V")), LinearAlgebraLibrary.lowerByRows, n,
        buffer.baseAddress.map { OpaquePointer($0) }, max(n, 1), &values)
    }
    guard info == 0 else { throw .noConvergence(order: order) }
    self.values = values
    // The library saw the transpose, the conjugate of the matrix: its eigenvectors, one a row here, are conjugates.
    storage.removeLast(order)
    vectors = ComplexMatrix(rows: order, columns: order, elements: storage).adjoint
  }
}

/// Eigenvalues and eigenvectors of a real symmetric matrix.
public struct SymmetricEigensystem: Sendable {
  /// The eigenvalues, ascending.
  public let values: [Double]
  /// The orthonormal eigenvectors as columns, in the order of the values; each has an arbitrary sign.
  public let vectors: RealMatrix

  /// Solves the eigenvalue problem of a matrix; only its lower triangle is read.
  ///
  /// - Throws: `LinearAlgebraError` when the matrix is not square or not finite, or when LAPACK does not converge.
  public init(of matrix: RealMatrix) throws(LinearAlgebraError) {
    let order = matrix.rows
    guard matrix.columns == order else { throw .notSquare(rows: order, columns: matrix.columns) }
    for i in 0..<order {
      for j in 0...i where !matrix[i, j].isFinite { throw .notFinite(row: i, column: j) }
    }
    var storage = matrix.elements
    var values = [Double](repeating: 0, count: order)
    let n = Int32(order)
    let info = LAPACKE_dsyev(
      LinearAlgebraLibrary.layout, CChar(UInt8(ascii: "V")), LinearAlgebraLibrary.lowerByRows, n, &storage, max(n, 1),
      &values)
    guard info == 0 else { throw .noConvergence(order: order) }
    self.values = values
    vectors = RealMatrix(rows: order, columns: order, elements: storage).transposed
  }
}

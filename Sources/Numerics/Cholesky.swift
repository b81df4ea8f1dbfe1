/// Cholesky's factor L of a positive definite real symmetric matrix A = L L^T.
public struct RealCholesky: Sendable {
  /// L, lower triangular with positive diagonal; zeros above it.
  public let lower: RealMatrix

  /// Factors a matrix; only its lower triangle is read.
  ///
  /// - Throws: `LinearAlgebraError` when the matrix is not square or not positive definite.
  public init(of matrix: RealMatrix) throws(LinearAlgebraError) {
    let order = matrix.rows
    guard matrix.columns == order else { throw .notSquare(rows: order, columns: matrix.columns) }
    var lower = matrix
    for i in 0..<order { for j in 0..<i { lower[j, i] = 0 } }
    try CholeskyInPlace.factor(&lower.elements, order: order)
    self.lower = lower
  }

  /// x of A x = b.
  public func solve(_ vector: [Double]) -> [Double] {
    precondition(vector.count == lower.rows, "as many elements as rows")
    var result = vector
    CholeskyInPlace.solve(factor: lower.elements, order: lower.rows, &result)
    return result
  }

  /// The inverse of A, symmetric to the last bit.
  public func inverse() -> RealMatrix {
    var result = lower
    CholeskyInPlace.invert(&result.elements, order: lower.rows)
    return result
  }

  /// ln det A.
  public var logDeterminant: Double {
    CholeskyInPlace.logDeterminant(factor: lower.elements, order: lower.rows)
  }
}

/// Cholesky's factor L of a positive definite complex Hermitian matrix A = L L^H.
public struct ComplexCholesky: Sendable {
  /// L, lower triangular with positive real diagonal; zeros above it.
  public let lower: ComplexMatrix

  /// Factors a matrix; only its lower triangle and the real parts of its diagonal are read.
  ///
  /// - Throws: `LinearAlgebraError` when the matrix is not square or not positive definite.
  public init(of matrix: ComplexMatrix) throws(LinearAlgebraError) {
    let order = matrix.rows
    guard matrix.columns == order else { throw .notSquare(rows: order, columns: matrix.columns) }
    var lower = matrix
    for i in 0..<order {
      lower[i, i].imaginary = 0
      for j in 0..<i { lower[j, i] = .zero }
    }
    try CholeskyInPlace.factor(&lower.elements, order: order)
    self.lower = lower
  }

  /// x of A x = b.
  public func solve(_ vector: [ComplexNumber]) -> [ComplexNumber] {
    precondition(vector.count == lower.rows, "as many elements as rows")
    var result = vector
    CholeskyInPlace.solve(factor: lower.elements, order: lower.rows, &result)
    return result
  }

  /// The inverse of A, Hermitian to the last bit.
  public func inverse() -> ComplexMatrix {
    var result = lower
    CholeskyInPlace.invert(&result.elements, order: lower.rows)
    return result
  }

  /// ln det A.
  public var logDeterminant: Double {
    CholeskyInPlace.logDeterminant(factor: lower.elements, order: lower.rows)
  }
}

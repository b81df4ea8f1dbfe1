/// Why a problem of linear algebra has no answer.
public enum LinearAlgebraError: Error, Equatable, Sendable {
  /// The leading minor that ends with `pivot` (the first is 0) of a matrix of `order` rows is not positive.
  case notPositiveDefinite(pivot: Int, order: Int)
  /// A matrix of `rows` x `columns` where one of `order` x `order` is needed.
  case notSquare(rows: Int, columns: Int)
  /// An element that is infinite or not a number.
  case notFinite(row: Int, column: Int)
  /// The iteration for the eigenvalues of a matrix of `order` rows did not converge.
  case noConvergence(order: Int)
}

extension LinearAlgebraError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notPositiveDefinite(let pivot, let order):
      "the \(order) x \(order) matrix is not positive definite: pivot \(pivot) (counted from 0) is not positive; "
        + "look at the row of that number for a zero or negative diagonal, or for a copy of an earlier row"
    case .notSquare(let rows, let columns):
      "a \(rows) x \(columns) matrix was given where a square one is needed"
    case .notFinite(let row, let column):
      "element (\(row), \(column)), counted from 0, of the matrix is infinite or not a number; "
        + "remove it before the decomposition"
    case .noConvergence(let order):
      "the eigenvalues of the \(order) x \(order) matrix did not converge; look for elements of extreme size"
    }
  }
}

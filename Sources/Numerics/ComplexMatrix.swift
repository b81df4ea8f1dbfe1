/// A matrix of complex numbers, stored row by row.
public struct ComplexMatrix: Sendable, Hashable, Codable {
  public let rows: Int
  public let columns: Int
  /// The elements; element (i, j) is at i columns + j.
  public var elements: [ComplexNumber]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: [ComplexNumber](repeating: .zero, count: rows * columns))
  }

  /// A matrix from its elements, row by row.
  public init(rows: Int, columns: Int, elements: [ComplexNumber]) {
    precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns, "rows x columns elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix from its rows, all of one length.
  public init(_ rows: [[ComplexNumber]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of one length")
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }

  /// The unit matrix.
  public static func identity(_ order: Int) -> ComplexMatrix {
    var matrix = ComplexMatrix(rows: order, columns: order)
    for i in 0..<order { matrix[i, i] = .one }
    return matrix
  }

  @inlinable
  public subscript(row: Int, column: Int) -> ComplexNumber {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The conjugate transpose.
  public var adjoint: ComplexMatrix {
    var result = ComplexMatrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j].conjugate } }
    return result
  }

  public static func + (a: ComplexMatrix, b: ComplexMatrix) -> ComplexMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns, "matrices of one shape")
    return ComplexMatrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map(+))
  }

  public static func - (a: ComplexMatrix, b: ComplexMatrix) -> ComplexMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns, "matrices of one shape")
    return ComplexMatrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map(-))
  }

  public static func * (a: Double, b: ComplexMatrix) -> ComplexMatrix {
    ComplexMatrix(rows: b.rows, columns: b.columns, elements: b.elements.map { a * $0 })
  }

  public static func * (a: ComplexMatrix, b: ComplexMatrix) -> ComplexMatrix {
    precondition(a.columns == b.rows, "as many columns on the left as rows on the right")
    var result = ComplexMatrix(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let factor = a[i, k]
        for j in 0..<b.columns { result[i, j] += factor * b[k, j] }
      }
    }
    return result
  }

  public static func * (a: ComplexMatrix, b: [ComplexNumber]) -> [ComplexNumber] {
    precondition(a.columns == b.count, "as many columns as elements of the vector")
    return (0..<a.rows).map { i in (0..<a.columns).reduce(.zero) { $0 + a[i, $1] * b[$1] } }
  }
}

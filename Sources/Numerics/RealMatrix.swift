/// A matrix of doubles, stored row by row.
public struct RealMatrix: Sendable, Hashable, Codable {
  public let rows: Int
  public let columns: Int
  /// The elements; element (i, j) is at i columns + j.
  public var elements: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: [Double](repeating: 0, count: rows * columns))
  }

  /// A matrix from its elements, row by row.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns, "rows x columns elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix from its rows, all of one length.
  public init(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of one length")
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }

  /// The unit matrix.
  public static func identity(_ order: Int) -> RealMatrix {
    var matrix = RealMatrix(rows: order, columns: order)
    for i in 0..<order { matrix[i, i] = 1 }
    return matrix
  }

  @inlinable
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  public var transposed: RealMatrix {
    var result = RealMatrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  public static func + (a: RealMatrix, b: RealMatrix) -> RealMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns, "matrices of one shape")
    return RealMatrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map(+))
  }

  public static func - (a: RealMatrix, b: RealMatrix) -> RealMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns, "matrices of one shape")
    return RealMatrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map(-))
  }

  public static func * (a: Double, b: RealMatrix) -> RealMatrix {
    RealMatrix(rows: b.rows, columns: b.columns, elements: b.elements.map { a * $0 })
  }

  public static func * (a: RealMatrix, b: RealMatrix) -> RealMatrix {
    precondition(a.columns == b.rows, "as many columns on the left as rows on the right")
    var result = RealMatrix(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let factor = a[i, k]
        for j in 0..<b.columns { result[i, j] += factor * b[k, j] }
      }
    }
    return result
  }

  public static func * (a: RealMatrix, b: [Double]) -> [Double] {
    precondition(a.columns == b.count, "as many columns as elements of the vector")
    return (0..<a.rows).map { i in (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1] } }
  }
}

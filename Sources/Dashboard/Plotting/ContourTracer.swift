/// Numbers at the nodes of a rectangular grid, and the areas in which they are large.
struct ContourTracer {
  let columns: Int
  let rows: Int
  /// Order [row][column].
  let values: [Double]

  init(columns: Int, rows: Int, values: [Double]) {
    precondition(values.count == columns * rows, "a value for each node")
    self.columns = columns
    self.rows = rows
    self.values = values
  }

  /// The side of a cell of the grid, by the node it starts from.
  private struct Edge: Hashable {
    var column: Int
    var row: Int
    /// Towards the next column, or else the next row.
    var isHorizontal: Bool
  }

  /// Closed outlines of the area in which the value, linear along the sides of cells, is at least `level`. Beyond the grid
  /// nothing is.
  ///
  /// - Returns: points in units of grid steps.
  func outlines(_ level: Double) -> [[SIMD2<Double>]] {
    var next: [Edge: Edge] = [:]
    var starts: [Edge] = []
    // One cell more on each side, so that every outline closes.
    for row in -1..<rows {
      for column in -1..<columns {
        let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
        let isInside = corners.map { value($0.0, $0.1) >= level }
        let count = isInside.count { $0 }
        if count == 0 || count == 4 { continue }
        let sides = [
          Edge(column: column, row: row, isHorizontal: true),
          Edge(column: column + 1, row: row, isHorizontal: false),
          Edge(column: column, row: row + 1, isHorizontal: true),
          Edge(column: column, row: row, isHorizontal: false),
        ]
        // Going around the cell, the outline enters where the sides lead into the area and leaves where they lead out;
        // with two areas in a cell each keeps to its own corner.
        for side in 0..<4 where !isInside[side] && isInside[(side + 1) % 4] {
          var leaving = (side + 1) % 4
          while isInside[(leaving + 1) % 4] { leaving = (leaving + 1) % 4 }
          next[sides[leaving]] = sides[side]
          starts.append(sides[leaving])
        }
      }
    }
    var outlines: [[SIMD2<Double>]] = []
    for start in starts {
      var outline: [SIMD2<Double>] = []
      var edge = start
      while let following = next.removeValue(forKey: edge) {
        outline.append(crossing(edge, level))
        edge = following
      }
      if outline.count >= 3 { outlines.append(outline) }
    }
    return outlines
  }

  private func value(_ column: Int, _ row: Int) -> Double {
    column >= 0 && row >= 0 && column < columns && row < rows ? values[row * columns + column] : -.infinity
  }

  private func crossing(_ edge: Edge, _ level: Double) -> SIMD2<Double> {
    let (first, second) = (
      value(edge.column, edge.row),
      edge.isHorizontal ? value(edge.column + 1, edge.row) : value(edge.column, edge.row + 1)
    )
    var share = (level - first) / (second - first)
    if first == -.infinity { share = 1 } else if second == -.infinity { share = 0 }
    let place = SIMD2(Double(edge.column), Double(edge.row))
    return edge.isHorizontal ? place + SIMD2(share, 0) : place + SIMD2(0, share)
  }
}

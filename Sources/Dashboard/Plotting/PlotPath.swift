/// Curves as SVG path data.
enum PlotPath {
  /// Points in pixels split at the gaps.
  static func runs(_ points: [SIMD2<Double>?]) -> [[SIMD2<Double>]] {
    points.split { $0 == nil }.map { $0.compactMap(\.self) }
  }

  /// The polyline through the points, thinned to what a screen can show.
  static func data(_ run: [SIMD2<Double>]) -> String {
    let points = thinned(run)
    guard let first = points.first else { return "" }
    var result = "M\(svgNumber(first.x)) \(svgNumber(first.y))"
    if points.count == 1 {
      // A line of no length with round caps is a dot: a lone value between gaps stays visible.
      return result + "h0"
    }
    for point in points.dropFirst() {
      result += "L\(svgNumber(point.x)) \(svgNumber(point.y))"
    }
    return result
  }

  /// The closed area between two runs over the same x.
  static func area(upper: [SIMD2<Double>], lower: [SIMD2<Double>]) -> String {
    let outline = thinned(upper) + thinned(lower).reversed()
    return outline.count < 3 ? "" : data(outline) + "Z"
  }

  /// First, lowest, highest and last of the points that share half a pixel column: the picture stays the same, the file
  /// stays small.
  static func thinned(_ run: [SIMD2<Double>]) -> [SIMD2<Double>] {
    guard run.count > 200 else { return run }
    var result: [SIMD2<Double>] = []
    var start = 0
    while start < run.count {
      let column = (2 * run[start].x).rounded(.down)
      var end = start + 1
      while end < run.count, (2 * run[end].x).rounded(.down) == column { end += 1 }
      if end - start <= 4 {
        result += run[start..<end]
      } else {
        var lowest = start
        var highest = start
        for index in start..<end {
          if run[index].y < run[lowest].y { lowest = index }
          if run[index].y > run[highest].y { highest = index }
        }
        for index in Set([start, lowest, highest, end - 1]).sorted() { result.append(run[index]) }
      }
      start = end
    }
    return result
  }
}

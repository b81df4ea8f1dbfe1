/// Places data inside the frame of one plot and draws it there.
struct PlotSeriesDrawing {
  var xScale: AxisScale
  var yScale: AxisScale
  /// Pixels of the frame; coordinates start at its upper left corner.
  var width: Double
  var height: Double

  func draw(_ series: PlotSeries, into elements: inout SVGElements) {
    switch series.shape {
    case .line(let x, let y):
      drawLine(zip(x, y).map(point), series, &elements)
    case .step(let edges, let y):
      drawLine(steps(edges, y), series, &elements)
    case .points(let x, let y, let error):
      drawPoints(x, y, error, series, &elements)
    case .band(let x, let lower, let upper):
      drawBand(x, lower, upper, series, &elements)
    case .vertical(let x):
      guard let share = xScale.position(x) else { return }
      drawRule(SIMD2(share * width, 0), SIMD2(share * width, height), series, &elements)
    case .horizontal(let y):
      guard let share = yScale.position(y) else { return }
      drawRule(SIMD2(0, (1 - share) * height), SIMD2(width, (1 - share) * height), series, &elements)
    }
  }

  private func point(_ x: Double, _ y: Double) -> SIMD2<Double>? {
    guard let right = xScale.position(x), let up = yScale.position(y) else { return nil }
    return SIMD2(right * width, (1 - up) * height)
  }

  private func steps(_ edges: [Double], _ y: [Double]) -> [SIMD2<Double>?] {
    zip(y, zip(edges, edges.dropFirst())).flatMap { value, interval -> [SIMD2<Double>?] in
      guard let start = point(interval.0, value), let end = point(interval.1, value) else { return [nil] }
      return [start, end]
    }
  }

  private func drawLine(_ points: [SIMD2<Double>?], _ series: PlotSeries, _ elements: inout SVGElements) {
    let data = PlotPath.runs(points).map(PlotPath.data).joined()
    elements.path(data, class: "curve \(series.colour.rawValue)", attributes: strokeAttributes(series))
  }

  private func drawRule(
    _ start: SIMD2<Double>, _ end: SIMD2<Double>, _ series: PlotSeries, _ elements: inout SVGElements
  ) {
    elements.line(start, end, class: "butt \(series.colour.rawValue)", attributes: strokeAttributes(series))
  }

  private func drawBand(
    _ x: [Double], _ lower: [Double], _ upper: [Double], _ series: PlotSeries, _ elements: inout SVGElements
  ) {
    // A band edge that a logarithmic axis cannot show (zero, negative) lies below the plot.
    let floor = { (value: Double) in yScale.kind == .logarithmic && value <= 0 ? yScale.lower / 10 : value }
    let pairs = zip(x, zip(lower, upper)).map { x, edges -> [SIMD2<Double>]? in
      guard let low = point(x, floor(edges.0)), let high = point(x, floor(edges.1)) else { return nil }
      return [low, high]
    }
    let data = pairs.split { $0 == nil }.map { run in
      let edges = run.compactMap(\.self)
      return PlotPath.area(upper: edges.map { $0[1] }, lower: edges.map { $0[0] })
    }
    elements.path(
      data.joined(), class: "area \(series.colour.rawValue)",
      attributes: " fill-opacity=\"\(svgNumber(series.opacity))\"")
  }

  private func drawPoints(
    _ x: [Double], _ y: [Double], _ error: [Double], _ series: PlotSeries, _ elements: inout SVGElements
  ) {
    var bars = ""
    for ((x, y), error) in zip(zip(x, y), error) where error.isFinite && error > 0 {
      // The foot of a bar that reaches below zero on a logarithmic axis is the foot of the plot.
      let foot = yScale.kind == .logarithmic ? max(y - error, yScale.lower / 10) : y - error
      if let low = point(x, foot), let high = point(x, y + error), point(x, y) != nil {
        bars += "M\(svgNumber(low.x)) \(svgNumber(low.y))V\(svgNumber(high.y))"
      }
    }
    elements.path(
      bars, class: "butt \(series.colour.rawValue)",
      attributes: " stroke-width=\"\(svgNumber(min(1, series.width)))\" opacity=\"\(svgNumber(series.opacity))\"")
    var markers = ""
    for (index, pair) in zip(x, y).enumerated() {
      guard let center = point(pair.0, pair.1) else { continue }
      let data = Self.markerPath(series.marker, center, series.markerSize)
      if index < series.tooltips.count {
        Self.drawMarkers(data, series, &elements, tooltip: series.tooltips[index])
      } else {
        markers += data
      }
    }
    Self.drawMarkers(markers, series, &elements)
  }

  static func drawMarkers(
    _ data: String, _ series: PlotSeries, _ elements: inout SVGElements, tooltip: String? = nil
  ) {
    let kind: String
    switch series.marker {
    case .disc: kind = "area"
    case .circle: kind = "open"
    case .dash: kind = "butt"
    }
    elements.path(
      data, class: "\(kind) \(series.colour.rawValue)",
      attributes: " stroke-width=\"\(svgNumber(series.width))\" opacity=\"\(svgNumber(series.opacity))\"",
      tooltip: tooltip)
  }

  static func markerPath(_ marker: PlotSeries.Marker, _ center: SIMD2<Double>, _ size: Double) -> String {
    let half = size / 2
    let (y, radius) = (svgNumber(center.y), svgNumber(half))
    switch marker {
    case .disc, .circle:
      let across = svgNumber(size)
      return "M\(svgNumber(center.x - half)) \(y)a\(radius) \(radius) 0 1 0 \(across) 0"
        + "a\(radius) \(radius) 0 1 0 -\(across) 0Z"
    case .dash:
      return "M\(svgNumber(center.x - half)) \(y)h\(svgNumber(size))"
    }
  }

  private func strokeAttributes(_ series: PlotSeries) -> String {
    var attributes = " stroke-width=\"\(svgNumber(series.width))\""
    if series.dash != .solid { attributes += " stroke-dasharray=\"\(series.dash.rawValue)\"" }
    if series.opacity < 1 { attributes += " stroke-opacity=\"\(svgNumber(series.opacity))\"" }
    return attributes
  }
}

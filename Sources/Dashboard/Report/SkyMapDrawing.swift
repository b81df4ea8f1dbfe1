import Foundation
import Inference
import Sky

/// Draws a `SkyMapFigure`.
struct SkyMapDrawing {
  let figure: SkyMapFigure
  let half: CredibleRegion
  let ninety: CredibleRegion

  static let width = 900.0
  private static let labelSize = 11.0
  /// Nodes of the grid in which the map is sampled are so many pixels apart.
  private static let gridStep = 3.0

  private let frame = SkyFrame(width: SkyMapDrawing.width)
  private var mapHeight: Double { frame.height }

  func drawing() -> SVGDrawing {
    var elements = SVGElements()
    drawField(&elements)
    frame.draw(lines: "stroke:#7d8a94;stroke-opacity:0.45", numbers: "on-map", into: &elements)
    drawMarkers(&elements)
    var height = mapHeight + 6
    drawKey(top: height, &elements)
    height += 40
    let zooms = SkyZoomDrawing.panels(of: figure, half: half, ninety: ninety)
    for (index, zoom) in zooms.enumerated() {
      let pitch = SkyZoomDrawing.side + 30
      let left = (Self.width - Double(zooms.count) * pitch + 30) / 2
      zoom.draw(at: SIMD2(left + Double(index) * pitch, height + 22), into: &elements)
    }
    if !zooms.isEmpty { height += SkyZoomDrawing.side + 62 }
    return SVGDrawing(width: Self.width, height: height, title: "Map of the sky", elements: elements.text)
  }

  private func pixel(_ direction: EquatorialDirection) -> SIMD2<Double> { frame.pixel(direction) }

  /// The coloured bands and the credible contours.
  private func drawField(_ elements: inout SVGElements) {
    let step = Self.gridStep
    let columns = Int(Self.width / step) + 1
    let rows = Int(mapHeight / step) + 1
    var values: [Double] = []
    values.reserveCapacity(columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        values.append(
          SkyMapColours.logLikelihood(figure.map, frame.direction(step * SIMD2(Double(column), Double(row)))))
      }
    }
    let tracer = ContourTracer(columns: columns, rows: rows, values: values)
    let whole = PlotRectangle(x: 0, y: 0, width: Self.width, height: mapHeight)
    elements.rectangle(whole, class: "sky", attributes: " fill=\"\(SkyMapColours.bands[0])\"")
    let highest = figure.map.maximum.logLikelihood
    if highest > 0 {
      for (index, colour) in SkyMapColours.bands.enumerated().dropFirst() {
        let level = highest * Double(index) / Double(SkyMapColours.bands.count)
        elements.path(
          path(tracer.outlines(level)), class: "band", attributes: " fill=\"\(colour)\" fill-rule=\"evenodd\"")
      }
    }
    for (region, width) in [(ninety, 1.2), (half, 2.0)] where region.threshold > 0 {
      elements.path(
        path(tracer.outlines(region.threshold)), class: "contour",
        attributes: " fill=\"none\" stroke=\"\(SkyMapColours.contour)\" stroke-width=\"\(svgNumber(width))\"")
    }
  }

  private func path(_ outlines: [[SIMD2<Double>]]) -> String {
    outlines.map { PlotPath.data($0.map { $0 * Self.gridStep }) + "Z" }.joined()
  }

  private func drawMarkers(_ elements: inout SVGElements) {
    let ends = figure.axes.map { pixel(EquatorialDirection($0.direction)) }
    for (axis, end) in zip(figure.axes, ends) {
      let opposite = pixel(EquatorialDirection(-axis.direction))
      elements.path(
        circle(opposite, 2.6), class: "axis",
        attributes: " fill=\"#ffffff\" stroke=\"\(SkyMapColours.dark)\" stroke-width=\"1\"", tooltip: "−\(axis.name)")
      elements.path(
        circle(end, 2.8), class: "axis", attributes: " fill=\"\(SkyMapColours.dark)\" stroke=\"#ffffff\"",
        tooltip: axis.name)
    }
    let places = LabelPlacement.places(
      for: zip(figure.axes, ends).map { axis, end in
        LabelPlacement.Request(
          anchor: end, radius: 3, width: TextMetrics.width(axis.name, size: Self.labelSize) + 2,
          height: Self.labelSize + 2)
      },
      obstacles: figure.axes.map { axis in
        let point = pixel(EquatorialDirection(-axis.direction))
        return PlotRectangle(x: point.x - 3, y: point.y - 3, width: 6, height: 6)
      }, within: PlotRectangle(x: 0, y: 0, width: Self.width, height: mapHeight))
    for (axis, place) in zip(figure.axes, places) {
      guard let place else { continue }
      if place.leader.count == 2 {
        elements.line(place.leader[0], place.leader[1], class: "leader", attributes: " stroke=\"#444444\"")
      }
      elements.rectangle(place.frame, class: "map-halo", attributes: " rx=\"2\" fill=\"#ffffff\" fill-opacity=\"0.6\"")
      elements.label(
        RichText(plain: axis.name), at: SIMD2(place.frame.center.x, place.frame.bottom - 3), anchor: .middle,
        size: Self.labelSize, class: "on-map")
    }
    SkyMarkers.maximum(at: pixel(EquatorialDirection(figure.map.maximum.direction)), into: &elements)
    for source in figure.trueSources {
      SkyMarkers.truth(at: pixel(EquatorialDirection(source)), into: &elements)
    }
  }

  private func circle(_ center: SIMD2<Double>, _ radius: Double) -> String { SkyMarkers.circle(center, radius) }

  /// The scale of colours and the meaning of the marks, below the map.
  private func drawKey(top: Double, _ elements: inout SVGElements) {
    let bar = PlotRectangle(x: 40, y: top, width: 240, height: 12)
    let count = Double(SkyMapColours.bands.count)
    for (index, colour) in SkyMapColours.bands.enumerated() {
      elements.rectangle(
        PlotRectangle(
          x: bar.x + bar.width * Double(index) / count, y: bar.y, width: bar.width / count, height: bar.height),
        class: "band", attributes: " fill=\"\(colour)\"")
    }
    elements.rectangle(bar, class: "frame")
    let highest = figure.map.maximum.testStatistic
    for (position, value) in [(bar.x, 0), (bar.center.x, highest / 2), (bar.right, highest)] {
      elements.label(
        RichText(plain: formatNumber(value, digits: 3)), at: SIMD2(position, bar.bottom + 14), anchor: .middle,
        size: Self.labelSize)
    }
    elements.label("$Θ$", at: SIMD2(bar.right + 12, bar.bottom - 1), size: PlotStyle.labelSize)
    var x = bar.right + 60
    let middle = bar.center.y
    for (text, width) in [("50 %", 2.0), ("90 %", 1.2)] {
      elements.line(
        SIMD2(x, middle), SIMD2(x + 22, middle), class: "contour",
        attributes: " stroke=\"\(SkyMapColours.contour)\" stroke-width=\"\(svgNumber(width))\"")
      elements.label(RichText(plain: text), at: SIMD2(x + 28, middle + 4), size: PlotStyle.labelSize)
      x += 80
    }
    SkyMarkers.maximum(at: SIMD2(x, middle), into: &elements)
    elements.label("maximum", at: SIMD2(x + 12, middle + 4), size: PlotStyle.labelSize)
    x += 90
    if !figure.trueSources.isEmpty {
      SkyMarkers.truth(at: SIMD2(x, middle), into: &elements)
      elements.label("true source", at: SIMD2(x + 12, middle + 4), size: PlotStyle.labelSize)
      x += 100
    }
    if !figure.axes.isEmpty {
      elements.path(circle(SIMD2(x, middle), 2.8), class: "axis", attributes: " fill=\"\(SkyMapColours.dark)\"")
      elements.label("sensors’ axes", at: SIMD2(x + 10, middle + 4), size: PlotStyle.labelSize)
    }
  }
}

/// Marks on maps of the sky.
enum SkyMarkers {
  static func circle(_ center: SIMD2<Double>, _ radius: Double) -> String {
    let (x, y, r) = (svgNumber(center.x), svgNumber(center.y), svgNumber(radius))
    return "M\(x) \(y)m-\(r) 0a\(r) \(r) 0 1 0 \(svgNumber(2 * radius)) 0a\(r) \(r) 0 1 0 -\(svgNumber(2 * radius)) 0Z"
  }

  /// An upright cross.
  static func maximum(at point: SIMD2<Double>, into elements: inout SVGElements) {
    cross(at: point, arms: [SIMD2(6, 0), SIMD2(0, 6)], colour: SkyMapColours.contour, into: &elements)
  }

  /// A slanting cross.
  static func truth(at point: SIMD2<Double>, into elements: inout SVGElements) {
    cross(at: point, arms: [SIMD2(5, 5), SIMD2(5, -5)], colour: SkyMapColours.dark, into: &elements)
  }

  private static func cross(
    at point: SIMD2<Double>, arms: [SIMD2<Double>], colour: String, into elements: inout SVGElements
  ) {
    let data = arms.map { PlotPath.data([point - $0, point + $0]) }.joined()
    elements.path(data, class: "mark", attributes: " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"4\"")
    elements.path(data, class: "mark", attributes: " fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"")
  }
}

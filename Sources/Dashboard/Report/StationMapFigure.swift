import Foundation

extension ReportContent {
  /// The stations on a map of the world, each with the direction that it is sensitive to.
  public var stationMapFigure: ReportFigure? {
    let layout = StationMapLayout(stations, width: 900)
    guard !layout.sites.isEmpty else { return nil }
    let nameless = layout.sites.count { $0.label == nil }
    let remark = nameless == 0 ? "" : RichText(plain: " \(nameless) names have found no room.")
    return ReportFigure(
      name: "station-map", heading: "Stations",
      caption: """
        Equal Earth projection. Arrows point along the sensitive axis; a point is an axis upwards out of the ground, a \
        cross one downwards. Where symbols would cover each other, thin lines lead to the true place.
        """ + remark, drawing: StationMapDrawing(layout: layout).drawing())
  }
}

/// Draws a `StationMapLayout`.
private struct StationMapDrawing {
  var layout: StationMapLayout

  func drawing() -> SVGDrawing {
    var elements = SVGElements()
    let whole = PlotRectangle(x: 0, y: 0, width: layout.width, height: layout.height)
    elements.clipped(to: whole.expanded(by: -StationMapLayout.margin)) { inner in
      // The clipped area has its own origin.
      let shift = SIMD2(repeating: -StationMapLayout.margin)
      drawWorld(&inner, shift)
    }
    for placed in layout.sites {
      drawLeaders(placed, &elements)
    }
    for placed in layout.sites {
      drawSymbol(placed, &elements)
      if let place = placed.label {
        elements.rectangle(place.frame, class: "halo", attributes: " rx=\"2\"")
        elements.label(
          RichText(plain: placed.text), at: SIMD2(place.frame.center.x, place.frame.bottom - 4), anchor: .middle,
          size: StationMapLayout.labelSize)
      }
    }
    return SVGDrawing(
      width: layout.width, height: layout.height, title: "Map of the stations", elements: elements.text)
  }

  private func drawWorld(_ elements: inout SVGElements, _ shift: SIMD2<Double>) {
    let edge = [(-180.0, -90.0), (-180, 90), (180, 90), (180, -90)].map { SIMD2($0.0, $0.1) }
    elements.path(ring(edge, shift), class: "sea")
    var graticule = ""
    for longitude in stride(from: -150.0, through: 150, by: 30) {
      graticule += line([SIMD2(longitude, -90), SIMD2(longitude, 90)], shift)
    }
    for latitude in stride(from: -60.0, through: 60, by: 30) {
      graticule += line([SIMD2(-180, latitude), SIMD2(180, latitude)], shift)
    }
    elements.path(graticule, class: "graticule")
    elements.path(Coastline.rings.map { ring($0, shift) }.joined(), class: "land")
  }

  private func ring(_ ring: [SIMD2<Double>], _ shift: SIMD2<Double>) -> String {
    guard let first = ring.first else { return "" }
    return line(ring + [first], shift) + "Z"
  }

  /// A line through (longitude, latitude), with points every few degrees, as straight lines there are curves here.
  private func line(_ points: [SIMD2<Double>], _ shift: SIMD2<Double>) -> String {
    var dense = points.prefix(1).map { $0 }
    for (start, end) in zip(points, points.dropFirst()) {
      let size = max(abs(end.x - start.x), abs(end.y - start.y))
      // Along a parallel the projection is straight.
      let pieces = start.y == end.y ? 1 : max(1, Int((size / 4).rounded(.up)))
      for piece in 1...pieces {
        dense.append(start + (end - start) * (Double(piece) / Double(pieces)))
      }
    }
    return PlotPath.data(dense.map { layout.pixel(longitude: $0.x, latitude: $0.y) + shift })
  }

  private func drawLeaders(_ placed: StationMapLayout.Placed, _ elements: inout SVGElements) {
    let moved = placed.symbol - placed.site
    if (moved * moved).sum() > 4 {
      elements.line(placed.site, placed.symbol, class: "tick")
    }
    elements.circle(placed.site, radius: 1.8, class: "area ink")
    if let leader = placed.label?.leader, leader.count == 2 {
      elements.line(leader[0], leader[1], class: "tick")
    }
  }

  private func drawSymbol(_ placed: StationMapLayout.Placed, _ elements: inout SVGElements) {
    let center = placed.symbol
    elements.circle(
      center, radius: StationMapLayout.symbolRadius - 0.75, class: "open blue symbol",
      tooltip: "\(placed.names.joined(separator: ", ")): latitude \(formatNumber(placed.latitude, digits: 6))°, "
        + "longitude \(formatNumber(placed.longitude, digits: 6))°")
    for axis in placed.axes {
      let horizontal = cos(axis.altitude * .pi / 180)
      let vertical = sin(axis.altitude * .pi / 180)
      if horizontal > 0.15 {
        drawArrow(placed, axis, length: horizontal, &elements)
      }
      if vertical > 0.15 {
        elements.circle(center, radius: 2.2, class: "area blue")
      } else if vertical < -0.15 {
        let arm = 0.56 * StationMapLayout.symbolRadius
        let (x, y) = (center.x, center.y)
        elements.path(
          "M\(svgNumber(x - arm)) \(svgNumber(y - arm))L\(svgNumber(x + arm)) \(svgNumber(y + arm))"
            + "M\(svgNumber(x - arm)) \(svgNumber(y + arm))L\(svgNumber(x + arm)) \(svgNumber(y - arm))",
          class: "butt blue", attributes: " stroke-width=\"1.6\"")
      }
    }
  }

  /// An arrow along the azimuth as the map shows it at this place: meridians lean towards the edges.
  private func drawArrow(
    _ placed: StationMapLayout.Placed, _ axis: ReportContent.SensorAxis, length: Double,
    _ elements: inout SVGElements
  ) {
    let center = placed.symbol
    let azimuth = axis.azimuth * .pi / 180
    // Half a degree along the azimuth, taken towards the equator side where the pole is near.
    let latitude = min(max(placed.latitude, -89), 89)
    let longitude = min(max(placed.longitude, -179), 179)
    let stretch = cos(latitude * .pi / 180)
    let ahead = layout.pixel(
      longitude: longitude + 0.5 * sin(azimuth) / stretch, latitude: latitude + 0.5 * cos(azimuth))
    let behind = layout.pixel(
      longitude: longitude - 0.5 * sin(azimuth) / stretch, latitude: latitude - 0.5 * cos(azimuth))
    let step = ahead - behind
    let size = (step * step).sum().squareRoot()
    guard size > 0 else { return }
    let unit = step / size
    let normal = SIMD2(-unit.y, unit.x)
    let half = (StationMapLayout.symbolRadius - 1.6) * length
    let tip = center + half * unit
    let neck = tip - 4.6 * unit
    let tail = center - half * unit
    elements.line(tail, neck, class: "butt blue", attributes: " stroke-width=\"1.6\"")
    let corners = [tip, neck + 3.2 * normal, neck - 3.2 * normal]
    elements.path(PlotPath.data(corners) + "Z", class: "area blue")
  }
}

import Sky

/// A number for every HEALPix pixel as colours: of the Earth on an Equal Earth map, or of the sky seen from inside.
struct SphereMap {
  /// A place that is marked, degrees.
  struct Mark {
    var longitude: Double
    var latitude: Double
    var label: RichText
  }

  var title: String
  var cells: [(cell: SkyPixel, value: Double?)]
  var scale: AxisScale
  /// What the colours mean, with the unit.
  var label: RichText
  /// Whether low values are bright.
  var isReversed = false
  /// The sky in the frame of its other maps; without it the map shows coasts.
  var isSky = false
  var marks: [Mark] = []
  var width = 620.0

  private static let margin = 6.0
  private static let levels = 32
  private static let barHeight = 52.0

  func drawing() -> SVGDrawing {
    var elements = SVGElements()
    let mapHeight = isSky ? sky.height : 2 * radius * EqualEarthProjection.halfHeight + 2 * Self.margin
    var outlines = [String](repeating: "", count: Self.levels)
    var unknown = ""
    for (cell, value) in cells {
      if let value, let share = scale.position(value) {
        let bright = isReversed ? 1 - share : share
        outlines[min(max(Int(bright * Double(Self.levels)), 0), Self.levels - 1)] += outline(cell)
      } else {
        unknown += outline(cell)
      }
    }
    elements.path(unknown, class: "unknown")
    for (level, data) in outlines.enumerated() {
      let colour = ColourRamp.hexadecimal((Double(level) + 0.5) / Double(Self.levels))
      // The stroke of the same colour closes the seams between cells.
      elements.path(data, class: "cell", attributes: " fill=\"\(colour)\" stroke=\"\(colour)\" stroke-width=\"0.7\"")
    }
    if isSky {
      sky.draw(lines: "stroke:#ffffff;stroke-width:0.5;opacity:0.45", numbers: "on-dark", into: &elements)
    } else {
      drawEarth(height: mapHeight, &elements)
    }
    for mark in marks {
      let point = pixel(mark.longitude, mark.latitude)
      elements.circle(point, radius: 5, class: "open ink symbol")
      let toLeft = point.x > 0.75 * width
      elements.label(
        mark.label, at: SIMD2(point.x + (toLeft ? -9 : 9), point.y + 4), anchor: toLeft ? .end : .start,
        size: PlotStyle.labelSize, class: "outlined")
    }
    drawBar(top: mapHeight, &elements)
    return SVGDrawing(width: width, height: mapHeight + Self.barHeight, title: title, elements: elements.text)
  }

  private var sky: SkyFrame { SkyFrame(width: width) }
  private var radius: Double { (width / 2 - Self.margin) / EqualEarthProjection.halfWidth }

  /// Degrees east of the middle of the map, -180 ... 180.
  private func east(_ longitude: Double) -> Double {
    EqualEarthProjection.wrapped(longitude: longitude - (isSky ? SkyFrame.middle : 0))
  }

  private func pixel(_ longitude: Double, _ latitude: Double) -> SIMD2<Double> { place(east(longitude), latitude) }

  /// Pixel of degrees east of the middle; beyond 180 degrees it lies outside of the map.
  private func place(_ east: Double, _ latitude: Double) -> SIMD2<Double> {
    guard !isSky else { return sky.unwrapped(east, latitude) }
    let point = EqualEarthProjection.project(longitude: east, latitude: latitude)
    return SIMD2(
      width / 2 + radius * point.x, Self.margin + radius * (EqualEarthProjection.halfHeight - point.y))
  }

  /// The outline of a cell; one on the rim stands on both sides of the map, and what is outside is covered.
  private func outline(_ cell: SkyPixel) -> String {
    let edge = HEALPix(order: cell.order).outline(nested: cell.nested, pointsPerSide: 6)
    let middle = edge.reduce(0) { $0 + $1.x } / Double(edge.count)
    let shift = east(middle) - middle
    let turned = edge.map { SIMD2($0.x + shift, $0.y) }
    var copies = [turned]
    if turned.contains(where: { $0.x > 180 }) { copies.append(turned.map { $0 - SIMD2(360, 0) }) }
    if turned.contains(where: { $0.x < -180 }) { copies.append(turned.map { $0 + SIMD2(360, 0) }) }
    return copies.map { PlotPath.data($0.map { place($0.x, $0.y) }) + "Z" }.joined()
  }

  /// Covers what lies outside of the map; then graticule and coasts.
  private func drawEarth(height: Double, _ elements: inout SVGElements) {
    let side = stride(from: -90.0, through: 90, by: 5)
    let rim = side.map { place(-180, $0) } + side.reversed().map { place(180, $0) }
    let whole = "M-1 -1H\(svgNumber(width + 1))V\(svgNumber(height + 1))H-1Z"
    elements.path(whole + PlotPath.data(rim) + "Z", class: "page", attributes: " fill-rule=\"evenodd\"")
    var graticule = ""
    for longitude in stride(from: -150.0, through: 150, by: 30) {
      graticule += PlotPath.data(side.map { pixel(longitude, $0) })
    }
    for latitude in stride(from: -60.0, through: 60, by: 30) {
      graticule += PlotPath.data([place(-180, latitude), place(180, latitude)])
    }
    elements.path(
      graticule, class: "lines", attributes: " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"0.5\" opacity=\"0.45\"")
    let coasts = Coastline.rings.map { ring in
      PlotPath.data((ring + ring.prefix(1)).map { pixel($0.x, $0.y) })
    }
    elements.path(
      coasts.joined(), class: "lines",
      attributes: " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"0.8\" opacity=\"0.9\"")
  }

  private func drawBar(top: Double, _ elements: inout SVGElements) {
    let frame = PlotRectangle(x: width / 2 - 170, y: top + 4, width: 340, height: 10)
    for level in 0..<Self.levels {
      let share = (Double(level) + 0.5) / Double(Self.levels)
      let step = frame.width / Double(Self.levels)
      elements.rectangle(
        PlotRectangle(x: frame.x + Double(level) * step, y: frame.y, width: step + 0.5, height: frame.height),
        class: "cell", attributes: " fill=\"\(ColourRamp.hexadecimal(isReversed ? 1 - share : share))\"")
    }
    let ticks = scale.ticks(maximumCount: 6)
    for tick in ticks.ticks {
      guard let name = tick.label, let share = scale.position(tick.value) else { continue }
      let x = frame.x + share * frame.width
      elements.line(SIMD2(x, frame.bottom), SIMD2(x, frame.bottom + 4), class: "tick")
      elements.label(name, at: SIMD2(x, frame.bottom + 15), anchor: .middle, size: PlotStyle.tickSize)
    }
    if let label = PlotAxes.label(label, ticks) {
      elements.label(label, at: SIMD2(frame.center.x, frame.bottom + 32), anchor: .middle, size: PlotStyle.labelSize)
    }
  }
}

import Sky

/// A number for every cell of a sphere as colours on an Equal Earth map: the Earth, or the sky seen from inside.
struct SphereMap {
  /// A place that is marked, degrees.
  struct Mark {
    var longitude: Double
    var latitude: Double
    var label: RichText
  }

  var title: String
  var cells: [(cell: EqualAreaGrid.Cell, value: Double?)]
  var scale: AxisScale
  /// What the colours mean, with the unit.
  var label: RichText
  /// Whether low values are bright.
  var isReversed = false
  /// Right ascension runs to the left; without it the map shows coasts.
  var isSky = false
  var marks: [Mark] = []
  var width = 620.0

  private static let margin = 6.0
  private static let levels = 32
  private static let barHeight = 52.0

  func drawing() -> SVGDrawing {
    var elements = SVGElements()
    let mapHeight = 2 * radius * EqualEarthProjection.halfHeight + 2 * Self.margin
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
    drawLines(&elements)
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

  private var radius: Double { (width / 2 - Self.margin) / EqualEarthProjection.halfWidth }

  private func pixel(_ longitude: Double, _ latitude: Double) -> SIMD2<Double> {
    let point = EqualEarthProjection.project(
      longitude: EqualEarthProjection.wrapped(longitude: longitude), latitude: latitude)
    return SIMD2(
      width / 2 + (isSky ? -1 : 1) * radius * point.x,
      Self.margin + radius * (EqualEarthProjection.halfHeight - point.y))
  }

  /// The outline of a cell; meridians are curves.
  private func outline(_ cell: EqualAreaGrid.Cell) -> String {
    let pieces = max(1, Int(((cell.north - cell.south) / 4).rounded(.up)))
    func side(_ longitude: Double) -> [SIMD2<Double>] {
      (0...pieces).map { piece in
        pixel(longitude, cell.south + (cell.north - cell.south) * Double(piece) / Double(pieces))
      }
    }
    // The last meridian is 180°, which wrapping would keep on its side.
    return PlotPath.data(side(cell.west) + side(cell.east).reversed()) + "Z"
  }

  private func drawLines(_ elements: inout SVGElements) {
    var graticule = ""
    for longitude in stride(from: -150.0, through: 150, by: 30) {
      graticule += PlotPath.data(stride(from: -90.0, through: 90, by: 5).map { pixel(longitude, $0) })
    }
    for latitude in stride(from: -60.0, through: 60, by: 30) {
      graticule += PlotPath.data([pixel(-180, latitude), pixel(180, latitude)])
    }
    elements.path(
      graticule, class: "lines", attributes: " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"0.5\" opacity=\"0.45\"")
    if isSky {
      for hour in [-8, -4, 0, 4, 8] {
        elements.label(
          RichText(plain: "\((hour + 24) % 24) h"), at: pixel(Double(hour) * 15, 1.5), anchor: .middle,
          size: PlotStyle.tickSize, class: "on-dark")
      }
    } else {
      let coasts = Coastline.rings.map { ring in
        PlotPath.data((ring + ring.prefix(1)).map { pixel($0.x, $0.y) })
      }
      elements.path(
        coasts.joined(), class: "lines",
        attributes: " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"0.8\" opacity=\"0.9\"")
    }
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

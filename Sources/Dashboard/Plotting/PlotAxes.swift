/// One plot: a frame with two scales, their labels, and data.
public struct PlotAxes: Sendable {
  public var title: RichText?
  public var xLabel: RichText?
  public var yLabel: RichText?
  public var xScale: AxisScale
  public var yScale: AxisScale
  public var series: [PlotSeries]
  /// Whether marks carry their numbers; off inside a grid that shares its axes.
  public var showsXNumbers = true
  public var showsYNumbers = true

  /// - Parameters:
  ///   - x: the scale, or nil for a linear one that covers the data.
  ///   - y: the same for y.
  public init(
    title: RichText? = nil, xLabel: RichText? = nil, yLabel: RichText? = nil, x: AxisScale? = nil, y: AxisScale? = nil,
    series: [PlotSeries]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xScale = x ?? .covering(.linear, series.flatMap(\.xValues))
    self.yScale = y ?? .covering(.linear, series.flatMap(\.yValues))
    self.series = series
  }

  /// Marks for a frame of this size: numbers never touch each other.
  func xTicks(width: Double) -> AxisTicks {
    var count = max(2, min(9, Int(width / 45)))
    var ticks = xScale.ticks(maximumCount: count)
    while count > 2, Self.labelsCollide(ticks, scale: xScale, length: width) {
      count -= 1
      ticks = xScale.ticks(maximumCount: count)
    }
    return ticks
  }

  func yTicks(height: Double) -> AxisTicks {
    yScale.ticks(maximumCount: max(2, min(8, Int(height / 32))))
  }

  private static func labelsCollide(_ ticks: AxisTicks, scale: AxisScale, length: Double) -> Bool {
    let labels = ticks.ticks.compactMap { tick -> (centre: Double, width: Double)? in
      guard let label = tick.label, let share = scale.position(tick.value) else { return nil }
      return (share * length, TextMetrics.width(label, size: PlotStyle.tickSize))
    }.sorted { $0.centre < $1.centre }
    return zip(labels, labels.dropFirst()).contains { first, second in
      second.centre - first.centre < (first.width + second.width) / 2 + 8
    }
  }

  /// Width of the numbers beside the y axis in pixels.
  func yNumberWidth(height: Double) -> Double {
    guard showsYNumbers else { return 0 }
    return yTicks(height: height).ticks.compactMap(\.label).map { TextMetrics.width($0, size: PlotStyle.tickSize) }
      .max()
      ?? 0
  }

  /// The label with the factor that the numbers were divided by put before the unit: "power [10^-26 W]".
  static func label(_ label: RichText?, _ ticks: AxisTicks) -> RichText? {
    guard let factor = ticks.factor else { return label }
    guard var label else { return factor }
    guard let unit = label.runs.lastIndex(where: { $0.text.contains("[") }),
      let bracket = label.runs[unit].text.lastIndex(of: "[")
    else { return label + " [" + factor + "]" }
    let run = label.runs[unit]
    let split = run.text.index(after: bracket)
    let before = RichText.Run(text: String(run.text[..<split]), position: run.position, isItalic: run.isItalic)
    let after = RichText.Run(text: " " + run.text[split...], position: run.position, isItalic: run.isItalic)
    label.runs.replaceSubrange(unit...unit, with: [before] + factor.runs + [after])
    return label
  }

  func draw(in frame: PlotRectangle, labelOffset: Double, into elements: inout SVGElements) {
    let xTicks = xTicks(width: frame.width)
    let yTicks = yTicks(height: frame.height)
    drawGrid(xTicks, yTicks, frame, &elements)
    elements.clipped(to: frame) { inner in
      let drawing = PlotSeriesDrawing(xScale: xScale, yScale: yScale, width: frame.width, height: frame.height)
      for series in series {
        drawing.draw(series, into: &inner)
      }
    }
    elements.rectangle(frame, class: "frame")
    drawXTicks(xTicks, frame, &elements)
    drawYTicks(yTicks, frame, &elements)
    if let title {
      elements.label(title, at: SIMD2(frame.x + 1, frame.y - 6), size: PlotStyle.labelSize)
    }
    if let label = Self.label(xLabel, showsXNumbers ? xTicks : AxisTicks(ticks: [], commonExponent: 0)) {
      elements.label(
        label, at: SIMD2(frame.center.x, frame.bottom + 35), anchor: .middle, size: PlotStyle.labelSize)
    }
    if let label = Self.label(yLabel, showsYNumbers ? yTicks : AxisTicks(ticks: [], commonExponent: 0)) {
      elements.label(
        label, at: SIMD2(frame.x - labelOffset, frame.center.y), anchor: .middle, size: PlotStyle.labelSize,
        upwards: true)
    }
  }

  private func drawGrid(
    _ xTicks: AxisTicks, _ yTicks: AxisTicks, _ frame: PlotRectangle, _ elements: inout SVGElements
  ) {
    var data = ""
    for tick in xTicks.ticks where tick.label != nil {
      if let share = xScale.position(tick.value) {
        data += "M\(svgNumber(frame.x + share * frame.width)) \(svgNumber(frame.y))v\(svgNumber(frame.height))"
      }
    }
    for tick in yTicks.ticks where tick.label != nil {
      if let share = yScale.position(tick.value) {
        data += "M\(svgNumber(frame.x)) \(svgNumber(frame.bottom - share * frame.height))h\(svgNumber(frame.width))"
      }
    }
    elements.path(data, class: "grid")
  }

  private func drawXTicks(_ ticks: AxisTicks, _ frame: PlotRectangle, _ elements: inout SVGElements) {
    var marks = ""
    for tick in ticks.ticks {
      guard let share = xScale.position(tick.value) else { continue }
      let x = frame.x + share * frame.width
      let length = tick.label == nil ? 3.0 : 6.0
      marks += "M\(svgNumber(x)) \(svgNumber(frame.bottom))v\(svgNumber(-length))"
      marks += "M\(svgNumber(x)) \(svgNumber(frame.y))v\(svgNumber(length))"
      if showsXNumbers, let label = tick.label {
        // That of a tick near the right end would be cut.
        let last = frame.right + PlotStyle.rightMargin - TextMetrics.width(label, size: PlotStyle.tickSize) / 2
        elements.label(
          label, at: SIMD2(min(x, last), frame.bottom + 16), anchor: .middle, size: PlotStyle.tickSize)
      }
    }
    elements.path(marks, class: "tick")
  }

  private func drawYTicks(_ ticks: AxisTicks, _ frame: PlotRectangle, _ elements: inout SVGElements) {
    var marks = ""
    for tick in ticks.ticks {
      guard let share = yScale.position(tick.value) else { continue }
      let y = frame.bottom - share * frame.height
      let length = tick.label == nil ? 3.0 : 6.0
      marks += "M\(svgNumber(frame.x)) \(svgNumber(y))h\(svgNumber(length))"
      marks += "M\(svgNumber(frame.right)) \(svgNumber(y))h\(svgNumber(-length))"
      if showsYNumbers, let label = tick.label {
        elements.label(label, at: SIMD2(frame.x - 6, y + 4), anchor: .end, size: PlotStyle.tickSize)
      }
    }
    elements.path(marks, class: "tick")
  }
}

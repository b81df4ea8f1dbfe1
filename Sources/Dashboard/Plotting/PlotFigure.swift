/// Plots in a grid under one legend.
public struct PlotFigure: Sendable {
  /// What a screen reader says.
  public var title: String
  public var panels: [PlotAxes]
  public var columns: Int
  /// Pixels of the whole figure.
  public var width: Double
  /// Pixels of the frame of one plot.
  public var panelHeight: Double
  /// Whether all panels have the same scales; numbers and labels then stand only at the outer edges.
  public var sharesAxes: Bool

  public init(
    title: String, panels: [PlotAxes], columns: Int = 1, width: Double = 900, panelHeight: Double = 300,
    sharesAxes: Bool = false
  ) {
    precondition(columns >= 1, "a grid has columns")
    self.title = title
    self.panels = panels
    self.columns = columns
    self.width = width
    self.panelHeight = panelHeight
    self.sharesAxes = sharesAxes
  }

  /// The figure as elements with their places.
  public func drawing() -> SVGDrawing {
    let columns = max(1, min(columns, panels.count))
    let rows = (panels.count + columns - 1) / columns
    var panels = panels
    if sharesAxes {
      for index in panels.indices {
        panels[index].showsYNumbers = index.isMultiple(of: columns)
        panels[index].showsXNumbers = index + columns >= panels.count
      }
    }
    let numberWidth = panels.map { $0.yNumberWidth(height: panelHeight) }.max() ?? 0
    let labelOffset = numberWidth + 16
    let hasYLabel = panels.contains { $0.yLabel != nil }
    let gutter = numberWidth + (hasYLabel ? 32 : 12)
    let columnGap = sharesAxes ? 12 : gutter + 14
    let titleHeight = panels.contains { $0.title != nil } ? 22.0 : 6.0
    let footHeight = panels.contains { $0.xLabel != nil } ? 46.0 : 26.0
    let rowGap = sharesAxes ? titleHeight + 4 : titleHeight + footHeight + 4
    let frameWidth = (width - gutter - PlotStyle.rightMargin - Double(columns - 1) * columnGap) / Double(columns)

    let legend = PlotLegend(panels.flatMap(\.series), width: width - gutter)
    let top = legend.height + titleHeight
    let height = top + Double(rows) * panelHeight + Double(max(0, rows - 1)) * rowGap + footHeight
    var elements = SVGElements()
    legend.draw(at: SIMD2(gutter, 2), into: &elements)
    for (index, panel) in panels.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      let frame = PlotRectangle(
        x: gutter + Double(column) * (frameWidth + columnGap), y: top + Double(row) * (panelHeight + rowGap),
        width: frameWidth, height: panelHeight)
      var shown = panel
      if sharesAxes {
        shown.xLabel = nil
        shown.yLabel = nil
      }
      shown.draw(in: frame, labelOffset: labelOffset, into: &elements)
    }
    if sharesAxes, let first = panels.first {
      drawSharedLabels(
        first,
        area: PlotRectangle(
          x: gutter, y: top, width: width - gutter - PlotStyle.rightMargin, height: height - top - footHeight),
        labelOffset: labelOffset, frameWidth: frameWidth, into: &elements)
    }
    return SVGDrawing(width: width, height: height, title: title, elements: elements.text)
  }

  private func drawSharedLabels(
    _ first: PlotAxes, area: PlotRectangle, labelOffset: Double, frameWidth: Double, into elements: inout SVGElements
  ) {
    if let label = PlotAxes.label(first.xLabel, first.xTicks(width: frameWidth)) {
      elements.label(label, at: SIMD2(area.center.x, area.bottom + 36), anchor: .middle, size: PlotStyle.labelSize)
    }
    if let label = PlotAxes.label(first.yLabel, first.yTicks(height: panelHeight)) {
      elements.label(
        label, at: SIMD2(area.x - labelOffset, area.center.y), anchor: .middle, size: PlotStyle.labelSize,
        upwards: true)
    }
  }
}

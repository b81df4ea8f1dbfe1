/// A square matrix of numbers between 0 and 1 as a field of colours with the numbers written in.
struct MatrixFigure {
  var title: String
  var labels: [String]
  /// Row by row; nil where there is no number.
  var values: [[Double?]]

  private static let side = 52.0

  func drawing() -> SVGDrawing {
    let names = labels.enumerated().map { "\($0.offset + 1)  \($0.element)" }
    let left = (names.map { TextMetrics.width($0, size: PlotStyle.labelSize) }.max() ?? 0) + 14
    let top = 24.0
    let size = Double(labels.count) * Self.side
    var elements = SVGElements()
    for (row, name) in names.enumerated() {
      let y = top + (Double(row) + 0.5) * Self.side
      elements.label(RichText(plain: name), at: SIMD2(2, y + 4), size: PlotStyle.labelSize)
      elements.label(
        RichText(plain: "\(row + 1)"), at: SIMD2(left + (Double(row) + 0.5) * Self.side, top - 7), anchor: .middle,
        size: PlotStyle.labelSize)
      for (column, value) in values[row].enumerated() {
        let frame = PlotRectangle(
          x: left + Double(column) * Self.side, y: top + Double(row) * Self.side, width: Self.side, height: Self.side)
        guard let value else {
          elements.rectangle(frame, class: "unknown")
          continue
        }
        elements.rectangle(
          frame, class: "cell", attributes: " fill=\"\(ColourRamp.hexadecimal(abs(value)))\"",
          tooltip: "\(labels[row]) and \(labels[column]): \(formatNumber(value, digits: 6))")
        elements.label(
          RichText(plain: typographic(formatNumber(value, digits: 3))), at: SIMD2(frame.center.x, frame.center.y + 4),
          anchor: .middle, size: PlotStyle.tickSize, class: ColourRamp.isDark(abs(value)) ? "on-dark" : "on-light")
      }
    }
    return SVGDrawing(width: left + size + 4, height: top + size + 4, title: title, elements: elements.text)
  }
}

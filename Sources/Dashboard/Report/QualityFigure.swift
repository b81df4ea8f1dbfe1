extension ReportContent {
  /// A strip per node: data, and gaps by their reason.
  public var qualityFigure: ReportFigure? {
    guard let quality, !quality.nodes.isEmpty, quality.duration > 0, quality.duration.isFinite else { return nil }
    return ReportFigure(
      name: "data-quality", heading: "Data quality",
      caption: "Data of each node; gaps that are shorter than a pixel are drawn one pixel wide.",
      drawing: QualityDrawing(quality: quality).drawing())
  }
}

/// Draws the strips of a `QualityTimeline`.
private struct QualityDrawing {
  private static let rowHeight = 20.0
  private static let width = 900.0

  var quality: ReportContent.QualityTimeline

  /// The reasons in order of appearance, each with a colour.
  private var reasons: [(reason: String, colour: PlotColour)] {
    var known: [String] = []
    for gap in quality.nodes.lazy.flatMap(\.gaps) where !known.contains(gap.reason) {
      known.append(gap.reason)
    }
    let colours: [PlotColour] = [.vermilion, .purple, .ink, .orange, .green, .blue]
    return known.enumerated().map { ($0.element, colours[$0.offset % colours.count]) }
  }

  func drawing() -> SVGDrawing {
    let labelWidth = min(
      180, quality.nodes.map { TextMetrics.width($0.name, size: PlotStyle.labelSize) }.max() ?? 0)
    let unit = Self.unit(quality.duration)
    let axis = AxisScale(.linear, lower: 0, upper: quality.duration / unit.seconds)
    let reasons = reasons
    let key = [PlotSeries(.band(x: [], lower: [], upper: []), colour: .sky, opacity: 0.4, label: "data")]
    let legend = PlotLegend(
      key
        + reasons.map {
          PlotSeries(.band(x: [], lower: [], upper: []), colour: $0.colour, label: RichText(plain: $0.reason))
        },
      width: Self.width - labelWidth)
    let frame = PlotRectangle(
      x: labelWidth + 14, y: legend.height + 4, width: Self.width - labelWidth - 14 - 66,
      height: Double(quality.nodes.count) * Self.rowHeight)
    var elements = SVGElements()
    legend.draw(at: SIMD2(frame.x, 2), into: &elements)
    for (row, node) in quality.nodes.enumerated() {
      let strip = PlotRectangle(
        x: frame.x, y: frame.y + Double(row) * Self.rowHeight + 4, width: frame.width, height: Self.rowHeight - 8)
      let name = TextMetrics.fitted(node.name, size: PlotStyle.labelSize, width: labelWidth)
      elements.label(
        RichText(plain: name), at: SIMD2(frame.x - 8, strip.bottom - 2), anchor: .end, size: PlotStyle.labelSize)
      elements.label(
        RichText(plain: Self.percent(goodShare(node))), at: SIMD2(Self.width - 4, strip.bottom - 2), anchor: .end,
        size: PlotStyle.tickSize, class: "soft")
      drawStrip(node, strip, reasons, &elements)
    }
    drawAxis(axis, frame, label: "time since \(quality.start) [\(unit.name)]", &elements)
    return SVGDrawing(
      width: Self.width, height: frame.bottom + 44, title: "Data and gaps of each node", elements: elements.text)
  }

  private func drawStrip(
    _ node: ReportContent.NodeQuality, _ strip: PlotRectangle, _ reasons: [(reason: String, colour: PlotColour)],
    _ elements: inout SVGElements
  ) {
    elements.rectangle(strip, class: "area sky", attributes: " fill-opacity=\"0.4\"")
    for (reason, colour) in reasons {
      var data = ""
      var drawnTo = -1.0
      let gaps = node.gaps.filter { $0.reason == reason }.compactMap(clipped).sorted { $0.lowerBound < $1.lowerBound }
      for gap in gaps {
        let start = max(gap.lowerBound / quality.duration * strip.width, drawnTo)
        let end = max(
          gap.upperBound / quality.duration * strip.width, gap.lowerBound / quality.duration * strip.width + 1)
        // Gaps that fall on pixels already drawn add nothing but bytes.
        guard end > drawnTo + 0.25 else { continue }
        data += "M\(svgNumber(strip.x + start)) \(svgNumber(strip.y))"
        data += "h\(svgNumber(end - start))v\(svgNumber(strip.height))h\(svgNumber(start - end))Z"
        drawnTo = end
      }
      elements.path(data, class: "area \(colour.rawValue)", tooltip: "\(node.name): \(reason), \(gaps.count) gaps")
    }
  }

  private func drawAxis(
    _ axis: AxisScale, _ frame: PlotRectangle, label: String, _ elements: inout SVGElements
  ) {
    elements.line(SIMD2(frame.x, frame.bottom), SIMD2(frame.right, frame.bottom), class: "tick")
    for tick in axis.ticks(maximumCount: 9).ticks {
      guard let share = axis.position(tick.value), let text = tick.label else { continue }
      let x = frame.x + share * frame.width
      elements.line(SIMD2(x, frame.bottom), SIMD2(x, frame.bottom + 5), class: "tick")
      elements.label(text, at: SIMD2(x, frame.bottom + 17), anchor: .middle, size: PlotStyle.tickSize)
    }
    elements.label(
      RichText(plain: label), at: SIMD2(frame.center.x, frame.bottom + 37), anchor: .middle, size: PlotStyle.labelSize)
  }

  /// The part of a gap inside the timeline.
  private func clipped(_ gap: ReportContent.Gap) -> Range<Double>? {
    let start = max(0, gap.start)
    let end = min(quality.duration, gap.end)
    return start < end ? start..<end : nil
  }

  private func goodShare(_ node: ReportContent.NodeQuality) -> Double {
    var missing = 0.0
    var countedTo = 0.0
    for gap in node.gaps.compactMap(clipped).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      missing += max(0, gap.upperBound - max(gap.lowerBound, countedTo))
      countedTo = max(countedTo, gap.upperBound)
    }
    return 1 - missing / quality.duration
  }

  /// Never 100 % when something is missing.
  private static func percent(_ share: Double) -> String {
    let (whole, tenth) = Int((min(max(share, 0), 1) * 1000).rounded(.down)).quotientAndRemainder(dividingBy: 10)
    return share >= 1 ? "100 %" : "\(whole).\(tenth) %"
  }

  private static func unit(_ duration: Double) -> (seconds: Double, name: String) {
    switch duration {
    case ..<900: (1, "s")
    case ..<14_400: (60, "min")
    case ..<345_600: (3600, "h")
    default: (86_400, "d")
    }
  }
}

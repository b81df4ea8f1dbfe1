/// The key to the colours and marks of a figure, in rows above it, so that it never hides data.
struct PlotLegend {
  private static let rowHeight = 18.0
  private static let sampleWidth = 24.0

  private struct Entry {
    var label: RichText
    var series: [PlotSeries]
    var width: Double
  }

  private var rows: [[Entry]] = []

  /// One entry for each label that occurs; series of one label are drawn over each other in the sample.
  init(_ series: [PlotSeries], width: Double) {
    var entries: [Entry] = []
    for item in series {
      guard let label = item.label else { continue }
      if let known = entries.firstIndex(where: { $0.label == label }) {
        let isNew = !entries[known].series.contains { Self.kind($0) == Self.kind(item) && $0.colour == item.colour }
        if isNew { entries[known].series.append(item) }
      } else {
        let labelWidth = TextMetrics.width(label, size: PlotStyle.labelSize)
        entries.append(Entry(label: label, series: [item], width: Self.sampleWidth + 6 + labelWidth + 18))
      }
    }
    var used = width
    for entry in entries {
      if used + entry.width > width {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(entry)
      used += entry.width
    }
  }

  private static func kind(_ series: PlotSeries) -> Int {
    switch series.shape {
    case .line, .step, .horizontal: 0
    case .points: 1
    case .band: 2
    case .vertical: 3
    }
  }

  var height: Double { rows.isEmpty ? 0 : Double(rows.count) * Self.rowHeight + 8 }

  func draw(at corner: SIMD2<Double>, into elements: inout SVGElements) {
    for (row, entries) in rows.enumerated() {
      var x = corner.x
      let y = corner.y + (Double(row) + 0.5) * Self.rowHeight
      for entry in entries {
        let sample = PlotRectangle(x: x, y: y - 6, width: Self.sampleWidth, height: 12)
        for series in entry.series {
          drawSample(series, sample, &elements)
        }
        elements.label(entry.label, at: SIMD2(sample.right + 6, y + 4), size: PlotStyle.labelSize)
        x += entry.width
      }
    }
  }

  private func drawSample(_ series: PlotSeries, _ frame: PlotRectangle, _ elements: inout SVGElements) {
    let unit = AxisScale(.linear, lower: 0, upper: 1)
    var sample = series
    sample.tooltips = []
    switch series.shape {
    case .line, .step, .horizontal: sample.shape = .line(x: [0, 1], y: [0.5, 0.5])
    case .points(_, _, let error): sample.shape = .points(x: [0.5], y: [0.5], error: error.isEmpty ? [] : [0.5])
    case .band: sample.shape = .band(x: [0, 1], lower: [0, 0], upper: [1, 1])
    case .vertical: sample.shape = .vertical(x: 0.5)
    }
    elements.clipped(to: frame) { inner in
      PlotSeriesDrawing(xScale: unit, yScale: unit, width: frame.width, height: frame.height).draw(sample, into: &inner)
    }
  }
}

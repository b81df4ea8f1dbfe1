extension ReportContent {
  /// The posterior density of each parameter with its intervals and, when known, the injected value.
  public var posteriorFigure: ReportFigure? {
    guard !posteriors.isEmpty else { return nil }
    let figure = PlotFigure(
      title: "Posterior of " + posteriors.map(\.name).joined(separator: ", "), panels: posteriors.map(Self.panel),
      columns: min(3, posteriors.count), width: posteriors.count == 1 ? 620 : 900,
      panelHeight: posteriors.count <= 2 ? 260 : 210)
    return ReportFigure(
      name: "posterior", heading: "Posterior",
      caption: "Posterior density; the shaded areas hold 68 % and 95 % of the probability.",
      drawing: figure.drawing())
  }

  private static func panel(_ posterior: Posterior) -> PlotAxes {
    // Peak one: the eye compares shapes, and the unit of the density drops out.
    let peak = posterior.density.lazy.filter(\.isFinite).max() ?? 0
    let density = peak > 0 ? posterior.density.map { $0 / peak } : posterior.density
    var series: [PlotSeries] = []
    for (interval, opacity, label) in [
      (posterior.interval95, 0.18, "95 %" as RichText), (posterior.interval68, 0.32, "68 %"),
    ] {
      guard let interval else { continue }
      let (x, y) = part(of: posterior.values, density, inside: interval)
      series.append(
        PlotSeries(
          .band(x: x, lower: [Double](repeating: 0, count: x.count), upper: y), colour: .blue, opacity: opacity,
          label: label))
    }
    series.append(PlotSeries(.line(x: posterior.values, y: density), colour: .blue, width: 2, label: "posterior"))
    if let truth = posterior.truth {
      series.append(PlotSeries(.vertical(x: truth), colour: .vermilion, dash: .dashed, width: 1.8, label: "injected"))
    }
    let unit = posterior.unit.isEmpty ? "" : " [" + RichText(plain: posterior.unit) + "]"
    return PlotAxes(
      xLabel: RichText(plain: posterior.name + ", ") + posterior.symbol + unit, yLabel: "density / peak",
      x: .covering(.linear, posterior.values + (posterior.truth.map { [$0] } ?? []), margin: 0.02),
      y: AxisScale(.linear, lower: 0, upper: 1.08), series: series)
  }

  /// The curve inside an interval, with interpolated points at its ends.
  private static func part(
    of x: [Double], _ y: [Double], inside interval: ClosedRange<Double>
  ) -> (x: [Double], y: [Double]) {
    var cut: (x: [Double], y: [Double]) = ([], [])
    func append(_ x: Double, _ y: Double) {
      cut.x.append(x)
      cut.y.append(y)
    }
    for index in 0..<min(x.count, y.count) {
      if index > 0 {
        for end in [interval.lowerBound, interval.upperBound] where x[index - 1] < end && end < x[index] {
          let share = (end - x[index - 1]) / (x[index] - x[index - 1])
          append(end, y[index - 1] + share * (y[index] - y[index - 1]))
        }
      }
      if interval.contains(x[index]) { append(x[index], y[index]) }
    }
    return cut
  }
}

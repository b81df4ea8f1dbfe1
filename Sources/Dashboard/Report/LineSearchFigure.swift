/// A search for narrow lines: the statistic and the upper limit of every template against frequency.
struct LineSearchPlot: Sendable {
  /// The scan of one template.
  struct Scan: Sendable {
    var name: String
    /// Hz, ascending.
    var frequencies: [Double]
    var statistic: [Double]
    /// In `unit`.
    var upperLimit: [Double]
  }

  /// The band's name.
  var band: String
  var unit: String
  /// Such as 0.95.
  var confidence: Double
  var scans: [Scan]
  /// Hz of the lines that were put in.
  var injected: [Double]

  /// Statistic and limit against frequency.
  var figure: ReportFigure {
    // Offsets from a round frequency: the lines lie close together on the axis of a narrow band.
    let all = scans.flatMap(\.frequencies)
    let (low, high) = (all.min() ?? 0, all.max() ?? 1)
    let origin = high - low < 0.01 * low ? ((low + high) / 2 * 1000).rounded() / 1000 : 0
    let scale = origin > 0 ? 1e3 : 1
    let xLabel: RichText =
      origin > 0 ? RichText(plain: "frequency - \(formatNumber(origin, digits: 9)) Hz [mHz]") : "frequency [Hz]"
    func x(_ frequency: Double) -> Double { (frequency - origin) * scale }
    let colours: [PlotColour] = [.blue, .orange, .green, .purple, .sky]
    let injected = injected.enumerated().map {
      PlotSeries(
        .vertical(x: x($0.element)), colour: .vermilion, dash: .dashed, width: 1.4,
        label: $0.offset == 0 ? "injected" : nil)
    }
    func panel(_ label: RichText, _ kind: AxisScale.Kind, _ values: KeyPath<Scan, [Double]>) -> PlotAxes {
      let series = zip(scans, colours).flatMap { scan, colour in
        let (frequencies, y) = (scan.frequencies.map(x), scan[keyPath: values])
        let line = PlotSeries(
          .line(x: frequencies, y: y), colour: colour, width: 1.2, label: RichText(plain: scan.name))
        // Each point stands for the stretch of frequencies in which it is the loudest: a few are shown one by one.
        return frequencies.count > 60
          ? [line] : [line, PlotSeries(.points(x: frequencies, y: y, error: []), colour: colour)]
      }
      return PlotAxes(
        xLabel: xLabel, yLabel: label, x: .covering(.linear, all.map(x), margin: 0.01),
        y: .covering(kind, series.flatMap(\.yValues), margin: 0.06), series: injected + series)
    }
    let figure = PlotFigure(
      title: "Search for lines in band \(band)",
      panels: [
        panel("statistic $Θ$", .linear, \.statistic),
        panel(
          RichText(
            plain: "limit at \(formatNumber(100 * confidence)) % [\(unit)]"), .logarithmic, \.upperLimit
        ),
      ], columns: 1, width: 760, panelHeight: 240)
    return ReportFigure(
      name: "lines-\(band)", heading: "Search for lines, band \(band)",
      caption: RichText(
        plain:
          "Above: twice the gain in log likelihood of a line, the largest in each stretch of frequencies, for each hypothesis "
          + "of how it couples. Below: the root mean square field that is excluded, its stochastic amplitude included."),
      drawing: figure.drawing())
  }
}

extension ReportContent {
  /// A search for narrow lines: the statistic and the upper limit of every template against frequency.
  public struct LineSearch: Sendable {
    /// The scan of one template.
    public struct Scan: Sendable {
      public var name: String
      /// Hz, ascending.
      public var frequencies: [Double]
      public var statistic: [Double]
      /// In `unit`.
      public var upperLimit: [Double]

      public init(name: String, frequencies: [Double], statistic: [Double], upperLimit: [Double]) {
        self.name = name
        self.frequencies = frequencies
        self.statistic = statistic
        self.upperLimit = upperLimit
      }
    }

    /// The band's name.
    public var band: String
    public var unit: String
    /// Such as 0.95.
    public var confidence: Double
    public var scans: [Scan]
    /// Hz of the lines that were put in.
    public var injected: [Double]

    public init(band: String, unit: String, confidence: Double, scans: [Scan], injected: [Double]) {
      self.band = band
      self.unit = unit
      self.confidence = confidence
      self.scans = scans
      self.injected = injected
    }
  }

  /// The scans of each band that was searched for lines.
  public var lineSearchFigures: [ReportFigure] {
    lineSearches.map { search in
      // Offsets from a round frequency: the lines lie close together on the axis of a narrow band.
      let all = search.scans.flatMap(\.frequencies)
      let (low, high) = (all.min() ?? 0, all.max() ?? 1)
      let origin = high - low < 0.01 * low ? ((low + high) / 2 * 1000).rounded() / 1000 : 0
      let scale = origin > 0 ? 1e3 : 1
      let xLabel: RichText =
        origin > 0 ? RichText(plain: "frequency - \(formatNumber(origin, digits: 9)) Hz [mHz]") : "frequency [Hz]"
      func x(_ frequency: Double) -> Double { (frequency - origin) * scale }
      let colours: [PlotColour] = [.blue, .orange, .green, .purple, .sky]
      let injected = search.injected.enumerated().map {
        PlotSeries(
          .vertical(x: x($0.element)), colour: .vermilion, dash: .dashed, width: 1.4,
          label: $0.offset == 0 ? "injected" : nil)
      }
      func panel(_ label: RichText, _ kind: AxisScale.Kind, _ values: KeyPath<LineSearch.Scan, [Double]>) -> PlotAxes {
        let series = zip(search.scans, colours).map { scan, colour in
          PlotSeries(
            .line(x: scan.frequencies.map(x), y: scan[keyPath: values]), colour: colour, width: 1.2,
            label: RichText(plain: scan.name))
        }
        return PlotAxes(
          xLabel: xLabel, yLabel: label, x: .covering(.linear, all.map(x), margin: 0.01),
          y: .covering(kind, series.flatMap(\.yValues), margin: 0.06), series: injected + series)
      }
      let figure = PlotFigure(
        title: "Search for lines in band \(search.band)",
        panels: [
          panel("statistic $Θ$", .linear, \.statistic),
          panel(
            RichText(
              plain: "limit at \(formatNumber(100 * search.confidence)) % [\(search.unit)]"), .logarithmic, \.upperLimit
          ),
        ], columns: 1, width: 760, panelHeight: 240)
      return ReportFigure(
        name: "lines-\(search.band)", heading: "Search for lines, band \(search.band)",
        caption: RichText(
          plain: "Above: twice the gain in log likelihood of a line at each frequency, for each hypothesis of how it "
            + "couples. Below: the root mean square field that is excluded, its stochastic amplitude included."),
        drawing: figure.drawing())
    }
  }
}

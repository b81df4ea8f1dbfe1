import Reproduction

extension Reproduction {
  /// The figure: closed forms as lines, measured points with error bars.
  public var figure: PlotFigure {
    PlotFigure(
      title: title, panels: panels.map(\.axes), columns: min(2, panels.count), width: panels.count == 1 ? 620 : 900,
      panelHeight: panels.count == 1 ? 340 : 300)
  }
}

extension ReproducedPanel {
  private static let colours: [PlotColour] = [.blue, .vermilion, .green, .purple, .orange, .sky]

  /// The plot of a panel.
  var axes: PlotAxes {
    var series: [PlotSeries] = yIsLogarithmic ? [] : [PlotSeries(.horizontal(y: 0), colour: .grey, width: 1)]
    var next = 0
    // A curve for comparison has the colour of the curve before it.
    var colour = PlotColour.ink
    for curve in curves {
      if !curve.isReference {
        colour = Self.colours[next % Self.colours.count]
        next += 1
      }
      let label = RichText(markup: curve.label)
      if !curve.x.isEmpty {
        series.append(
          PlotSeries(
            .line(x: curve.x, y: curve.y), colour: colour, dash: curve.isReference ? .dashed : .solid, width: 1.6,
            label: label))
      }
      if !curve.points.isEmpty {
        series.append(
          PlotSeries(
            .points(x: curve.points.map(\.x), y: curve.points.map(\.value), error: curve.points.map(\.error)),
            colour: colour, markerSize: 5, label: label))
      }
    }
    return PlotAxes(
      title: RichText(markup: title), xLabel: RichText(markup: xLabel), yLabel: RichText(markup: yLabel),
      x: scale(xRange, isLogarithmic: xIsLogarithmic, series.flatMap(\.xValues)),
      y: scale(yRange, isLogarithmic: yIsLogarithmic, series.flatMap(\.yValues)), series: series)
  }

  private func scale(_ range: ClosedRange<Double>?, isLogarithmic: Bool, _ values: [Double]) -> AxisScale {
    let kind: AxisScale.Kind = isLogarithmic ? .logarithmic : .linear
    guard let range else { return .covering(kind, values) }
    return AxisScale(kind, lower: range.lowerBound, upper: range.upperBound)
  }
}

extension ReportContent {
  /// Correlations of all pairs against the baseline, and their parity-odd part against z.
  public var correlationFigure: ReportFigure? {
    let panels = [pairPanel, parityPanel].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    let figure = PlotFigure(
      title: "Correlation against baseline", panels: panels, columns: 2, panelHeight: panels.count == 1 ? 340 : 300)
    return ReportFigure(
      name: "correlation", heading: "Correlation against baseline",
      caption: RichText(
        markup: """
          Each pair of channels has its own prediction, because the correlation depends on the directions of both sensors \
          and of the baseline. $P$_V shows in the parity-odd part alone, which vanishes for coincident sensors. \
          Error bars are one standard deviation.\(omissions)
          """), drawing: figure.drawing())
  }

  /// Points whose errors would hide the model are not drawn: noisy stations would set the scale of the whole panel.
  private static func isLegible(_ uncertainty: Double, besides model: Double) -> Bool {
    uncertainty.isNaN || model == 0 || uncertainty <= 2.5 * model
  }

  private var largestPrediction: Double {
    (pairCorrelations?.pairs ?? []).reduce(0) { $1.prediction.isFinite ? max($0, abs($1.prediction)) : $0 }
  }

  private var omissions: String {
    let pairs = pairCorrelations?.pairs ?? []
    let hidden = pairs.filter { !Self.isLegible($0.uncertainty, besides: largestPrediction) }.count
    return hidden == 0
      ? ""
      : " Not drawn: \(hidden) of \(pairs.count) pairs, whose errors exceed the largest prediction 2.5 times; the fit uses them."
  }

  private var pairPanel: PlotAxes? {
    guard let pairCorrelations, !pairCorrelations.pairs.isEmpty else { return nil }
    let pairs = pairCorrelations.pairs.filter { Self.isLegible($0.uncertainty, besides: largestPrediction) }
    guard !pairs.isEmpty else { return nil }
    let isCrowded = pairs.count > 150
    let baselines = pairs.map(\.baseline)
    return PlotAxes(
      xLabel: "baseline [km]", yLabel: pairCorrelations.label,
      x: .covering(.linear, baselines + [0]),
      series: [
        PlotSeries(.horizontal(y: 0), colour: .grey, width: 1),
        PlotSeries(
          .points(x: baselines, y: pairs.map(\.value), error: pairs.map(\.uncertainty)), colour: .blue, width: 1,
          markerSize: isCrowded ? 3 : 4.5, opacity: isCrowded ? 0.45 : 0.8, label: "measured pair",
          tooltips: pairs.count > 2000 ? [] : pairs.map(Self.description)),
        PlotSeries(
          .points(x: baselines, y: pairs.map(\.prediction), error: []), colour: .vermilion,
          width: isCrowded ? 1.4 : 2.2, marker: .dash, markerSize: isCrowded ? 5 : 9, label: "fitted model of the pair"),
      ])
  }

  private static func description(_ pair: PairCorrelation) -> String {
    "\(pair.first) – \(pair.second), \(formatNumber(pair.baseline)) km: "
      + "\(formatEstimate(pair.value, pair.uncertainty)), model \(formatNumber(pair.prediction, digits: 3))"
  }

  private var parityPanel: PlotAxes? {
    guard let parityOdd else { return nil }
    let largest = parityOdd.fit.y.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    let shown = parityOdd.uncertainty.indices.filter { Self.isLegible(parityOdd.uncertainty[$0], besides: largest) }
    var series = [PlotSeries(.horizontal(y: 0), colour: .grey, width: 1)]
    let fit = parityOdd.fit
    if !fit.lower.isEmpty {
      series.append(
        PlotSeries(
          .band(x: fit.x, lower: fit.lower, upper: fit.upper), colour: .vermilion, opacity: 0.22,
          label: "fit $P$_V $j$_1($z$)/2 ± 1σ"))
    }
    series.append(
      PlotSeries(
        .line(x: fit.x, y: fit.y), colour: .vermilion, width: 1.8,
        label: fit.lower.isEmpty ? "fit $P$_V $j$_1($z$)/2" : "fit $P$_V $j$_1($z$)/2 ± 1σ"))
    if let truth = parityOdd.truth {
      series.append(PlotSeries(.line(x: truth.x, y: truth.y), colour: .ink, dash: .dashed, label: "injected"))
    }
    series.append(
      PlotSeries(
        .points(
          x: shown.map { parityOdd.z[$0] }, y: shown.map { parityOdd.value[$0] },
          error: shown.map { parityOdd.uncertainty[$0] }), colour: .blue, markerSize: 6,
        label: "mean over pairs at similar $z$"))
    return PlotAxes(
      xLabel: "$z$ = wavenumber × baseline", yLabel: "parity-odd correlation",
      x: .covering(.linear, parityOdd.z + fit.x, margin: 0.02), series: series)
  }
}

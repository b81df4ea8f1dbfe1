import Archive
import DarkMatter
import Foundation
import Inference

/// Maps limits on coupling constants onto what the written report shows: a table, and a plot with the published curves.
struct CouplingLimitReport {
  let band: String
  let limits: CouplingLimits

  var section: ReportSection { ReportSection(tables: [table].compactMap { $0 }, figures: figures) }

  private var percent: String { "\(formatNumber(100 * limits.confidence)) %" }

  private var table: ReportSection.Table? {
    let known = limits.hypotheses.filter { !$0.masses.isEmpty }
    guard !known.isEmpty else { return nil }
    let refusals = known.compactMap(\.refusal)
    let rows = known.flatMap { hypothesis -> [[String]] in
      let range =
        "\(formatNumber(hypothesis.masses.first ?? .nan, digits: 5)) … "
        + formatNumber(hypothesis.masses.last ?? .nan, digits: 5)
      func row(_ name: String, _ values: [Double], _ unit: String) -> [String] {
        let sorted = values.sorted()
        return [
          hypothesis.template.name, name, range, formatNumber(sorted[0], digits: 3),
          formatNumber(sorted[sorted.count / 2], digits: 3), formatNumber(sorted[sorted.count - 1], digits: 3), unit,
        ]
      }
      return [row("rms field", hypothesis.fields, limits.unit)]
        + hypothesis.constants.map { row($0.constant.symbol, $0.values, $0.constant.unit) }
    }
    var remarks = [
      "Local limits with the stochastic amplitude included, for \(formatNumber(limits.options.density)) GeV/cm³ of which all "
        + "is the boson."
    ]
    remarks += Set(known.flatMap(\.constants).map(\.constant)).sorted { $0.rawValue < $1.rawValue }
      .map { "\($0.symbol): \($0.convention)." }
    remarks += Set(refusals).sorted().map { "No coupling constant: \($0)." }
    return .init(
      title: "Limits at \(percent) against mass, band \(band)",
      columns: [
        .init("hypothesis"), .init("limit on"), .init("mass, eV"), .init("best", .right), .init("median", .right),
        .init("worst", .right), .init("unit"),
      ], rows: rows, remark: remarks.joined(separator: " "))
  }

  /// A plot for each hypothesis and constant.
  private var figures: [ReportFigure] {
    limits.hypotheses.flatMap { hypothesis in
      hypothesis.constants.compactMap { $0.values.isEmpty ? nil : figure($0, hypothesis) }
    }
  }

  private func figure(_ limit: CouplingLimits.Constant, _ hypothesis: CouplingLimits.Hypothesis) -> ReportFigure {
    let published = PublishedLimit.all(on: limit.constant)
    let colours: [PlotColour] = [.blue, .sky, .purple, .green, .orange]
    var series = zip(published, colours).map { paper, colour in
      PlotSeries(
        .line(x: paper.curve.masses, y: paper.curve.couplings), colour: colour,
        dash: paper.isProjection ? .dashed : .solid, width: 1.3,
        label: RichText(plain: "\(paper.name), \(paper.fermion)" + (paper.isProjection ? " (projection)" : "")))
    }
    series.append(
      PlotSeries(
        .line(x: hypothesis.masses, y: limit.values), colour: .vermilion, width: 2.6, label: "this run"))
    // A narrow band is a point on this axis.
    let (first, last) = (hypothesis.masses[0], hypothesis.masses[hypothesis.masses.count - 1])
    if last < 1.3 * first {
      let median = limit.values.sorted()[limit.values.count / 2]
      series.append(
        PlotSeries(.points(x: [(first * last).squareRoot()], y: [median], error: []), colour: .vermilion, markerSize: 8)
      )
    }
    let symbol = limit.constant.symbol.replacing("mu", with: "μ").replacing("epsilon", with: "ε")
    let parts = symbol.split(separator: "_", maxSplits: 1)
    let markup = "$\(parts[0])$" + (parts.count > 1 ? "_{\(parts[1])}" : "")
    let unit =
      limit.constant.unit.isEmpty
      ? "" : " [" + limit.constant.unit.replacing("^-1", with: "^{-1}").replacing("^-2", with: "^{-2}") + "]"
    let axes = PlotAxes(
      xLabel: "mass [eV]", yLabel: RichText(markup: markup + unit),
      x: .covering(.logarithmic, series.flatMap(\.xValues), margin: published.isEmpty ? 0.04 : 0.02),
      y: .covering(.logarithmic, series.flatMap(\.yValues)), series: series)
    let stem = "\(band)-\(hypothesis.template.name)-\(limit.constant.rawValue)".replacing(" ", with: "-")
    let papers =
      published.isEmpty
      ? " No published curve of this constant is known here."
      : " Published curves (AxionLimits) are for the fermion named and good for the order of magnitude: "
        + published.map { "\($0.name) \($0.reference)" }.joined(separator: "; ") + "."
    return ReportFigure(
      name: "limit-\(stem)", heading: "Limit on \(symbol), \(hypothesis.template.name), band \(band)",
      caption: RichText(
        plain: "What is above the red curve is excluded at \(percent). \(limit.constant.convention)."
          + papers),
      drawing: PlotFigure(title: "Limit on \(symbol)", panels: [axes], width: 760, panelHeight: 380).drawing())
  }
}

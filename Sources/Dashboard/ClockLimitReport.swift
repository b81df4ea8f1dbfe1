import Archive
import Foundation
import Inference

/// Maps the limits of a search in clocks onto what the written report shows: a table, and plots with the published curves.
struct ClockLimitReport {
  let search: ClockSearchResult
  /// For files.
  let name: String
  /// For titles.
  let subject: String

  private var shown: [ClockLimit] { search.limits.filter { !$0.masses.isEmpty && $0.values.contains { $0 > 0 } } }
  private var percent: String { "\(formatNumber(100 * search.confidenceLevel)) %" }

  var section: ReportSection {
    ReportSection(tables: shown.isEmpty ? [] : [table], figures: shown.map(figure))
  }

  private var table: ReportSection.Table {
    let rows = shown.map { limit -> [String] in
      let sorted = limit.medians.sorted()
      return [
        limit.coupling.title,
        "\(formatNumber(limit.masses.first ?? .nan, digits: 4)) … \(formatNumber(limit.masses.last ?? .nan, digits: 4))",
        formatNumber(sorted.first ?? .nan, digits: 3), formatNumber(sorted[sorted.count / 2], digits: 3),
        formatNumber(sorted.last ?? .nan, digits: 3),
        limit.stochasticFactor.map { formatNumber($0, digits: 5) } ?? "exact", limit.coupling.unit,
      ]
    }
    let options = search.couplingOptions
    return .init(
      title: "Limits at \(percent) against mass: \(subject)",
      columns: [
        .init("limit on"), .init("mass, eV"), .init("best", .right), .init("median", .right), .init("worst", .right),
        .init("F", .right), .init("unit"),
      ], rows: rows,
      remark:
        "Each coupling alone, for \(formatNumber(options.density)) GeV/cm³ of which all is the boson (below 1e-22 eV it "
        + "cannot be), M_Pl = \(formatNumber(options.planckMass, digits: 5)) GeV; local, \(search.limitKind.rawValue). The "
        + "dependence of charge radii on the strong interaction has a theory error of 30 %. Masses whose coherence time is "
        + "shorter than the run are left out.")
  }

  private func figure(_ limit: ClockLimit) -> ReportFigure {
    let published = PublishedLimit.all(on: limit.coupling)
    let colours: [PlotColour] = [.blue, .green, .purple, .sky, .orange]
    let positive = limit.masses.indices.filter { limit.values[$0] > 0 && limit.medians[$0] > 0 }
    let masses = positive.map { limit.masses[$0] }
    var series = zip(published, colours).map { paper, colour in
      PlotSeries(
        .line(x: paper.curve.masses, y: paper.curve.couplings), colour: colour,
        dash: paper.isProjection ? .dashed : .solid,
        width: 1.3, label: RichText(plain: paper.name + (paper.isProjection ? " (projection)" : "")))
    }
    series += [
      PlotSeries(
        .line(x: masses, y: positive.map { limit.values[$0] }), colour: .vermilion, width: 1.1,
        label: "this run, largest"),
      PlotSeries(
        .line(x: masses, y: positive.map { limit.medians[$0] }), colour: .vermilion, width: 2.4,
        label: "this run, median"),
    ]
    // Published curves go on over many decades; show a decade on either side of this run.
    let first = (masses.first ?? 1e-22) / 10
    let last = (masses.last ?? 1e-17) * 10
    let near = published.flatMap { paper in
      zip(paper.curve.masses, paper.curve.couplings).filter { $0.0 >= first && $0.0 <= last }.map(\.1)
    }
    let own = positive.map { limit.values[$0] } + positive.map { limit.medians[$0] }
    let lower = limit.coupling.symbol.split(separator: "_").last.map { $0.replacing("mhat", with: "m̂") } ?? ""
    let label = limit.coupling.unit.isEmpty ? "$d$_{\(lower)}" : "1/$f$_a  [GeV^{-1}]"
    let axes = PlotAxes(
      xLabel: "mass [eV]", yLabel: RichText(markup: label),
      x: AxisScale(.logarithmic, lower: first, upper: last),
      y: .covering(.logarithmic, own + near), series: series)
    let papers =
      published.isEmpty
      ? " No published curve of this coupling is known here."
      : " Published curves (AxionLimits): " + published.map { "\($0.name) \($0.reference)" }.joined(separator: "; ")
        + "."
    return ReportFigure(
      name: "limit-clock-\(name)-\(limit.coupling.fileWord)", heading: "Limit on \(limit.coupling.title), \(subject)",
      caption: RichText(
        plain:
          "What is above the red curves is excluded at \(percent): the largest and the median limit of each stretch of "
          + "frequencies. \(limit.coupling.convention)." + papers),
      drawing: PlotFigure(
        title: "Limit on \(limit.coupling.title), \(search.clocks.joined(separator: ", "))", panels: [axes],
        width: 760, panelHeight: 380
      ).drawing())
  }
}

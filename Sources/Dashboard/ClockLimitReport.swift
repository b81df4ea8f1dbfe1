import Archive
import Foundation
import Inference

/// Maps the limits of all searches in clocks onto what the written report shows: a table, and a plot for each coupling with
/// the published curves.
struct ClockLimitReport {
  private typealias Entry = (search: ClockSearchResult, subject: String, limit: ClockLimit)

  private let entries: [Entry]

  /// - Parameter searches: with the names of what was searched.
  init(_ searches: [(search: ClockSearchResult, subject: String)]) {
    entries = searches.flatMap { search, subject in
      search.limits.filter { !$0.masses.isEmpty && $0.values.contains { $0 > 0 } }.map { (search, subject, $0) }
    }
  }

  var section: ReportSection {
    guard let first = entries.first else { return ReportSection() }
    let couplings = ClockCoupling.allCases.filter { coupling in entries.contains { $0.limit.coupling == coupling } }
    return ReportSection(
      tables: [table(first.search)],
      figures: couplings.map { coupling in figure(coupling, entries.filter { $0.limit.coupling == coupling }) })
  }

  /// One row for each coupling and search.
  private func table(_ first: ClockSearchResult) -> ReportSection.Table {
    let options = first.couplingOptions
    return .init(
      title: "Limits at \(formatNumber(100 * first.confidenceLevel)) % against mass",
      columns: [
        .init("from"), .init("limit on"), .init("mass, eV"), .init("best", .right), .init("median", .right),
        .init("worst", .right), .init("F", .right), .init("unit"),
      ],
      rows: entries.map { _, subject, limit in
        let sorted = limit.medians.sorted()
        let masses = [limit.masses.first, limit.masses.last].map { formatNumber($0 ?? .nan, digits: 4) }
        return [
          subject, limit.coupling.title, masses.joined(separator: " … "),
          formatNumber(sorted.first ?? .nan, digits: 3), formatNumber(sorted[sorted.count / 2], digits: 3),
          formatNumber(sorted.last ?? .nan, digits: 3),
          limit.stochasticFactor.map { formatNumber($0, digits: 5) } ?? "exact", limit.coupling.unit,
        ]
      },
      remark:
        "Each coupling alone, for \(formatNumber(options.density)) GeV/cm³ of which all is the boson (below 1e-22 eV it "
        + "cannot be), M_Pl = \(formatNumber(options.planckMass, digits: 5)) GeV; local, \(first.limitKind.rawValue). The "
        + "dependence of charge radii on the strong interaction has a theory error of 30 %. Masses whose coherence time is "
        + "shorter than the run are left out.")
  }

  /// The search in the most clocks with its largest and its median limit, the others with their medians, and published curves.
  private func figure(_ coupling: ClockCoupling, _ entries: [Entry]) -> ReportFigure {
    let published = PublishedLimit.all(on: coupling)
    let papers: [PlotColour] = [.ink, .grey, .purple]
    var series = published.enumerated().map { position, paper in
      PlotSeries(
        .line(x: paper.curve.masses, y: paper.curve.couplings), colour: papers[position % papers.count],
        dash: paper.isProjection ? .dashed : .solid, width: 1.3,
        label: RichText(plain: paper.name + (paper.isProjection ? " (projection)" : "")))
    }
    let main = entries.indices.max { entries[$0].search.clocks.count < entries[$1].search.clocks.count } ?? 0
    let others: [PlotColour] = [.blue, .green, .orange, .sky]
    for (position, index) in entries.indices.filter({ $0 != main }).enumerated() {
      series.append(
        curve(
          entries[index].limit, \.medians, colour: others[position % others.count], width: 1.2,
          label: "\(entries[index].subject), median"))
    }
    let subject = entries.count == 1 ? "this run" : entries[main].subject
    let own = [
      curve(entries[main].limit, \.values, colour: .vermilion, width: 1.1, label: "\(subject), largest"),
      curve(entries[main].limit, \.medians, colour: .vermilion, width: 2.4, label: "\(subject), median"),
    ]
    // Published curves go on over many decades; show a decade on either side of this run.
    let masses = (series.dropFirst(published.count) + own).flatMap(\.xValues)
    let (first, last) = ((masses.min() ?? 1e-22) / 10, (masses.max() ?? 1e-17) * 10)
    let near = published.flatMap { paper in
      zip(paper.curve.masses, paper.curve.couplings).filter { $0.0 >= first && $0.0 <= last }.map(\.1)
    }
    let values = (series.dropFirst(published.count) + own).flatMap(\.yValues)
    let axes = PlotAxes(
      xLabel: "mass [eV]", yLabel: typeset(coupling.symbol + (coupling.unit.isEmpty ? "" : "  [\(coupling.unit)]")),
      x: AxisScale(.logarithmic, lower: first, upper: last), y: .covering(.logarithmic, values + near),
      series: series + own)
    let sources =
      published.isEmpty
      ? " No published curve of this coupling is known here."
      : " Published curves (AxionLimits): " + published.map { "\($0.name) \($0.reference)" }.joined(separator: "; ")
        + "."
    return ReportFigure(
      name: "limit-clock-\(coupling.fileWord)", heading: "Limit on \(coupling.title)",
      caption: typeset(
        "What is above a curve of this run is excluded at \(formatNumber(100 * entries[main].search.confidenceLevel)) %: the "
          + "largest and the median limit of each stretch of frequencies. \(coupling.convention)." + sources),
      drawing: PlotFigure(title: "Limit on \(coupling.title)", panels: [axes], width: 760, panelHeight: 380).drawing())
  }

  /// Limits against mass; an empty interval is no limit to draw.
  private func curve(
    _ limit: ClockLimit, _ values: KeyPath<ClockLimit, [Double]>, colour: PlotColour, width: Double, label: String
  ) -> PlotSeries {
    let shown = limit.masses.indices.filter { limit.values[$0] > 0 && limit.medians[$0] > 0 }
    return PlotSeries(
      .line(x: shown.map { limit.masses[$0] }, y: shown.map { limit[keyPath: values][$0] }), colour: colour,
      width: width, label: typeset(label))
  }
}

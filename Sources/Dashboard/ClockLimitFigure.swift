import Archive
import Foundation
import Inference

/// The plot of limits of clocks on one coupling against mass, with the published curves.
struct ClockLimitFigure {
  let coupling: ClockCoupling
  /// How many clocks were searched, what they are called, and their limit.
  let entries: [(clocks: Int, subject: String, limit: ClockLimit)]
  /// The beginning of its name as a file.
  let name: String
  /// What the values and the medians of the limits are.
  let labels: (largest: String, median: String)
  /// How to read it.
  let sentence: String

  /// The search in the most clocks with its largest and its median limit, the others with their medians, and published curves.
  var figure: ReportFigure {
    let published = PublishedLimit.all(on: coupling)
    let papers: [PlotColour] = [.ink, .grey, .purple]
    var series = published.enumerated().map { position, paper in
      PlotSeries(
        .line(x: paper.curve.masses, y: paper.curve.couplings), colour: papers[position % papers.count],
        dash: paper.isProjection ? .dashed : .solid, width: 1.3,
        label: RichText(plain: paper.name + (paper.isProjection ? " (projection)" : "")))
    }
    let main = entries.indices.max { entries[$0].clocks < entries[$1].clocks } ?? 0
    let others: [PlotColour] = [.blue, .green, .orange, .sky]
    for (position, index) in entries.indices.filter({ $0 != main }).enumerated() {
      series.append(
        curve(
          entries[index].limit, \.medians, colour: others[position % others.count], width: 1.2,
          label: "\(entries[index].subject), \(labels.median)"))
    }
    let subject = entries.count == 1 ? "this run" : entries[main].subject
    let own = [
      curve(entries[main].limit, \.values, colour: .vermilion, width: 1.1, label: "\(subject), \(labels.largest)"),
      curve(entries[main].limit, \.medians, colour: .vermilion, width: 2.4, label: "\(subject), \(labels.median)"),
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
      name: "\(name)-\(coupling.fileWord)", heading: "Limit on \(coupling.title)",
      caption: typeset(
        "\(sentence) \(coupling.convention)." + sources),
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

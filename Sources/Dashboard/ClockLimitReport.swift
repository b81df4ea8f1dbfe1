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
    let percent = "\(formatNumber(100 * first.search.confidenceLevel)) %"
    let sentence =
      "What is above a curve of this run is excluded at \(percent): the largest and the median limit of each stretch of "
      + "frequencies."
    return ReportSection(
      tables: [table(first.search)],
      figures: couplings.map { coupling in
        let own = entries.filter { $0.limit.coupling == coupling }
        return ClockLimitFigure(
          coupling: coupling, entries: own.map { ($0.search.clocks.count, $0.subject, $0.limit) }, name: "limit-clock",
          labels: ("largest", "median"), sentence: sentence
        ).figure
      })
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
          limit.factorText, limit.coupling.unit,
        ]
      },
      remark:
        "Each coupling alone, for \(formatNumber(options.density)) GeV/cm³ of which all is the boson (below 1e-22 eV it "
        + "cannot be), M_Pl = \(formatNumber(options.planckMass, digits: 5)) GeV; local, \(first.limitKind.rawValue). The "
        + "dependence of charge radii on the strong interaction has a theory error of 30 %. "
        + (entries.contains { $0.limit.segments.contains { $0 > 1 } }
          ? "The first F is that of the coherent search; where the run outlasts the coherence time, the random amplitude of each "
            + "segment is part of the limit." : ""))
  }
}

extension ClockLimit {
  /// F for people: where the search is coherent, and in segments.
  var factorText: String {
    let coherent = stochasticFactor.map { formatNumber($0, digits: 5) } ?? "exact"
    guard segments.contains(where: { $0 > 1 }) else { return coherent }
    return segments.contains(1) ? "\(coherent); exact" : "exact"
  }
}

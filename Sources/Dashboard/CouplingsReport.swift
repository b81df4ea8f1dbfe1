import Archive
import Foundation
import Inference
import Sky

/// Maps the comparison of couplings in one wide band onto what the written report shows.
struct CouplingsReport {
  private let name: String
  private let couplings: BackgroundCouplings
  private let scale: DisplayScale

  /// - Returns: nil when nothing was compared.
  init?(_ band: ArchiveAnalysis.Band, scale: DisplayScale) {
    guard let couplings = band.couplings else { return nil }
    name = band.name
    self.couplings = couplings
    self.scale = scale
  }

  /// The verdict, the fits, the pairs and what is mistaken for what.
  var section: ReportSection {
    ReportSection(
      verdict: verdict, tables: [fits, pairs] + (couplings.confusion.isEmpty ? [] : [confusion]),
      figures: [overlaps])
  }

  /// Below it a template counts as excluded, as three standard deviations would.
  private static let exclusion = 0.0027

  private func probability(_ pair: BackgroundCouplings.Pair) -> Double {
    pair.probabilityIfSecond ?? pair.estimatedProbabilityIfSecond
  }

  private var verdict: [String] {
    guard let first = couplings.fits.first?.template else { return [] }
    let others = couplings.comparisonsOfFirst
    func names(_ pairs: [BackgroundCouplings.Pair]) -> String {
      pairs.map(\.second.name).joined(separator: ", ")
    }
    // With few simulations the smallest probability that they can show is that of half a one.
    let least = couplings.simulations > 0 ? max(Self.exclusion, 0.5 / Double(couplings.simulations)) : Self.exclusion
    let general = others.filter { $0.second.contains(first) }
    let excluded = others.filter { !$0.second.contains(first) && probability($0) <= least }
    let open = others.filter { !$0.second.contains(first) && probability($0) > least }
    var lines = ["Band \(name): the likeliest template is \(first.name)."]
    let way = couplings.simulations > 0 ? "\(couplings.simulations) simulations of each" : "weak-signal estimate"
    if !excluded.isEmpty {
      lines.append("Excluded at p ≤ \(formatNumber(least, digits: 2)) (\(way)): \(names(excluded)).")
    }
    if !open.isEmpty {
      lines.append("This network cannot tell it from, at this strength: \(names(open)) (\(way)).")
    }
    if !general.isEmpty { lines.append("Nothing asks for the more general: \(names(general)).") }
    if !couplings.leftOut.isEmpty {
      lines.append(
        "Not compared, because this network cannot tell them at all or its fringes are too narrow for a search: "
          + couplings.leftOut.map(\.name).joined(separator: ", ") + ".")
    }
    return lines
  }

  private var fits: ReportSection.Table {
    let square = scale.factor * scale.factor
    return .init(
      title: "What carries the power, band \(name)",
      columns: [
        .init("template"), .init("Θ", .right), .init("fitted", .right), .init("Θ ranked", .right),
        .init("A [\(scale.densityUnit)]", .right), .init("f_L", .right), .init("P_V", .right),
        .init("source RA, dec", .right),
      ],
      rows: couplings.fits.map { fit in
        let source = fit.source.map { EquatorialDirection($0) }
        return [
          fit.template.name, formatNumber(fit.statistic), "\(fit.template.parameterCount)",
          formatNumber(fit.rankedStatistic), formatNumber(fit.amplitude * square, digits: 3),
          fit.longitudinalFraction.map { formatNumber($0, digits: 2) } ?? "",
          fit.chirality.map { formatNumber($0, digits: 2) } ?? "",
          source.map {
            "\(formatNumber($0.rightAscension.rounded(), digits: 3))°, \(formatNumber($0.declination.rounded(), digits: 3))°"
          }
            ?? "",
        ]
      },
      remark:
        "Spectral index \(formatNumber(couplings.spectralIndex, digits: 3)) for all. Ranked: less 2 for every number fitted beside A."
    )
  }

  private var pairs: ReportSection.Table {
    func estimate(_ value: Estimate?) -> String {
      value.map { "\(formatNumber($0.value, digits: 3)) ± \(formatNumber($0.uncertainty, digits: 2))" } ?? ""
    }
    return .init(
      title: "Every pair of templates, band \(name)",
      columns: [
        .init("first"), .init("second"), .init("q", .right), .init("ρ", .right), .init("q if first", .right),
        .init("q if second", .right), .init("p if second", .right), .init("told apart", .right),
      ],
      rows: couplings.pairs.map { pair in
        [
          pair.first.name, pair.second.name, formatNumber(pair.statistic, digits: 3),
          formatNumber(pair.overlap, digits: 3), estimate(pair.ifFirst), estimate(pair.ifSecond),
          formatProbability(probability(pair)),
          pair.separation.map { "\(formatNumber(100 * $0, digits: 3)) %" } ?? "",
        ]
      },
      remark: couplings.simulations > 0
        ? "q is the difference of ranked Θ; its law if either is true from \(couplings.simulations) simulations each."
        : "p from the weak-signal law; --simulations gives the law that counts the search over directions.")
  }

  private var confusion: ReportSection.Table {
    let numbers = couplings.fits.indices.map { "\($0 + 1)" }
    return .init(
      title: "Confusion matrix from simulation, band \(name)",
      columns: [.init("true"), .init("")] + numbers.map { .init($0, .right) },
      rows: couplings.fits.indices.map { row in
        [couplings.fits[row].template.name, numbers[row]]
          + couplings.confusion[row].map { "\(formatNumber((100 * $0).rounded(), digits: 3)) %" }
      },
      remark:
        "Share of \(couplings.simulations) simulated experiments of each template, at its fitted strength, in which the "
        + "template of the column is ranked first.")
  }

  private var overlaps: ReportFigure {
    ReportFigure(
      name: "coupling-overlaps-\(name)", heading: "Which couplings look alike, band \(name)",
      caption: """
        Overlap ρ of the cross-spectral matrices of two templates in this network, without autocorrelations: of an \
        expected Θ, Θ (1 − ρ²) is left to tell them apart.
        """,
      drawing: MatrixFigure(
        title: "Overlap of templates", labels: couplings.fits.map(\.template.name),
        values: couplings.overlaps.map { $0.map { $0 } }
      ).drawing())
  }
}

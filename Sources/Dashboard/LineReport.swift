import Archive
import DarkMatter
import Foundation
import Inference
import Sky

/// Maps the search of one band for narrow lines onto what the written report shows.
struct LineReport {
  private let band: ArchiveAnalysis.LineBand
  /// Root mean square of the field for an amplitude of one, by hypothesis.
  private let rootMeanSquare: [String: Double]
  private let scale: DisplayScale

  /// - Parameters:
  ///   - band: the search.
  ///   - epoch: of the run; it decides the Earth's velocity.
  ///   - unit: of the field.
  init(_ band: ArchiveAnalysis.LineBand, epoch: GPSTime, unit: String) {
    self.band = band
    var factors: [String: Double] = [:]
    let compared = band.search.detection?.comparison?.fits.map(\.template) ?? []
    for template in band.search.scans.map(\.template) + compared {
      factors[template.name] = template.rootMeanSquare(at: epoch)
    }
    rootMeanSquare = factors
    let limits = band.search.scans.flatMap { scan in
      scan.points.map { $0.upperLimit * (factors[scan.template.name] ?? 1) }
    }.sorted()
    scale = DisplayScale(unit: unit, typical: limits.isEmpty ? 1 : limits[limits.count / 2])
  }

  /// The answer, its numbers and its picture.
  var section: ReportSection {
    ReportSection(verdict: verdict, results: tables, figures: [search.figure])
  }

  /// The answer in sentences.
  private var verdict: [String] {
    let search = band.search
    let loudest = search.candidates.first.map {
      "Θ = \(formatNumber($0.profile.statistic)) at \(formatNumber($0.restFrequency, digits: 9)) Hz, global p = "
        + probability($0.logGlobalProbability)
    }
    let inflation = search.scans.map(\.inflation).max() ?? 1
    let shared =
      inflation > 1.5
      ? [
        "Away from any line the statistic is \(formatNumber(inflation, digits: 2)) times what independent noise gives: the "
          + "channels share more than a line. Significances are scaled down by it."
      ] : []
    guard let found = search.detection else {
      return shared + [
        "Band \(band.name): no line is found" + (loudest.map { " (loudest: \($0))." } ?? "."),
        "Upper limits at \(formatNumber(100 * search.confidence)) % on the field of a line follow for each hypothesis.",
      ]
    }
    let local = Significance.equivalentSigma(logProbability: found.logLocalProbability)
    var lines =
      shared + [
        "Band \(band.name): a line is found at \(formatNumber(found.restFrequency, digits: 9)) Hz, "
          + "\(formatNumber(local, digits: 3)) σ local (Θ = \(formatNumber(found.profile.statistic)), global p = "
          + "\(probability(found.logGlobalProbability)))."
      ]
    lines += found.comparison?.pairs.map(sentence) ?? []
    return lines
  }

  /// Injected and measured strengths, hypothesis by hypothesis.
  private var tables: [ReportContent.ResultTable] {
    let search = band.search
    guard let found = search.detection else {
      return [
        .init(
          title: "Upper limits at \(formatNumber(100 * search.confidence)) %, band \(band.name)",
          rows: search.scans.map { scan in
            let limits = scan.points.map { field($0.upperLimit * $0.upperLimit, scan.template.name) }.sorted()
            return .init(
              name: scan.template.name, symbol: "median limit, rms",
              value: limits.isEmpty ? .nan : limits[limits.count / 2],
              unit: scale.unit,
              note: limits.isEmpty ? "" : "worst \(formatNumber(limits[limits.count - 1])) \(scale.unit)")
          })
      ]
    }
    let truth = band.injected.count == 1 ? band.injected[0] : nil
    var rows: [ReportContent.ResultRow] = [
      .init(
        name: "rest frequency", symbol: "$f$_m", value: found.estimate?.restFrequency ?? found.restFrequency,
        uncertainty: found.estimate?.restFrequencyUncertainty, unit: "Hz", truth: truth?.restFrequency)
    ]
    let fits =
      found.comparison?.fits.map { ($0.template, $0.profile, $0.estimate) }
      ?? found.estimate.map { [(found.template, found.profile, $0)] } ?? []
    for (template, profile, estimate) in fits {
      let value = field(estimate.power, template.name)
      let matches = truth?.coupling.haloCoupling == template.coupling && truth?.isCold == template.isCold
      rows.append(
        .init(
          name: "rms field if \(template.name)", symbol: RichText(plain: "Θ = \(formatNumber(profile.statistic))"),
          value: value, uncertainty: spread(estimate, template.name), unit: scale.unit,
          truth: matches ? truth.map { field($0.amplitude * $0.amplitude, template.name) } : nil,
          note: (template.name == fits[0].0.name ? "likeliest; " : "") + interval(estimate, template.name)))
    }
    return [.init(title: "Line, band \(band.name)", rows: rows)]
  }

  /// The scans for the figure.
  private var search: LineSearchPlot {
    .init(
      band: band.name, unit: scale.unit, confidence: band.search.confidence,
      scans: band.search.scans.map { scan in
        .init(
          name: scan.template.name, frequencies: scan.points.map(\.restFrequency),
          statistic: scan.points.map(\.profile.statistic),
          upperLimit: scan.points.map { field($0.upperLimit * $0.upperLimit, scan.template.name) })
      }, injected: band.injected.map(\.restFrequency))
  }

  /// Root mean square of the field in display units.
  private func field(_ power: Double, _ template: String) -> Double {
    power.squareRoot() * (rootMeanSquare[template] ?? 1) * scale.factor
  }

  /// Half of the 68 % interval, which for a few random modes is longer above than below.
  private func spread(_ estimate: LineEstimate, _ template: String) -> Double? {
    estimate.intervals.first.map {
      (field($0.highest * $0.highest, template) - field($0.lowest * $0.lowest, template)) / 2
    }
  }

  private func interval(_ estimate: LineEstimate, _ template: String) -> String {
    guard let widest = estimate.intervals.last else { return "" }
    let (low, high) = (field(widest.lowest * widest.lowest, template), field(widest.highest * widest.highest, template))
    return "\(formatNumber(100 * widest.confidence)) %: \(formatNumber(low, digits: 3)) to "
      + formatNumber(high, digits: 3)
  }

  private func sentence(_ pair: CouplingComparison.Pair) -> String {
    var pair = pair
    // Streams are beside the others, which are those of a halo.
    if pair.first.hasSuffix("stream") != pair.second.hasSuffix("stream") {
      if !pair.first.hasSuffix("stream") { pair.first += " in a halo" }
      if !pair.second.hasSuffix("stream") { pair.second += " in a halo" }
    }
    let simulations = band.search.detection?.comparison?.simulations ?? 0
    if pair.separation < 0.9 {
      return
        "This network cannot tell \(pair.first) from \(pair.second) at this strength: in simulations the true one wins "
        + "\(formatNumber(100 * pair.separation, digits: 3)) % of the time (overlap ρ = \(formatNumber(pair.overlap, digits: 3)))."
    }
    let numbers =
      "q = \(formatNumber(pair.statistic, digits: 3)), expected \(formatNumber(pair.expectedIfFirst, digits: 3)) or "
      + "\(formatNumber(pair.expectedIfSecond, digits: 3))"
    if pair.probabilityIfSecond < 0.0027 * 2 {
      let bound = pair.probabilityIfSecond * Double(simulations) < 1 ? "less than" : "about"
      return
        "It is \(pair.first) rather than \(pair.second) (\(numbers); the other way round looks like this in \(bound) "
        + "\(formatNumber(100 * max(pair.probabilityIfSecond, 1 / Double(max(1, simulations))), digits: 2)) % of simulations)."
    }
    return "As \(pair.first) it fits better than as \(pair.second), which is not excluded (\(numbers); "
      + "p = \(formatNumber(pair.probabilityIfSecond, digits: 2)))."
  }

  private func probability(_ logarithm: Double) -> String { formatProbability(logarithm: logarithm) }
}

extension DarkMatterLine {
  /// Whether all its particles move nearly alike.
  fileprivate var isCold: Bool { components.allSatisfy { $0.virialSpeed < 20e3 } }
}

extension LineHypothesis {
  fileprivate var isCold: Bool { components.allSatisfy { $0.virialSpeed < 20e3 } }
}

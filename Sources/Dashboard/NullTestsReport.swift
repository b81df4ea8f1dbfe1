import Archive
import Foundation
import Inference

/// Maps the null tests of one wide band onto what the written report shows.
struct NullTestsReport {
  private let name: String
  private let isFound: Bool
  private let tests: BackgroundNullTests

  /// - Returns: nil when none were made.
  init?(_ band: ArchiveAnalysis.Band) {
    guard let tests = band.nullTests else { return nil }
    name = band.name
    isFound = band.fit.detection.isSignificant
    self.tests = tests
  }

  var section: ReportSection {
    ReportSection(verdict: verdict, tables: [summary, stations].filter { !$0.rows.isEmpty })
  }

  /// Below it a test has failed: one in about four hundred by chance.
  private static let failure = 0.0027

  private func failed(_ probability: Double?) -> Bool { probability.map { $0 < Self.failure } ?? false }

  private var verdict: [String] {
    var failures: [String] = []
    if isFound, let probability = tests.scrambleProbability, probability > 0.05 {
      failures.append(
        "wrong geometries explain the data as well as the true one "
          + "(\(tests.scrambles.count { $0 >= tests.statistic }) of \(tests.scrambles.count))")
    }
    if failed(tests.timeShiftProbability) {
      failures.append("the correlation stays when the stations are shifted in time: it is no passing field")
    }
    if failed(tests.stationProbability) {
      let without = tests.suspect.map { ", least without \($0.station)" } ?? ""
      failures.append(
        "the stations contradict each other\(without) (p = \(formatNumber(tests.stationProbability ?? 0, digits: 2)))")
    }
    if failed(tests.pairProbability), let pair = tests.worstPair {
      failures.append(
        "\(pair.first) and \(pair.second) share \(formatNumber(pair.pull, digits: 2)) standard deviations more than "
          + "the background explains")
    }
    var lines: [String] = []
    if !failures.isEmpty {
      let claim =
        isFound ? "the claim of a background is not safe" : "the channels share something that is no background"
      lines.append("Band \(name): null tests fail, \(claim): " + failures.joined(separator: "; ") + ".")
    } else if isFound {
      lines.append("Band \(name): the null tests that were made are passed.")
    }
    if isFound, tests.withoutStation.count == 2, tests.withoutStation.allSatisfy({ $0.statistic == nil }) {
      lines.append("With two stations neither can be left out: what only these two share looks like a background.")
      return lines
    }
    let lost = tests.withoutStation.filter { ($0.sigma ?? 0) < 5 }
    if isFound, !lost.isEmpty {
      lines.append(
        "Without \(lost.map(\.station).joined(separator: ", or ")) alone the detection falls below 5 σ or cannot be made: "
          + "it hangs on \(lost.count == 1 ? "one station" : "each of these").")
    }
    return lines
  }

  private var summary: ReportSection.Table {
    func text(_ probability: Double?) -> String { probability.map { formatNumber($0, digits: 2) } ?? "" }
    var rows: [[String]] = []
    if !tests.scrambles.isEmpty {
      rows.append([
        "wrong geometry",
        "largest Θ of \(tests.scrambles.count): \(formatNumber(tests.scrambles.max() ?? 0, digits: 4))",
        text(tests.scrambleProbability), tests.scrambleProbability ?? 0 > 0.05 ? "failed" : "passed",
      ])
    }
    for shift in tests.timeShifts {
      rows.append([
        "time shift, \(shift.name)", shift.statistic.map { "Θ = \(formatNumber($0, digits: 4))" } ?? "no fit", "", "",
      ])
    }
    if let probability = tests.timeShiftProbability {
      rows.append(["time shifts together", "", text(probability), failed(probability) ? "failed" : "passed"])
    }
    for neighbour in tests.neighbours {
      rows.append([
        "neighbouring band, \(neighbour.name)",
        neighbour.statistic.map { "Θ = \(formatNumber($0, digits: 4))" } ?? "no fit", "",
        neighbour.sigma ?? 0 >= 5 ? "something there" : "quiet",
      ])
    }
    if let probability = tests.stationProbability {
      rows.append([
        "agreement without each station", "", text(probability), failed(probability) ? "failed" : "passed",
      ])
    }
    if let pair = tests.worstPair {
      rows.append([
        "pair that agrees least", "\(pair.first), \(pair.second): \(formatNumber(pair.pull, digits: 2)) σ",
        text(tests.pairProbability), failed(tests.pairProbability) ? "failed" : "passed",
      ])
    }
    return .init(
      title: "Null tests, band \(name)",
      columns: [.init("test"), .init("found"), .init("p", .right), .init("verdict")], rows: rows,
      remark: tests.timeShifts.isEmpty ? "--null-tests adds time shifts and neighbouring bands." : "")
  }

  private var stations: ReportSection.Table {
    .init(
      title: "Without one station, band \(name)",
      columns: [
        .init("without"), .init("Θ", .right), .init("σ", .right), .init("P_V", .right), .init("change [σ]", .right),
        .init("disagreement", .right),
      ],
      rows: tests.withoutStation.map { entry in
        [
          entry.station, entry.statistic.map { formatNumber($0, digits: 4) } ?? "cannot be measured",
          entry.sigma.map { formatNumber($0, digits: 3) } ?? "",
          entry.chirality.map { formatEstimate($0.value, $0.uncertainty) } ?? "",
          entry.pull.map { formatNumber($0, digits: 2) } ?? "",
          entry.disagreement.map { formatNumber($0, digits: 2) } ?? "",
        ]
      },
      remark:
        "Change: by how far the parameters that the other stations see depart from those of all, as standard deviations of "
        + "one number with the same probability. Disagreement: mean square of the other stations' pairs less a fit to them alone, "
        + "in units of their variance.")
  }
}

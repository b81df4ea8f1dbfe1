import Archive
import Foundation
import Inference

/// Maps the null tests of the lines of one band onto what the written report shows.
struct LineNullTestsReport {
  private let name: String
  private let tests: [LineNullTests]
  /// Of the scans, for what lies beside the lines.
  private let inflation: Double

  /// - Returns: nil where no line is found, or only one station recorded it.
  init?(_ band: ArchiveAnalysis.LineBand) {
    guard let tests = band.nullTests?.filter({ !$0.stations.isEmpty }), !tests.isEmpty else { return nil }
    name = band.name
    self.tests = tests
    inflation = band.search.scans.map(\.inflation).max() ?? 1
  }

  var section: ReportSection {
    ReportSection(verdict: tests.flatMap(verdict), tables: tests.map(stations) + tests.compactMap(agreements))
  }

  private func verdict(_ tests: LineNullTests) -> [String] {
    let line = "the line at \(formatNumber(tests.restFrequency, digits: 9)) Hz"
    var lines: [String] = []
    if let own = tests.singleStation {
      lines.append(
        "Band \(name): null tests fail, \(line) lives in \(own.station): alone it has Θ = \(number(own.statisticAlone)), where "
          + "\(number(own.expectedAlone)) is expected of a line of the network (p = \(number(tests.stationProbability))); "
          + "without it Θ = \(number(own.statisticWithout)), expected \(number(own.expectedWithout)).")
    }
    for (name, agreement) in agreements(of: tests) where agreement.outcome == .failed {
      lines.append(
        "Band \(self.name): null tests fail, the stations share no more of \(line) than chance gives: \(name) leave as much in "
          + "\(agreement.trials.count { $0 >= agreement.statistic }) of \(agreement.trials.count) trials.")
    }
    guard lines.isEmpty else { return lines }
    let lost = tests.stations.filter { $0.logNoiseProbabilityWithout > log(0.05) }
    if let suspect = tests.mostSuspicious, !tests.couldNotice {
      lines.append(
        "Band \(name): these null tests cannot tell \(line) from one that \(suspect.station) makes for itself: such a line "
          + "would be noticed in \(formatNumber(100 * suspect.noticed, digits: 2)) % of cases.")
    } else {
      lines.append("Band \(name): \(line) passes the null tests that were made.")
    }
    if !lost.isEmpty {
      lines.append(
        "Without \(lost.map(\.station).joined(separator: ", or ")) alone nothing of \(line) is left that noise does not give: it "
          + "hangs on \(lost.count == 1 ? "one station" : "each of these").")
    }
    return lines
  }

  private func agreements(of tests: LineNullTests) -> [(String, LineNullTests.Agreement)] {
    [
      tests.timeShifts.map { (tests.isShiftedInTime ? "time shifts" : "turned phases", $0) },
      tests.scrambles.map { ("wrong axes", $0) },
    ].compactMap(\.self)
  }

  private func stations(_ tests: LineNullTests) -> ReportSection.Table {
    .init(
      title: "One station and the others, band \(name), \(formatNumber(tests.restFrequency, digits: 9)) Hz",
      columns: [
        .init("station"), .init("Θ alone", .right), .init("expected", .right), .init("p", .right),
        .init("Θ without", .right), .init("expected", .right), .init("p of noise", .right),
        .init("amplitude without", .right), .init("own line noticed", .right),
      ],
      rows: tests.stations.map { entry in
        [
          entry.station, number(entry.statisticAlone), number(entry.expectedAlone), number(entry.probability),
          number(entry.statisticWithout), number(entry.expectedWithout),
          formatProbability(logarithm: entry.logNoiseProbabilityWithout),
          "\(number((entry.powerWithout.value / tests.power.value).squareRoot())) of all",
          "\(formatNumber(100 * entry.noticed, digits: 2)) %",
        ]
      },
      remark:
        "Expected of a line of the network as loud as this one (Θ = \(number(tests.statistic)) as \(tests.template)), from "
        + "\(tests.simulations) draws. All stations together: p = \(number(tests.stationProbability)). Own line noticed: how "
        + "often the test tells a line of this station alone.")
  }

  private func agreements(_ tests: LineNullTests) -> ReportSection.Table? {
    let rows = agreements(of: tests).map { name, agreement in
      [
        name,
        "\(number(agreement.statistic)); largest of \(agreement.trials.count): \(number(agreement.trials.max()))",
        number(agreement.probability), "\(formatNumber(100 * agreement.passesIfLine, digits: 2)) %",
        "\(formatNumber(100 * agreement.passesIfAlone, digits: 2)) %",
        agreement.outcome == .mute ? "says nothing" : agreement.outcome.rawValue,
      ]
    }
    guard !rows.isEmpty else { return nil }
    let shifts =
      tests.isShiftedInTime
      ? "" : " The run is too short to shift the stations by what the line stays coherent: only phases."
    return .init(
      title: "What the stations agree in, band \(name), \(formatNumber(tests.restFrequency, digits: 9)) Hz",
      columns: [
        .init("trial"), .init("ln L shared by stations"), .init("p of chance", .right),
        .init("true lines pass", .right), .init("lines of one station pass", .right), .init("verdict"),
      ], rows: rows,
      remark:
        "Beside the lines the scan is the off-band test: Θ is \(number(inflation)) times that of independent noise."
        + shifts)
  }

  private func number(_ value: Double?) -> String { value.map { formatNumber($0, digits: 3) } ?? "" }
}

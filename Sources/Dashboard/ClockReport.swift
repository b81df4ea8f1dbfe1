import Archive
import Foundation
import Inference

/// Maps the searches of clocks and their stability onto what the written report shows.
struct ClockReport {
  private let clocks: ArchiveAnalysis.Clocks

  init(_ clocks: ArchiveAnalysis.Clocks) {
    self.clocks = clocks
  }

  /// The answers, their numbers and their pictures.
  var section: ReportSection {
    let known = clocks.analysis.stabilities.filter { !$0.deviations.isEmpty }
    let limits = clocks.analysis.searches.map {
      ClockLimitReport(search: $0, name: name($0), subject: subject($0)).section
    }
    return ReportSection(
      verdict: verdict, results: clocks.analysis.searches.map(table),
      tables: known.map(stabilityTable) + [sensitivityTable] + limits.flatMap(\.tables),
      figures: clocks.analysis.searches.map(spectrumFigure) + (known.isEmpty ? [] : [stabilityFigure])
        + limits.flatMap(\.figures))
  }

  /// Clocks that are searched together for couplings to which they answer in different proportions need these in the name.
  private func isAmbiguous(_ search: ClockSearchResult) -> Bool {
    clocks.analysis.searches.count { $0.clocks == search.clocks } > 1
  }

  private func subject(_ search: ClockSearchResult) -> String {
    let symbols = search.limits.map(\.coupling.symbol).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    return (search.clocks.count == 1 ? "Clock " : "Clocks ") + search.clocks.joined(separator: ", ")
      + (isAmbiguous(search) ? " (\(symbols.joined(separator: ", ")))" : "")
  }

  /// For files.
  private func name(_ search: ClockSearchResult) -> String {
    search.clocks.joined(separator: "-")
      + (isAmbiguous(search) ? "-\(search.limits.first?.coupling.fileWord ?? "")" : "")
  }

  private var verdict: [String] {
    clocks.analysis.searches.map { search in
      let peak = search.peak
      let numbers =
        "P = \(formatNumber(peak.power)) at \(formatNumber(peak.frequency, digits: 7)) Hz, threshold "
        + "\(formatNumber(search.thresholdPower)) for \(formatNumber(100 * search.falseAlarmProbability)) % false alarms"
      guard search.isDetection else {
        return "\(subject(search)): no oscillation is found (loudest: \(numbers)); amplitudes above "
          + "\(formatNumber(search.medianUpperLimit, digits: 3)) (median over frequencies) are excluded at "
          + "\(formatNumber(100 * search.confidenceLevel)) %."
      }
      var sentence = "\(subject(search)): an oscillation is found (\(numbers))."
      if search.clocks.count > 1 {
        sentence +=
          " The clocks disagree about it by χ² = \(formatNumber(peak.inconsistency, digits: 3)) with "
          + "\(2 * (search.clocks.count - 1)) degrees of freedom."
      }
      return sentence
    }
      + clocks.analysis.unsearched.sorted { $0.key < $1.key }.map {
        "Clock \($0.key): nothing can be said: \($0.value)."
      }
  }

  private func table(_ search: ClockSearchResult) -> ReportContent.ResultTable {
    let peak = search.peak
    let truth = search.isDetection && clocks.injected.count == 1 ? clocks.injected.first : nil
    let days = { (seconds: Double) in formatNumber(seconds / 86_400, digits: 4) }
    var table = ReportContent.ResultTable(
      title: "\(subject(search)): \(search.isDetection ? "oscillation" : "loudest peak")",
      rows: [
        .init(
          name: "frequency", symbol: "$f$", value: peak.frequency, uncertainty: peak.frequencyUncertainty, unit: "Hz",
          truth: truth?.frequency),
        .init(
          name: "amplitude in \(search.clocks.first ?? "")", symbol: "$A$", value: peak.amplitude,
          uncertainty: peak.amplitudeUncertainty, truth: truth?.amplitudes[search.clocks.first ?? ""]),
        .init(
          name: "median upper limit on the amplitude", symbol: "$A$_95", value: search.medianUpperLimit,
          note: "\(search.frequencies) frequencies, \(formatNumber(search.lowestFrequency, digits: 3)) to "
            + "\(formatNumber(search.highestFrequency, digits: 3)) Hz"),
        .init(
          name: "readings", symbol: "$N$", value: Double(search.readings),
          note: "\(days(search.liveTime)) days with readings in \(days(search.span)) days, the longest gap "
            + "\(days(search.longestGap)) days" + remarks(search)),
      ])
    table.rows += uncertainties(search)
    return table
  }

  /// What had to be done to the readings.
  private func remarks(_ search: ClockSearchResult) -> String {
    (search.duplicates > 0 ? "; \(search.duplicates) with the time of another left out" : "")
      + (search.wasOutOfOrder ? "; put in the order of their times" : "")
  }

  /// The uncertainty of a reading, where it changes.
  private func uncertainties(_ search: ClockSearchResult) -> [ReportContent.ResultRow] {
    guard let least = search.uncertainties.first, let largest = search.uncertainties.last, largest > 1.001 * least
    else {
      return []
    }
    return [
      .init(
        name: "largest uncertainty of a reading in \(search.clocks.first ?? "")", symbol: "$σ$", value: largest,
        note: "the least is \(formatNumber(least, digits: 3)); readings are weighted by it")
    ]
  }

  private func spectrumFigure(_ search: ClockSearchResult) -> ReportFigure {
    let f = search.spectrum.map(\.frequency)
    let truth = clocks.injected.enumerated().map {
      PlotSeries(
        .vertical(x: $0.element.frequency), colour: .vermilion, dash: .dashed, width: 1.4,
        label: $0.offset == 0 ? "injected" : nil)
    }
    let series = [
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.amplitude)), colour: .blue, width: 1.1, label: "largest amplitude"),
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.upperLimit)), colour: .orange, width: 1.1,
        label: RichText(plain: "largest limit at \(formatNumber(100 * search.confidenceLevel)) %")),
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.threshold)), colour: .green, dash: .dashed, width: 1.4,
        label: RichText(plain: "threshold, \(formatNumber(100 * search.falseAlarmProbability)) % false alarms")),
    ]
    let axes = PlotAxes(
      xLabel: "frequency [Hz]", yLabel: "amplitude", x: .covering(.logarithmic, f, margin: 0.01),
      y: .covering(.logarithmic, series.flatMap(\.yValues), margin: 0.06), series: truth + series)
    let figure = PlotFigure(
      title: "Amplitude spectrum, \(search.clocks.joined(separator: ", "))", panels: [axes], columns: 1, width: 760,
      panelHeight: 300)
    return ReportFigure(
      name: "clock-spectrum-\(name(search))",
      heading: "\(subject(search)): amplitude spectrum",
      caption: RichText(
        plain: "Least-squares amplitude of a sinusoid with an offset, the largest in each stretch of frequencies, its "
          + "upper limit, and the amplitude that noise alone exceeds anywhere with the stated probability. The averaging of "
          + "a sample is divided out."),
      drawing: figure.drawing())
  }

  /// What limits on couplings rest on.
  private var sensitivityTable: ReportSection.Table {
    ReportSection.Table(
      title: "Sensitivities of the clocks",
      columns: [
        TextTable.Column("clock"), TextTable.Column("k_α", .right), TextTable.Column("k_e", .right),
        TextTable.Column("k_q", .right), TextTable.Column("K", .right), TextTable.Column("source"),
      ],
      rows: clocks.sensitivities.map { row in
        [row.clock]
          + [row.value.fineStructure, row.value.electronMass, row.value.quarkMass, row.value.chargeRadius]
          .map { formatNumber($0, digits: 4) } + [row.source]
      },
      remark: "Of the fine-structure constant, the electron's and the light quarks' mass over the scale of the strong "
        + "interaction, and the charge radius. Where K is 0 it has not been calculated.")
  }

  /// The Allan family of a clock, a row for each averaging time.
  private func stabilityTable(_ clock: ClockStability) -> ReportSection.Table {
    let statistics: [AllanStatistic] = [.adev, .mdev, .tdev, .hdev, .ohdev, .totdev]
    let shown = statistics.filter { statistic in clock.family.contains { $0.statistic == statistic } }
    let columns =
      [TextTable.Column("τ, s", .right), TextTable.Column("OADEV", .right)]
      + shown.map { TextTable.Column($0 == .tdev ? "TDEV, s" : $0.name, .right) }
    func cell(_ estimate: AllanEstimate?) -> String {
      guard let estimate else { return "" }
      return formatNumber(estimate.deviation, digits: 4)
        + (estimate.lower.isFinite
          ? " (\(formatNumber(estimate.lower, digits: 3)) … \(formatNumber(estimate.upper, digits: 3)))" : "")
    }
    return ReportSection.Table(
      title: "Allan deviations of \(clock.clock)",
      columns: columns,
      rows: clock.deviations.map { row in
        [formatNumber(row.averagingTime), cell(row)]
          + shown.map { statistic in
            cell(clock.family.first { $0.statistic == statistic && $0.factor == row.factor })
          }
      },
      remark:
        "In brackets 68 % confidence intervals. Gaps are left out, not bridged: a term counts when all of its readings "
        + "are there, and a deviation when it has 8 terms."
        + (shown.contains(.totdev) ? "" : " TOTDEV needs a record without gaps."))
  }

  private var stabilityFigure: ReportFigure {
    let colours: [PlotColour] = [.blue, .orange, .green, .purple, .sky]
    let series = zip(clocks.analysis.stabilities, 0...).flatMap { clock, position -> [PlotSeries] in
      let (colour, tau) = (colours[position % colours.count], clock.deviations.map(\.averagingTime))
      return [
        PlotSeries(
          .band(x: tau, lower: clock.deviations.map(\.lower), upper: clock.deviations.map(\.upper)), colour: colour,
          opacity: 0.2),
        PlotSeries(
          .points(x: tau, y: clock.deviations.map(\.deviation), error: []), colour: colour,
          label: RichText(plain: clock.clock)),
        PlotSeries(
          .line(x: tau, y: clock.stated), colour: colour, dash: .dashed,
          label: RichText(plain: "\(clock.clock), stated noise")),
      ]
    }
    let axes = PlotAxes(
      xLabel: "averaging time [s]", yLabel: "overlapping Allan deviation",
      x: .covering(.logarithmic, series.flatMap(\.xValues), margin: 0.03),
      y: .covering(.logarithmic, series.flatMap(\.yValues), margin: 0.06), series: series)
    let figure = PlotFigure(
      title: "Stability of the clocks", panels: [axes], columns: 1, width: 760, panelHeight: 300)
    return ReportFigure(
      name: "clock-stability", heading: "Allan deviation",
      caption: RichText(
        plain:
          "Overlapping Allan deviation with gaps left out, 68 % intervals for the kind of noise that dominates, and what the "
          + "stated noise gives. An oscillation shows as an excess about half of its period."),
      drawing: figure.drawing())
  }
}

import Archive
import Foundation
import Inference
import Numerics

/// Maps the searches of clocks and their stability onto what the written report shows.
struct ClockReport {
  private let clocks: ArchiveAnalysis.Clocks

  init(_ clocks: ArchiveAnalysis.Clocks) {
    self.clocks = clocks
  }

  /// The answers, their numbers and their pictures.
  var section: ReportSection {
    let known = clocks.analysis.stabilities.filter { !$0.deviations.isEmpty }
    let searches = clocks.analysis.searches
    let limits = ClockLimitReport(searches.map { ($0, subject($0)) }).section
    let pairs = clocks.pairs.map { ClockPairReport(correlations: $0).section }
    return ReportSection(
      verdict: verdict + pairs.flatMap(\.verdict),
      results: searches.filter { searches.count == 1 || isExplained($0) }.map(table),
      tables: (searches.count > 1 ? [searchTable] : []) + segmentTables + pairs.flatMap(\.tables) + [sensitivityTable]
        + limits.tables
        + known.map(stabilityTable),
      figures: searches.isEmpty
        ? [] : [spectrumFigure] + pairs.flatMap(\.figures) + (known.isEmpty ? [] : [stabilityFigure]) + limits.figures)
  }

  /// What was searched: the clocks, and for several of them the couplings, as they answer to each in other proportions.
  private func subject(_ search: ClockSearchResult) -> String {
    guard search.clocks.count > 1 else { return "Clock " + search.clocks.joined() }
    return "Clocks \(search.clocks.joined(separator: ", ")) (\(couplings(search)))"
  }

  private func couplings(_ search: ClockSearchResult) -> String {
    search.limits.map(\.coupling.symbol).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      .joined(separator: ", ")
  }

  /// Whether an oscillation is found that the clocks show in the proportions of the couplings.
  private func isExplained(_ search: ClockSearchResult) -> Bool { search.isDetection && agreement(search) > 0.0027 }

  /// Probability that clocks which follow the couplings disagree at least as much; one for a clock alone.
  private func agreement(_ search: ClockSearchResult) -> Double {
    search.peak.inconsistencyFreedom > 0
      ? chiSquaredSurvival(
        search.peak.inconsistency, degreesOfFreedom: Double(search.peak.inconsistencyFreedom)) : 1
  }

  /// P of the loudest peak, and how it comes about in segments.
  private func power(_ search: ClockSearchResult) -> String {
    let peak = search.peak
    return "P = \(formatNumber(peak.power))"
      + (peak.segments > 1 ? " by the sum \(formatNumber(peak.sum)) of \(peak.segments) segments," : "")
  }

  private var verdict: [String] {
    let searches = clocks.analysis.searches
    var sentences = searches.filter(\.isDetection).map { search in
      let peak = search.peak
      let numbers =
        "\(power(search)) at \(formatNumber(peak.frequency, digits: 7)) Hz, threshold "
        + "\(formatNumber(search.thresholdPower)) for \(formatNumber(100 * search.falseAlarmProbability)) % false alarms"
      guard search.clocks.count > 1 else { return "\(subject(search)): an oscillation is found (\(numbers))." }
      let disagreement =
        "χ² = \(formatNumber(peak.inconsistency, digits: 3)) with \(peak.inconsistencyFreedom) degrees of freedom, "
        + "p = \(formatNumber(agreement(search), digits: 2))"
      return isExplained(search)
        ? "\(subject(search)): an oscillation is found (\(numbers)); they agree about it (\(disagreement))."
        : "\(subject(search)): the oscillation that they show (\(numbers)) is none of this coupling alone: they disagree "
          + "about it (\(disagreement))."
    }
    let quiet = searches.filter { !$0.isDetection }
    if let search = quiet.first, quiet.count == 1 {
      sentences.append(
        "\(subject(search)): no oscillation is found (loudest: \(power(search)) at "
          + "\(formatNumber(search.peak.frequency, digits: 7)) Hz, threshold \(formatNumber(search.thresholdPower)) for "
          + "\(formatNumber(100 * search.falseAlarmProbability)) % false alarms); amplitudes above "
          + "\(formatNumber(search.medianUpperLimit, digits: 3)) (median over frequencies) are excluded at "
          + "\(formatNumber(100 * search.confidenceLevel)) %.")
    } else if let search = quiet.first {
      let excluded = quiet.map { "\(subject($0)) \(formatNumber($0.medianUpperLimit, digits: 3))" }
      sentences.append(
        "No oscillation is found in the others; median amplitudes excluded at \(formatNumber(100 * search.confidenceLevel)) "
          + "%: \(excluded.joined(separator: "; ")).")
    }
    return sentences + noiseWarnings
      + clocks.analysis.unsearched.sorted { $0.key < $1.key }.map {
        "Clock \($0.key): nothing can be said: \($0.value)."
      }
  }

  /// Of clocks alone whose noise is not the one that was counted with.
  private var noiseWarnings: [String] {
    clocks.analysis.searches.filter { $0.clocks.count == 1 && $0.hasUnexpectedNoise }.map { search in
      "\(subject(search)): its noise has \(formatNumber(search.medianPower ?? .nan, digits: 3)) times the power that is stated "
        + "(median over frequencies), so that thresholds and limits do not hold; analyze with --clock-noise measured."
    }
  }

  /// All searches, a row for each.
  private var searchTable: ReportSection.Table {
    let searches = clocks.analysis.searches
    let percent = searches.first.map { formatNumber(100 * $0.confidenceLevel) } ?? ""
    return ReportSection.Table(
      title: "Searches of the clocks",
      columns: [
        .init("clocks"), .init("for"), .init("loudest at, Hz", .right), .init("P", .right), .init("threshold", .right),
        .init("amplitude", .right), .init("agreement, p", .right), .init("A_95, median", .right),
        .init("readings", .right),
      ],
      rows: searches.map { search in
        let peak = search.peak
        return [
          search.clocks.joined(separator: ", "), couplings(search),
          formatEstimate(peak.frequency, peak.frequencyUncertainty), formatNumber(peak.power),
          formatNumber(search.thresholdPower), formatEstimate(peak.amplitude, peak.amplitudeUncertainty),
          search.clocks.count > 1 && search.isDetection ? formatNumber(agreement(search), digits: 2) : "",
          formatNumber(search.medianUpperLimit, digits: 3), "\(search.readings)",
        ]
      },
      remark: "The loudest peak of each search, its amplitude in the first clock, whether the clocks show it in the "
        + "proportions of the coupling (where it is above the threshold), and the limit at \(percent) %.")
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
          truth: truth?.frequency,
          note: peak.frequency * search.span < 1
            ? "below 1/T, where a drift and all slow oscillations look alike: neither frequency nor amplitude is known so well"
            : ""),
        .init(
          name: "amplitude in \(search.clocks.first ?? "")", symbol: "$A$", value: peak.amplitude,
          uncertainty: peak.amplitudeUncertainty, truth: truth?.amplitudes[search.clocks.first ?? ""]),
        .init(
          name: "median upper limit on the amplitude", symbol: "$A$_{95}", value: search.medianUpperLimit,
          note: "\(search.frequencies) frequencies, \(formatNumber(search.lowestFrequency, digits: 3)) to "
            + "\(formatNumber(search.highestFrequency, digits: 3)) Hz" + beyond(search)),
        .init(
          name: "readings", symbol: "$N$", value: Double(search.readings),
          note: "\(days(search.liveTime)) \(search.clocks.count > 1 ? "clock-days" : "days") with readings in "
            + "\(days(search.span)) days, the longest gap \(days(search.longestGap)) days" + remarks(search)),
      ])
    table.rows += segments(search) + uncertainties(search) + noise(search)
    return table
  }

  /// What the search leaves out.
  private func beyond(_ search: ClockSearchResult) -> String {
    guard search.highestFrequency < 0.99 * search.halfRate else { return "" }
    return "; --highest-frequency goes on to half of the rate, \(formatNumber(search.halfRate, digits: 3)) Hz"
  }

  /// What had to be done to the readings.
  private func remarks(_ search: ClockSearchResult) -> String {
    (search.duplicates > 0 ? "; \(search.duplicates) with the time of another left out" : "")
      + (search.wasOutOfOrder ? "; put in the order of their times" : "")
  }

  /// Where the search is not coherent.
  private func segments(_ search: ClockSearchResult) -> [ReportContent.ResultRow] {
    guard let first = search.segmentedBands.first, let last = search.segmentedBands.last else { return [] }
    let counts =
      first.allSegments == last.allSegments ? "\(first.allSegments)" : "\(first.allSegments) to \(last.allSegments)"
    return [
      .init(
        name: "end of the coherent search", symbol: "$f$_c", value: first.lowestFrequency, unit: "Hz",
        note: "above, the run outlasts the coherence time: the powers of \(counts) segments are added")
    ]
  }

  /// The bands that are searched in segments.
  private var segmentTables: [ReportSection.Table] {
    let searches = clocks.analysis.searches.filter { !$0.segmentedBands.isEmpty }
    guard let first = searches.first else { return [] }
    return [
      ReportSection.Table(
        title: "Searches in segments",
        columns: [
          .init("clocks"), .init("from, Hz", .right), .init("to, Hz", .right), .init("segments", .right),
          .init("of", .right), .init("length, s", .right), .init("share of a line", .right),
        ],
        rows: searches.flatMap { search in
          search.segmentedBands.map { band in
            [
              search.clocks.joined(separator: ", "), formatNumber(band.lowestFrequency),
              formatNumber(band.highestFrequency), "\(band.segments)", "\(band.allSegments)",
              formatNumber(band.length),
              band.recovered.map { "\(formatNumber(100 * $0, digits: 2)) %" }.joined(separator: " … "),
            ]
          }
        },
        remark:
          "Where the run is longer than the coherence time 1/(f (v/c)²), v/c = \(formatNumber(first.coherenceSpeed)), a field "
          + "has another amplitude and phase in each stretch of that length. A sinusoid is fitted in each segment, all clocks "
          + "together, and the powers are added; P is then −ln of the probability that noise alone has such a sum, so that one "
          + "threshold holds for all frequencies. Amplitudes and limits are those of a line of the standard halo, of whose "
          + "power a segment gets the stated share; segments with too few readings are left out.",
        isFolded: true)
    ]
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

  /// What noise was counted with, and whether it was right.
  private func noise(_ search: ClockSearchResult) -> [ReportContent.ResultRow] {
    guard let power = search.medianPower else { return [] }
    return [
      .init(
        name: "noise over what it is taken for", symbol: "median $P$/ln 2", value: power,
        note: search.noise == .stated
          ? "as stated; 1 when that is true"
          : "measured: the median of 4096 neighbouring powers, below 2048/T a fit of white, flicker and random-walk noise"
      )
    ]
  }

  /// The spectra of all searches, one panel each.
  private var spectrumFigure: ReportFigure {
    let searches = clocks.analysis.searches
    let columns = searches.count > 2 ? 2 : 1
    let width = 760 / Double(columns)
    let panels = searches.map { search in
      let f = search.spectrum.map(\.frequency)
      let curves = curves(search, f)
      let title = TextMetrics.fitted(subject(search), size: PlotStyle.labelSize, width: width - 60)
      return PlotAxes(
        title: searches.count > 1 ? typeset(title) : nil, xLabel: "frequency [Hz]", yLabel: "amplitude",
        x: .covering(.logarithmic, f, margin: 0.01),
        y: .covering(.logarithmic, curves.flatMap(\.yValues), margin: 0.06),
        series: truths + curves)
    }
    return ReportFigure(
      name: "clock-spectrum", heading: "Amplitude spectra of the clocks",
      caption:
        "Least-squares amplitude of a sinusoid with an offset, the largest in each stretch of frequencies, its upper "
        + "limit, and the amplitude that noise alone exceeds anywhere with the stated probability; for several clocks that "
        + "of the first. The averaging of a sample is divided out."
        + (searches.contains { !$0.segmentedBands.isEmpty }
          ? " Where the run outlasts the coherence time, the amplitude of a line whose amplitude is drawn anew in each segment."
          : ""),
      drawing: PlotFigure(
        title: "Amplitude spectra", panels: panels, columns: columns, width: columns == 1 ? 760 : 900,
        panelHeight: columns == 1 ? 300 : 220
      ).drawing())
  }

  private var truths: [PlotSeries] {
    clocks.injected.enumerated().map {
      PlotSeries(
        .vertical(x: $0.element.frequency), colour: .vermilion, dash: .dashed, width: 1.4,
        label: $0.offset == 0 ? "injected" : nil)
    }
  }

  private func curves(_ search: ClockSearchResult, _ f: [Double]) -> [PlotSeries] {
    [
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.amplitude)), colour: .blue, width: 1.1, label: "largest amplitude"),
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.upperLimit)), colour: .orange, width: 1.1,
        label: RichText(plain: "largest limit at \(formatNumber(100 * search.confidenceLevel)) %")),
      PlotSeries(
        .line(x: f, y: search.spectrum.map(\.threshold)), colour: .green, dash: .dashed, width: 1.4,
        label: RichText(plain: "threshold, \(formatNumber(100 * search.falseAlarmProbability)) % false alarms")),
    ]
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
      let spread = (estimate.upper - estimate.lower) / 2
      return formatEstimate(estimate.deviation, spread.isFinite ? spread : nil)
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
        "In brackets half of the 68 % confidence interval, in units of the last digits; `--format json` has both ends. Gaps are left out, not bridged: a term counts when all of its readings "
        + "are there, and a deviation when it has 8 terms."
        + (shown.contains(.totdev) ? "" : " TOTDEV needs a record without gaps."),
      isFolded: true)
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

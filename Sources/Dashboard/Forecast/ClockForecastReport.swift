import Foundation
import Inference
import Planning

/// Maps the forecasts of searches in clocks onto sentences, a table and figures.
struct ClockForecastReport {
  let searches: [ClockForecast]

  private static let masses = [1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17]

  private func subject(_ search: ClockForecast) -> String {
    guard search.clocks.count > 1 else { return "Clock " + search.clocks.joined() }
    let symbols = search.limits.map(\.coupling.symbol).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    return "Clocks \(search.clocks.joined(separator: ", ")) (\(symbols.joined(separator: ", ")))"
  }

  private var percent: String { "\(formatNumber(100 * (searches.first?.confidenceLevel ?? .nan))) %" }

  var verdict: [String] {
    searches.flatMap { search -> [String] in
      // In the logarithmic middle between 5/T and the highest.
      let place = ((5 / search.span) * (search.frequencies.last ?? 1)).squareRoot()
      let index = search.frequencies.firstIndex { $0 >= place } ?? search.frequencies.count - 1
      return [
        "\(subject(search)): at \(formatNumber(search.frequencies[index], digits: 3)) Hz half of all runs will exclude "
          + "amplitudes above \(formatNumber(search.median[index], digits: 3)) in \(search.clocks.first ?? "") at \(percent), "
          + "and one of \(formatNumber(search.detectable[index], digits: 3)) will stand out of the whole search."
      ]
        + search.signals.map { signal in
          "\(subject(search)): \(signal.name) at \(formatNumber(signal.frequency, digits: 4)) Hz, amplitude "
            + "\(formatEstimate(signal.amplitude, signal.uncertainty)), will be found in "
            + "\(NetworkForecast.percent(signal.detectionProbability)) of all runs."
        }
    }
  }

  var tables: [ForecastTable] {
    guard !searches.isEmpty else { return [] }
    let runs = ForecastTable(
      title: "Searches of the clocks",
      columns: [
        ("clocks", false), ("live, days", true), ("of", true), ("from, Hz", true), ("to, Hz", true),
        ("coherent to, Hz", true), ("segments", true), ("threshold P", true),
      ],
      rows: searches.map { search in
        [
          subject(search), formatNumber(search.liveTime / 86_400, digits: 4),
          formatNumber(search.span / 86_400, digits: 4),
          formatNumber(search.frequencies.first ?? .nan, digits: 3),
          formatNumber(search.frequencies.last ?? .nan, digits: 3),
          formatNumber(coherentEnd(search), digits: 3), segments(search), formatNumber(search.thresholdPower),
        ]
      })
    let limits = ForecastTable(
      title: "Limits of clocks at \(percent) without a signal",
      remarks: ["Each coupling alone, at masses in eV; half of all runs have lower ones."],
      columns: [("from", false), ("limit on", false)] + Self.masses.map { (formatNumber($0), true) }
        + [("F", true), ("unit", false)],
      rows: searches.flatMap { search in
        search.limits.filter { !$0.masses.isEmpty }.map { limit -> [String] in
          [subject(search), limit.coupling.title] + Self.masses.map { value(limit, at: $0) }
            + [limit.factorText, limit.coupling.unit]
        }
      })
    return [runs, limits]
  }

  /// Where the coherent search will end in Hz.
  private func coherentEnd(_ search: ClockForecast) -> Double {
    min(search.frequencies.last ?? .nan, 1 / (search.coherenceSpeed * search.coherenceSpeed * search.span))
  }

  /// How many segments there will be above that.
  private func segments(_ search: ClockForecast) -> String {
    let counts = search.segments.filter { $0 > 1 }
    guard let least = counts.min(), let most = counts.max() else { return "" }
    return least == most ? "\(least)" : "\(least) to \(most)"
  }

  /// The median limit at a mass, interpolated along powers; empty outside of the search.
  private func value(_ limit: ClockLimit, at mass: Double) -> String {
    guard let next = limit.masses.firstIndex(where: { $0 >= mass }), next > 0 else { return "" }
    let (a, b) = (limit.masses[next - 1], limit.masses[next])
    let (first, second) = (limit.medians[next - 1], limit.medians[next])
    return formatNumber(first * pow(second / first, log(mass / a) / log(b / a)), digits: 3)
  }

  var figures: [ReportFigure] {
    guard !searches.isEmpty else { return [] }
    var entries: [(clocks: Int, subject: String, limit: ClockLimit)] = []
    for search in searches {
      for limit in search.limits where !limit.masses.isEmpty {
        entries.append((search.clocks.count, subject(search), limit))
      }
    }
    let couplings = ClockCoupling.allCases.filter { coupling in entries.contains { $0.limit.coupling == coupling } }
    return [amplitudes]
      + couplings.map { coupling in
        ClockLimitFigure(
          coupling: coupling, entries: entries.filter { $0.limit.coupling == coupling }, name: "forecast-clock",
          labels: ("84 % of runs are below", "median run"),
          sentence:
            "What is above a curve of this run will be excluded at \(percent) if there is no signal: by half of all "
            + "runs, and by 84 % of them."
        ).figure
      }
  }

  /// Limits on amplitudes of each clock alone.
  private var amplitudes: ReportFigure {
    let colours: [PlotColour] = [.blue, .orange, .green, .purple, .sky]
    let alone = searches.filter { $0.clocks.count == 1 }
    let series = alone.enumerated().flatMap { position, search -> [PlotSeries] in
      let (f, colour) = (search.frequencies, colours[position % colours.count])
      let name = search.clocks.joined()
      return [
        PlotSeries(.band(x: f, lower: search.low, upper: search.high), colour: colour, opacity: 0.2),
        PlotSeries(
          .line(x: f, y: search.median), colour: colour, width: 1.8, label: RichText(plain: "\(name), median limit")),
        PlotSeries(
          .line(x: f, y: search.detectable), colour: colour, dash: .dashed, width: 1.2,
          label: RichText(plain: "\(name), found")),
      ]
        + search.signals.map {
          PlotSeries(
            .points(x: [$0.frequency], y: [$0.amplitude], error: []), colour: colour, marker: .circle, markerSize: 9,
            label: RichText(plain: "\(name), \($0.name)"))
        }
    }
    let axes = PlotAxes(
      xLabel: "frequency [Hz]", yLabel: "amplitude",
      x: .covering(.logarithmic, series.flatMap(\.xValues), margin: 0.01),
      y: .covering(.logarithmic, series.flatMap(\.yValues), margin: 0.06), series: series)
    return ReportFigure(
      name: "clock-reach", heading: "Limits of clocks on amplitudes",
      caption: RichText(
        plain:
          "Upper limit at \(percent) on the amplitude of an oscillation at each frequency without a signal: the median run "
          + "and the middle 68 % of runs; dashed the amplitude that half of all runs find. Below 1/T an oscillation near its "
          + "turning point looks like an offset, and limits rise as 1/f². Where the run outlasts the coherence time it is searched in "
          + "segments, and limits are on the amplitude of a line of the standard halo."),
      drawing: PlotFigure(
        title: "Limits of clocks on amplitudes", panels: [axes], columns: 1, width: 760, panelHeight: 340
      )
      .drawing())
  }
}

extension NetworkForecast {
  var clockReport: ClockForecastReport { ClockForecastReport(searches: clocks?.searches ?? []) }
}

import Foundation
import Inference

/// Maps the coherence of pairs of clocks in one band onto what the written report shows.
struct ClockPairReport {
  let correlations: ClockBandCorrelations

  var section: ReportSection { ReportSection(verdict: verdict, tables: [table], figures: [figure]) }

  private func degrees(_ radians: Double) -> String {
    let value = (radians * 180 / .pi).rounded()
    return formatNumber(value == 0 ? 0 : value, digits: 3)
  }

  private func name(_ pair: ClockPairCorrelation) -> String { pair.clocks.joined(separator: " - ") }

  private func symbols(_ couplings: [ClockCoupling]) -> String {
    couplings.map(\.symbol).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
  }

  private var verdict: [String] {
    let coherent = correlations.coherent
    var sentences: [String] = []
    if let first = coherent.first {
      let loudest = first.loudest
      var sentence =
        "Clock pairs, band \(correlations.band): \(name(first)) are coherent at \(formatNumber(loudest.frequency, digits: 4)) "
        + "Hz (γ² = \(formatNumber(loudest.coherence, digits: 3)) of \(formatNumber(first.averages, digits: 3)) averages, "
        + "p = \(formatNumber(correlations.probability(of: loudest), digits: 2)) for any bin of any pair)"
      if coherent.count > 1 {
        sentence += "; so are \(coherent.count - 1) of the other \(correlations.pairs.count - 1) pairs"
      }
      let agreeing = first.agreeing
      if !first.fieldPhases.isEmpty {
        sentence +=
          "; the phase of \(degrees(loudest.phase))° ± \(formatNumber(loudest.phaseUncertainty * 180 / .pi, digits: 2))° is "
          + (agreeing.isEmpty
            ? "that of no common field that both follow"
            : "what a common field has that couples by \(symbols(agreeing))")
      }
      sentences.append(sentence + ".")
    } else if let loudest = correlations.loudest {
      sentences.append(
        "Clock pairs, band \(correlations.band): no two clocks are coherent (loudest: \(name(loudest)), γ² = "
          + "\(formatNumber(loudest.loudest.coherence, digits: 3)) at \(formatNumber(loudest.loudest.frequency, digits: 4)) Hz, "
          + "p = \(formatNumber(correlations.probability(of: loudest.loudest), digits: 2)) for any bin of any pair).")
    }
    let sharing = correlations.sharingNoise
    if !sharing.isEmpty {
      sentences.append(
        "Clock pairs, band \(correlations.band): \(sharing.map(name).joined(separator: ", ")) share noise over the whole band, "
          + "as clocks with a common reference do; a search that combines them takes it for independent, and its limits and "
          + "probabilities do not hold.")
    }
    return sentences
  }

  private var table: ReportSection.Table {
    ReportSection.Table(
      title: "Coherence of clock pairs, band \(correlations.band)",
      columns: [
        .init("pair"), .init("K", .right), .init("largest γ²", .right), .init("at, Hz", .right),
        .init("phase, deg", .right), .init("p, any bin", .right), .init("whole band", .right), .init("p", .right),
        .init("common field, deg"),
      ],
      rows: correlations.pairs.map { pair in
        let (loudest, expected) = (pair.loudest, pair.fieldPhases)
        let groups = [0, Double.pi].compactMap { phase -> String? in
          let couplings = ClockCoupling.allCases.filter { expected[$0] == phase }
          return couplings.isEmpty ? nil : "\(degrees(phase)) (\(symbols(couplings)))"
        }
        return [
          name(pair), formatNumber(pair.averages, digits: 4), formatNumber(loudest.coherence, digits: 3),
          formatNumber(loudest.frequency, digits: 4),
          "\(degrees(loudest.phase)) ± \(formatNumber(loudest.phaseUncertainty * 180 / .pi, digits: 2))",
          formatNumber(loudest.probability, digits: 2), formatNumber(pair.excess, digits: 3),
          formatNumber(pair.excessProbability, digits: 2), groups.joined(separator: ", "),
        ]
      },
      remark:
        "γ² is the squared coherence of the mean over K independent segments; independent noise exceeds x with the "
        + "probability (1 - x)^(K - 1) in a bin. Whole band: the mean of -(K - 1) ln(1 - γ²) away from the largest, 1 by "
        + "chance. A common field has a phase of 0 or 180 degrees, by the signs of the clocks' sensitivities.")
  }

  private var figure: ReportFigure {
    let colours: [PlotColour] = [.blue, .orange, .green, .purple, .sky, .vermilion]
    // Many pairs are not told apart: those with the least likely bins.
    let shown = correlations.pairs.sorted { $0.loudest.localProbability < $1.loudest.localProbability }
      .prefix(colours.count)
    let f = correlations.frequencies
    var coherence = zip(shown, colours).map { pair, colour in
      PlotSeries(
        .line(x: f, y: pair.coherences), colour: colour, width: 1.2, label: RichText(plain: name(pair)))
    }
    if let averages = correlations.pairs.map(\.averages).min() {
      // (1 - x)^(K - 1) = the probability for one of all bins.
      let number = Double(correlations.pairs.count * f.count)
      let local = -expm1(log1p(-correlations.falseAlarmProbability) / number)
      coherence.append(
        PlotSeries(
          .horizontal(y: -expm1(log(local) / (averages - 1))), colour: .grey, dash: .dashed,
          label: RichText(plain: "\(formatNumber(100 * correlations.falseAlarmProbability)) % for any bin of any pair"))
      )
    }
    // Phases mean something where there is coherence.
    let phase = zip(shown, colours).map { pair, colour in
      let bins = f.indices.filter { pow(1 - pair.coherences[$0], pair.averages - 1) < 1e-3 }
      return PlotSeries(
        .points(x: bins.map { f[$0] }, y: bins.map { pair.phases[$0] * 180 / .pi }, error: []), colour: colour)
    }
    let values = shown.flatMap(\.coherences).filter { $0 > 0 }
    let top = PlotAxes(
      title: "squared coherence", xLabel: "frequency [Hz]", yLabel: "$γ$^2",
      x: .covering(.logarithmic, f, margin: 0.01),
      y: AxisScale(
        .logarithmic, lower: max(values.sorted().dropFirst(values.count / 20).first ?? 1e-3, 1e-6), upper: 1.05),
      series: coherence)
    let bottom = PlotAxes(
      title: "phase of bins with p < 0.001", xLabel: "frequency [Hz]", yLabel: "phase [deg]",
      x: .covering(.logarithmic, f, margin: 0.01), y: AxisScale(.linear, lower: -190, upper: 190),
      series: [0, 180, -180].map { PlotSeries(.horizontal(y: $0), colour: .grey, dash: .dotted, width: 1) } + phase)
    return ReportFigure(
      name: "clock-pairs-\(correlations.band)", heading: "Coherence of clock pairs, band \(correlations.band)",
      caption: RichText(
        plain:
          "Squared coherence of the cross-spectra of clocks, and the phase by which the first is ahead of the second "
          + "where they are coherent. A common oscillation stands out in all pairs that follow it, at 0 or 180 degrees."
      ),
      drawing: PlotFigure(
        title: "Coherence of clock pairs, band \(correlations.band)", panels: [top, bottom], columns: 1, width: 760,
        panelHeight: 240
      ).drawing())
  }
}

import Archive
import Inference

/// Maps what carries a measured chirality, and how sure it is, onto what the written report shows.
struct ChiralityReport {
  let band: String
  let profile: ChiralityProfile?
  let evidence: ChiralityEvidence?
  let injected: Double?

  var section: ReportSection {
    ReportSection(tables: tables, figures: [figure].compactMap { $0 })
  }

  private var tables: [ReportSection.Table] {
    var tables: [ReportSection.Table] = []
    if let profile {
      tables.append(
        .init(
          title: "Chirality, band \(band)",
          columns: [.init("confidence"), .init("from", .right), .init("to", .right)],
          rows: profile.confidenceIntervals.map {
            [
              "\(formatNumber(100 * $0.confidence)) %", formatNumber($0.range.lowerBound, digits: 3),
              formatNumber($0.range.upperBound, digits: 3),
            ]
          },
          remark: "Feldman and Cousins' intervals within -1 ... 1 from the profile likelihood. Against P_V = 0: "
            + "q = \(formatNumber(profile.test.statistic, digits: 3)), p = "
            + "\(formatNumber(profile.test.probability, digits: 2)) "
            + "(\(formatNumber(profile.test.equivalentSigma, digits: 3)) σ, two-sided)."))
    }
    guard let evidence, !evidence.pairs.isEmpty else { return tables }
    let shown = evidence.pairs.prefix(10)
    let carried = shown.reduce(0) { $0 + $1.share }
    let all = evidence.uncertainty.map { ", all together \(formatNumber($0, digits: 3))" } ?? ""
    tables.append(
      .init(
        title: "Which baselines carry the chirality, band \(band)",
        columns: [
          .init("pair"), .init("km", .right), .init("z = pd", .right), .init("|(l1 × l2)·x|", .right),
          .init("σ(P_V)", .right), .init("share, %", .right),
        ],
        rows: shown.map { pair in
          [
            "\(pair.baseline.first) – \(pair.baseline.second)",
            formatNumber((pair.baseline.distance / 1000).rounded(), digits: 6),
            formatNumber(pair.baseline.z, digits: 3), formatNumber(pair.baseline.geometry, digits: 2),
            formatNumber(pair.baseline.uncertainty ?? .nan, digits: 3), formatNumber(100 * pair.share, digits: 3),
          ]
        },
        remark: "The best \(shown.count) of \(evidence.pairs.count) pairs carry "
          + "\(formatNumber(100 * carried, digits: 3)) % of the information on P_V, at the fitted noise and background. "
          + "σ(P_V) is that of a pair alone, its amplitude fitted and noise known\(all)."))
    return tables
  }

  private var figure: ReportFigure? {
    let panels = [profilePanel, sharePanel].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    return ReportFigure(
      name: "chirality-\(band)", heading: "Chirality, band \(band)",
      caption: RichText(
        markup: """
          Likelihood of $P$_V with everything else fitted; the bars are Feldman and Cousins' intervals at 68, 90 and 95 %. \
          Share of the information on $P$_V that each pair of channels carries against $z$ = $pd$: pairs of one frequency, \
          equal noise and perpendicular axes would follow $j$_1^2($z$), which is largest at 2.08.
          """),
      drawing: PlotFigure(title: "Chirality", panels: panels, columns: 2, panelHeight: 290).drawing())
  }

  private var profilePanel: PlotAxes? {
    guard let profile else { return nil }
    let deficit = profile.logLikelihood.map { -2 * $0 }
    let colours: [PlotColour] = [.blue, .green, .orange]
    var series = [PlotSeries(.line(x: profile.chirality, y: deficit), colour: .ink, width: 1.8, label: "profile")]
    for ((interval, colour), height) in zip(zip(profile.confidenceIntervals, colours), [0.5, 0.9, 1.3]) {
      series.append(
        PlotSeries(
          .line(x: [interval.range.lowerBound, interval.range.upperBound], y: [height, height]), colour: colour,
          width: 3.5,
          label: RichText(plain: "\(formatNumber(100 * interval.confidence)) %")))
    }
    if let injected {
      series.append(PlotSeries(.vertical(x: injected), colour: .vermilion, dash: .dashed, label: "injected"))
    }
    let wanted = profile.chirality.indices.filter { deficit[$0] < 12 }.map { profile.chirality[$0] }
    return PlotAxes(
      xLabel: "$P$_V", yLabel: "-2 ln($L$/$L$_{max})",
      x: .covering(.linear, wanted + (injected.map { [$0] } ?? []), margin: 0.03),
      y: AxisScale(.linear, lower: 0, upper: 10.5), series: series)
  }

  private var sharePanel: PlotAxes? {
    guard let pairs = evidence?.pairs, !pairs.isEmpty else { return nil }
    let shares = pairs.map { 100 * $0.share }
    return PlotAxes(
      xLabel: "$z$ = $pd$", yLabel: "share of the information [%]",
      x: AxisScale(.linear, lower: 0, upper: 1.05 * (pairs.map(\.baseline.z).max() ?? 1)),
      y: AxisScale(.linear, lower: -0.03 * (shares.max() ?? 1), upper: 1.1 * (shares.max() ?? 1)),
      series: [
        PlotSeries(
          .vertical(x: 2.0815759778181), colour: .grey, dash: .dotted, width: 1.4,
          label: "one frequency: $j$_1^2($z$) is largest"),
        PlotSeries(
          .points(x: pairs.map(\.baseline.z), y: shares, error: []), colour: .blue, markerSize: 5.5, opacity: 0.8,
          label: "pair of channels",
          tooltips: pairs.map {
            "\($0.baseline.first) – \($0.baseline.second): \(formatNumber(100 * $0.share, digits: 3)) %"
          }),
      ])
  }
}

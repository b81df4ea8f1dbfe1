import Foundation
import Inference
import Numerics
import Planning
import Sky

extension NetworkForecast {
  /// All pictures of the forecast for which there is content, in the order of the page.
  public var figures: [ReportFigure] {
    [reachFigure].compactMap { $0 } + skyFigures + [chiralityFigure].compactMap { $0 } + overlapFigures
      + suggestionFigures + clockReport.figures + [stationFigure].compactMap { $0 }
  }

  /// The weakest halo line against frequency.
  var reachFigure: ReportFigure? {
    guard !reachCurves.isEmpty else { return nil }
    let colours: [PlotColour] = [.blue, .vermilion, .green]
    let scale = DisplayScale(unit: unit, typical: reachCurves.flatMap(\.half).min() ?? 1)
    let axes = PlotAxes(
      xLabel: "frequency of the boson [Hz]", yLabel: "rms of the field [" + RichText(plain: scale.unit) + "]",
      x: .covering(.logarithmic, reachCurves.flatMap(\.frequencies), margin: 0),
      y: .covering(.logarithmic, reachCurves.flatMap { $0.half.map { $0 * scale.factor } }, margin: 0.1),
      series: zip(reachCurves, colours).map { curve, colour in
        PlotSeries(
          .line(x: curve.frequencies, y: curve.half.map { $0 * scale.factor }), colour: colour, width: 2,
          label: RichText(plain: curve.coupling))
      })
    return ReportFigure(
      name: "reach", heading: "Reach for the standard halo",
      caption: """
        Root mean square of the whole vector that half of all runs detect at five standard deviations, for the line of the \
        standard halo at each frequency.
        """, drawing: PlotFigure(title: "Reach", panels: [axes], width: 720).drawing())
  }

  /// One map of the sky for each coupling.
  var skyFigures: [ReportFigure] {
    skies.compactMap { sky in
      let known = sky.cells.contains { $0.solidAngleFittingAmplitude != nil }
      let values = sky.cells.map { known ? $0.solidAngleFittingAmplitude : $0.solidAngle }
      let degrees = values.map { $0.map { min($0, 4 * .pi) * squareDegrees } }
      guard degrees.contains(where: { $0.map { $0 < 4 * .pi * squareDegrees } ?? false }) else { return nil }
      let scale = DisplayScale(unit: unit, typical: sky.amplitude)
      let map = SphereMap(
        title: "Solid angle of a stream, \(sky.coupling)",
        cells: zip(sky.cells, degrees).map { ($0.cell, $1) },
        scale: .covering(.logarithmic, degrees.compactMap { $0 }, margin: 0.02), label: "solid angle [deg^2]",
        isReversed: true, isSky: true, marks: [Self.wind])
      return ReportFigure(
        name: "sky-" + sky.coupling.replacing(" ", with: "-"), heading: "Locating a stream: \(sky.coupling)",
        caption: RichText(
          plain: "Solid angle ΔΩ = 2π √det Cov (probability 1/e outside) of a cold stream that comes from each "
            + "direction, for one rms of \(formatNumber(sky.amplitude * scale.factor, digits: 3)) \(scale.unit), "
            + (known ? "its amplitude fitted" : "its amplitude known")
            + ". Equatorial axes, right ascension to the left; grey is not determined. The circle marks where the wind "
            + "of the halo comes from."), drawing: map.drawing())
    }
  }

  /// Where the Sun moves to, and the mean wind comes from.
  private static var wind: SphereMap.Mark {
    let velocity = SolarMotion().equatorial
    return SphereMap.Mark(
      longitude: atan2(velocity.y, velocity.x) * 180 / .pi,
      latitude: asin(velocity.z / length(velocity)) * 180 / .pi, label: "wind")
  }

  /// σ(P_V) of all pairs against z = p d, beside the closed form of section 7.
  var chiralityFigure: ReportFigure? {
    guard let chirality else { return nil }
    let pairs = chirality.baselines.filter { $0.uncertainty != nil }
    guard let last = pairs.map(\.z).max() else { return nil }
    let names = pairs.map { pair in
      "\(pair.first) - \(pair.second): z = \(formatNumber(pair.z)), "
        + "σ(P_V) = \(formatNumber(pair.uncertainty ?? .nan, digits: 3))"
    }
    let best = 2.0.squareRoot() / 0.43618181727145849509
    let scaled = PlotAxes(
      title: "in units of the pair's own information", xLabel: "$z$ = $pd$", yLabel: "$σ$($P$_V) √$K$",
      x: AxisScale(.linear, lower: 0, upper: 1.04 * last), y: AxisScale(.logarithmic, lower: 2, upper: 200),
      series: [
        PlotSeries(
          .line(x: chirality.boundSeparations, y: chirality.bounds), colour: .ink, width: 1.6,
          label: "best directions, known amplitude, weak signal"),
        PlotSeries(
          .horizontal(y: best), colour: .grey, dash: .dashed, width: 1, label: "optimum of one frequency, $z$ = 2.0816"),
        PlotSeries(
          .points(x: pairs.map(\.z), y: pairs.map { ($0.uncertainty ?? .nan) * $0.strength.squareRoot() }, error: []),
          colour: .blue, markerSize: 5.5, opacity: 0.8, label: "pairs of this network", tooltips: names),
      ])
    var series = [
      PlotSeries(
        .points(x: pairs.map(\.z), y: pairs.map { $0.uncertainty ?? .nan }, error: []), colour: .blue,
        markerSize: 5.5, opacity: 0.8, label: "pairs of this network", tooltips: names)
    ]
    if let whole = chirality.uncertainty {
      series.append(PlotSeries(.horizontal(y: whole), colour: .vermilion, width: 1.8, label: "all channels together"))
    }
    let values = pairs.compactMap(\.uncertainty)
    let least = min(values.min() ?? 1, chirality.uncertainty ?? .infinity)
    let real = PlotAxes(
      title: "as the network is", xLabel: "$z$ = $pd$", yLabel: "$σ$($P$_V)",
      x: AxisScale(.linear, lower: 0, upper: 1.04 * last),
      y: AxisScale(.logarithmic, lower: 0.7 * least, upper: max(100 * least, 3 * (values.min() ?? 1))), series: series)
    let hidden = values.count { $0 > real.yScale.upper }
    return ReportFigure(
      name: "chirality", heading: "Chirality of an isotropic background",
      caption: RichText(
        plain:
          "Standard deviation of the chirality P_V for \(chirality.subject), the amplitude fitted. Left: times the "
          + "root of K = T∫(A/N)²df of the pair, so that only directions and distance matter; the curve is (79) for the "
          + "spectrum of the best pair. Right: with the noise of "
          + "each pair. " + (hidden > 0 ? "\(hidden) pairs lie above the right plot." : "")),
      drawing: PlotFigure(title: "Uncertainty of the chirality", panels: [scaled, real], columns: 2, panelHeight: 300)
        .drawing())
  }

  /// Which templates look alike.
  var overlapFigures: [ReportFigure] {
    overlaps.enumerated().map { index, table in
      ReportFigure(
        name: "overlap-\(index + 1)", heading: table.title,
        caption: """
          Overlap ρ of the cross-spectral matrices of two templates in this network. Of an expected statistic Θ of the \
          true one, Θ (1 − ρ²) is left to prefer it to the other: 1 cannot be told apart.
          """,
        drawing: MatrixFigure(title: table.title, labels: table.labels, values: table.overlaps).drawing())
    }
  }

  /// Where one more station helps, a map for each goal.
  var suggestionFigures: [ReportFigure] {
    suggestions.compactMap { list in
      let gains = list.map.map { $0.gain.isFinite ? $0.gain : nil }
      guard list.placeMatters, let least = gains.compactMap({ $0 }).min(),
        let greatest = gains.compactMap({ $0 }).max(), greatest > 1
      else { return nil }
      let map = SphereMap(
        title: "One more station for \(list.figure.rawValue)", cells: zip(list.map, gains).map { ($0.cell, $1) },
        scale: AxisScale(.linear, lower: least, upper: greatest), label: "gain",
        marks: list.additions.prefix(1).map {
          SphereMap.Mark(longitude: $0.longitude, latitude: $0.latitude, label: "best")
        })
      return ReportFigure(
        name: "station-for-" + list.figure.rawValue + "-" + list.subject.replacing(" ", with: "-"),
        heading: "One more station: \(list.title)",
        caption: RichText(
          plain: "Factor by which one more station with one axis in its best direction and the noise of the quietest "
            + "channel improves \(list.figureText), for weak signals."),
        drawing: map.drawing())
    }
  }

  var stationFigure: ReportFigure? {
    ReportContent(
      title: network,
      stations: stations.map { station in
        ReportContent.Station(
          name: station.name, latitude: station.site.latitude, longitude: station.site.longitude,
          axes: station.axes.map { .init(azimuth: $0.azimuth, altitude: $0.altitude) })
      }
    ).stationMapFigure
  }
}

/// Square degrees in a steradian.
let squareDegrees = (180 / Double.pi) * (180 / Double.pi)

extension NetworkForecast.SuggestionList {
  /// What the figure of merit is, in words.
  var figureText: String {
    switch figure {
    case .detection: "the expected statistic Θ"
    case .chirality: "σ(P_V)"
    case .location: "the mean solid angle"
    case .discrimination: "the statistic that tells couplings apart"
    }
  }

  var title: String { "\(figure.rawValue) (\(subject))" }

  /// A value of the figure with its unit.
  func valueText(_ value: Double?) -> String {
    guard let value else { return "not determined" }
    switch figure {
    case .detection, .discrimination: return "Θ = \(formatNumber(value, digits: 3))"
    case .chirality: return "σ(P_V) = \(formatNumber(value, digits: 3))"
    case .location: return "ΔΩ = \(formatNumber(value * squareDegrees, digits: 3)) deg²"
    }
  }

  func gainText(_ gain: Double) -> String {
    gain.isFinite ? "×\(formatNumber(gain, digits: 3))" : "now determined"
  }
}

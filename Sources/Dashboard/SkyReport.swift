import Archive
import Foundation
import Inference
import Sky

/// Maps where the waves of one band come from onto what the written report shows.
struct SkyReport {
  private let band: String
  private let sky: ArchiveAnalysis.Sky
  private let axes: [SkyMapFigure.Axis]
  private let scale: DisplayScale

  /// - Parameters:
  ///   - band: its name.
  ///   - sky: the answer.
  ///   - axes: of the sensors, in the middle of the run.
  ///   - unit: of the field.
  init(band: String, sky: ArchiveAnalysis.Sky, axes: [SkyMapFigure.Axis], unit: String) {
    self.band = band
    self.sky = sky
    self.axes = axes
    scale = DisplayScale(unit: unit, typical: (sky.search.sources.first?.amplitude ?? 1).squareRoot())
  }

  /// The answer, its numbers and its pictures.
  var section: ReportSection {
    ReportSection(
      verdict: verdict, tables: sky.search.maps.isEmpty ? [] : [sources, parts],
      figures: sky.search.maps.indices.map(figure))
  }

  // MARK: - Sentences

  private var verdict: [String] {
    let search = sky.search
    guard let stream = search.streams.first else { return [] }
    let alternative = search.alternative?.name ?? "what comes from everywhere"
    let numbers =
      "Θ = \(formatNumber(stream.testStatistic, digits: 4)) against "
      + "\(formatNumber(search.alternative?.testStatistic ?? 0, digits: 4)) of the \(alternative)"
    let start = "Sky, band \(band): "
    switch search.finding {
    case .nothing:
      return [start + "no source stands out of the noise (\(numbers); the largest anywhere on the sky counts)."]
    case .spread:
      let wind = search.amplitude == .meanSquare ? " Its only direction is that of the Sun's way through the halo." : ""
      return [
        start + "no point source is seen; a single \(stream.name) does not explain what is there (\(numbers))." + wind
      ]
    case .undecided:
      let other = search.otherWave.map { wave in
        "a \(stream.name) from one point fits best (\(numbers)), but a \(wave.name) from elsewhere, whose field would point "
          + "the same way, is not excluded (Θ = \(formatNumber(wave.testStatistic, digits: 4))). Directions are those of a "
          + "\(stream.name)."
      }
      return [
        start
          + (other
            ?? "a \(stream.name) from one point and the \(alternative) cannot be told apart (\(numbers)). "
            + "Directions are those of a point source, if it is one.")
      ] + search.sources.enumerated().map(place)
    case .source:
      let count = search.sources.count
      return [
        start
          + (count == 1
            ? "the waves come from one direction, as a " : "the waves come from \(count) directions, each a ")
          + "\(stream.name) (\(numbers))"
          + (search.spectralIndex.map { ", spectral index \(formatNumber($0, digits: 2))" } ?? "") + "."
      ] + search.sources.enumerated().map(place)
    }
  }

  private func place(_ index: Int, _ source: SkyLocation) -> String {
    let area = source.area(0.9)
    let count = area?.parts.count ?? 1
    var text =
      (sky.search.sources.count > 1 ? "Source \(index + 1): " : "It comes from ")
      + "right ascension \(formatNumber(source.rightAscension, digits: 5))°, declination "
      + "\(formatNumber(source.declination, digits: 4))°, within \(formatNumber(area?.squareDegrees ?? .nan, digits: 3)) "
      + "square degrees with 90 % probability" + (count > 1 ? " in \(count) parts" : "") + "."
    if source.isAmbiguous {
      let opposite = EquatorialDirection(
        -EquatorialDirection(rightAscension: source.rightAscension, declination: source.declination).vector)
      text +=
        " The opposite direction, \(formatNumber(opposite.rightAscension, digits: 5))°, "
        + "\(formatNumber(opposite.declination, digits: 4))°, fits as well (Δ ln L = "
        + "\(formatNumber(source.oppositeLogRatio, digits: 2))): the network is too short against the wavelength to tell "
        + "which way the waves run."
    }
    if !source.isResolved {
      text += " The pixels are too coarse for the network's fringes: the area is rough, and a part may be missing."
    }
    return text
  }

  // MARK: - Tables

  private var sources: ReportSection.Table {
    let isDensity = sky.search.amplitude == .density
    var columns: [TextTable.Column] = [
      .init("source"), .init("RA [deg]", .right), .init("dec [deg]", .right), .init("Θ", .right),
      .init(isDensity ? "density [\(scale.densityUnit)]" : "rms [\(scale.unit)]", .right),
      .init("50 % [deg²]", .right), .init("90 % [deg²]", .right), .init("95 % [deg²]", .right),
    ]
    if !sky.injected.isEmpty { columns += [.init("injected RA, dec", .right), .init("credibility", .right)] }
    let rows = zip(sky.search.sources, sky.search.maps).enumerated().map { index, pair -> [String] in
      let (source, map) = pair
      let amplitude =
        isDensity ? source.amplitude * scale.factor * scale.factor : source.amplitude.squareRoot() * scale.factor
      var row = [
        "\(index + 1)", fixed(source.rightAscension), fixed(source.declination),
        formatNumber(source.testStatistic, digits: 4), formatNumber(amplitude, digits: 3),
      ]
      row += [0.5, 0.9, 0.95].map { formatNumber(source.area($0)?.squareDegrees ?? .nan, digits: 3) }
      if let truth = closest(to: source) {
        row += [
          "\(fixed(truth.rightAscension)), \(fixed(truth.declination))",
          formatNumber(100 * map.credibility(of: truth.vector), digits: 3) + " %",
        ]
      }
      return row
    }
    return .init(
      title: "Direction, band \(band)", columns: columns, rows: rows,
      remark: sky.injected.isEmpty
        ? ""
        : "Credibility: the smallest area that holds the injected direction has this probability; nine of ten runs should "
          + "stay below 90 %.")
  }

  private func closest(to source: SkyLocation) -> EquatorialDirection? {
    let found = EquatorialDirection(rightAscension: source.rightAscension, declination: source.declination).vector
    return sky.injected.max { ($0.vector * found).sum() < ($1.vector * found).sum() }
  }

  private var parts: ReportSection.Table {
    var rows: [[String]] = []
    for (index, source) in sky.search.sources.enumerated() {
      for part in (source.area(0.9)?.parts ?? []).prefix(12) {
        rows.append([
          "\(index + 1)", formatNumber(100 * part.probability, digits: 3) + " %",
          formatNumber(part.squareDegrees, digits: 3), fixed(part.rightAscension), fixed(part.declination),
        ])
      }
    }
    return .init(
      title: "Parts of the 90 % area, band \(band)",
      columns: [
        .init("source"), .init("probability", .right), .init("area [deg²]", .right), .init("RA [deg]", .right),
        .init("dec [deg]", .right),
      ], rows: rows, remark: "Whole pixels are counted; the position is that of a part's likeliest pixel.")
  }

  private func fixed(_ degrees: Double) -> String { String(format: "%.3f", degrees) }

  // MARK: - Picture

  private func figure(_ index: Int) -> ReportFigure {
    var figure = SkyMapFigure(
      map: sky.search.maps[index], axes: axes, trueSources: sky.injected.map(\.vector)
    ).reportFigure()
    let number = sky.search.maps.count > 1 ? "-\(index + 1)" : ""
    figure.name = "sky-\(band)\(number)"
    figure.heading =
      "Direction, band \(band)" + (sky.search.maps.count > 1 ? ", source \(index + 1) beside the others" : "")
    return figure
  }
}

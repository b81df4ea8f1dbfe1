import Dashboard
import Foundation

/// Found against stated probabilities: straight lines, when an analysis says what it does.
enum ProbabilityFigure {
  /// One group of curves with the band that 95 % of the largest deviations stay in.
  ///
  /// - Parameter curves: names and the stated probabilities of the experiments, in any order.
  static func panel(_ title: RichText, _ curves: [(name: String, probabilities: [Double])]) -> PlotAxes {
    let colours: [PlotColour] = [.blue, .orange, .green, .purple]
    let count = curves.map(\.probabilities.count).min() ?? 1
    let reach = 1.358 / Double(count).squareRoot()
    var series = [
      PlotSeries(
        .band(x: [0, 1], lower: [-reach, 1 - reach], upper: [reach, 1 + reach]), colour: .grey, opacity: 0.25,
        label: "95 % of largest deviations"),
      PlotSeries(.line(x: [0, 1], y: [0, 1]), colour: .grey, width: 1),
    ]
    series += zip(curves, colours).map { curve, colour in
      let levels = curve.probabilities.sorted()
      return PlotSeries(
        .line(x: levels, y: levels.indices.map { (Double($0) + 0.5) / Double(levels.count) }), colour: colour,
        width: 1.6, label: RichText(markup: curve.name))
    }
    let scale = AxisScale(.linear, lower: 0, upper: 1)
    return PlotAxes(
      title: title, xLabel: "stated probability", yLabel: "share of experiments", x: scale, y: scale, series: series)
  }

  /// The panels side by side.
  static func drawing(_ panels: [PlotAxes]) -> SVGDrawing {
    PlotFigure(
      title: "Probabilities found and stated", panels: panels, columns: min(2, panels.count), panelHeight: 360
    ).drawing()
  }
}

/// The files of a study: all that it found, and the figure.
enum StudyFiles {
  /// Writes `NAME.json` and `NAME.svg` into a folder, which is made.
  static func write(_ study: some Encodable, figure: SVGDrawing, name: String, folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try encoder.encode(study).write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
    try figure.file.write(toFile: "\(folder)/\(name).svg", atomically: true, encoding: .utf8)
  }
}

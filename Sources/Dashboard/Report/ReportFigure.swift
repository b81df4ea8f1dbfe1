/// One picture of a report.
public struct ReportFigure: Sendable {
  /// File name without ending: "noise-spectra".
  public var name: String
  public var heading: String
  /// What is to be seen, in a sentence or two.
  public var caption: RichText
  public var drawing: SVGDrawing
}

extension ReportContent {
  /// All pictures for which there is content, in the order of the report.
  public var figures: [ReportFigure] {
    sections.flatMap(\.figures)
      + [posteriorFigure, correlationFigure, noiseSpectraFigure, stationMapFigure, qualityFigure].compactMap { $0 }
  }
}

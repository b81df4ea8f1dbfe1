import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// What the stored matrices of an archive say, band by band: each band is asked what its topology says.
///
/// The fit sees the matrices, the calibration and the geometry, never the injections; what was injected is put beside its
/// result afterwards, from the archive's own record.
public struct ArchiveAnalysis: Sendable, Codable {
  /// The answer of one band.
  public struct Band: Sendable, Codable {
    public var name: String
    public var fit: BackgroundFit
    /// The injected background at the fit's reference frequency; nil when the archive records none or several.
    public var injected: BackgroundModel?
  }

  /// What is found in a band that is searched for lines.
  public struct LineBand: Sendable, Codable {
    public var name: String
    public var search: LineAnalysis
    /// The lines that were put in.
    public var injected: [DarkMatterLine]
  }

  /// Names under which the results of a band are stored.
  public static let storedName = "background_fit"
  public static let storedLineName = "line_search"

  public var run: String
  /// Bands with a fitted background.
  public var bands: [Band]
  /// Bands that are searched for a line.
  public var lines: [LineBand]
  /// Commitments of blind injections that the data carry and whose truth is sealed; nil when there are none.
  public var sealed: [String]?

  public init(run: String, bands: [Band], lines: [LineBand] = []) {
    self.run = run
    self.bands = bands
    self.lines = lines
  }

  /// Analyses every band of an archive and stores the answers in it.
  ///
  /// - Parameters:
  ///   - path: a finished archive.
  ///   - options: what to fit and what to hold of a background.
  ///   - lineOptions: hypotheses and confidence of the searches for lines.
  ///   - provenance: JSON of what made the analysis, stored with it.
  ///   - storing: false leaves the archive as it is.
  ///   - progress: called with a line for every band.
  /// - Throws: `ArchiveError` or `InferenceError`.
  public static func run(
    path: String, options: BackgroundFitOptions = BackgroundFitOptions(),
    lineOptions: LineAnalysisOptions = LineAnalysisOptions(), provenance: String, storing: Bool = true,
    progress: (String) -> Void = { _ in }
  ) throws -> ArchiveAnalysis {
    var analysis: ArchiveAnalysis
    do {
      let reader = try ArchiveReader(opening: path)
      analysis = ArchiveAnalysis(run: reader.runIdentifier, bands: [])
      let sealed = try reader.unopenedSeals()
      analysis.sealed = sealed.isEmpty ? nil : sealed
      let topology = try reader.topology()
      for band in reader.bands.indices {
        switch topology.bands.first(where: { $0.name == reader.bands[band].name })?.analysis ?? .background {
        case .background:
          analysis.bands.append(try reader.fitBackground(band: band, options: options, progress: progress))
        case .line:
          analysis.lines.append(try reader.searchForLines(band: band, options: lineOptions, progress: progress))
        case .none: break
        }
      }
    }
    // The reader is closed by now: nobody may hold the archive while answers are put into it.
    if storing {
      for band in analysis.bands {
        try StoredAnalysis.store(
          storedName, result: json(band.fit), provenance: provenance, band: band.name, inArchive: path)
      }
      for band in analysis.lines {
        try StoredAnalysis.store(
          storedLineName, result: json(band.search), provenance: provenance, band: band.name, inArchive: path)
      }
    }
    return analysis
  }
}

extension NetworkGeometry {
  /// The channels of an archive, in the order of its products.
  init(_ streams: [ArchiveLayout.Stream]) throws {
    try self.init(
      positions: streams.flatMap { stream in stream.channels.map { _ in stream.earthFixedPosition } },
      directions: streams.flatMap { stream in stream.channels.map(\.earthFixedDirection) },
      labels: streams.flatMap { stream in
        stream.channels.map { stream.channels.count == 1 ? stream.name : "\(stream.name)/\($0.name)" }
      })
  }
}

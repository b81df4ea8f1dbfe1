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

  /// Analyses every band of an archive and stores the fits in it.
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
      let geometry = try NetworkGeometry(reader.streams)
      for (band, plan) in reader.bands.enumerated() {
        func spectra() throws -> [CrossSpectra] {
          let calibration = try FieldCalibration(plan: plan, topology: topology)
          return try reader.products(band: band).map(calibration.applied)
        }
        switch topology.bands.first(where: { $0.name == plan.name })?.analysis ?? .background {
        case .background:
          progress("fitting band \(plan.name): \(plan.binCount) bins, \(geometry.channelCount) channels")
          let fit = try fitIsotropicBackground(try spectra(), plan: plan, geometry: geometry, options: options)
          analysis.bands.append(
            Band(name: plan.name, fit: fit, injected: try reader.injectedBackground(at: fit.referenceFrequency)))
        case .line:
          analysis.lines.append(
            LineBand(
              name: plan.name, search: try reader.searchForLines(plan: plan, options: lineOptions, progress: progress),
              injected: try reader.injectedLines()))
        case .none: break
        }
      }
    }
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

extension ArchiveReader {
  /// Looks for lines between the first and the last bin of a band.
  fileprivate func searchForLines(
    plan: BandPlan, options: LineAnalysisOptions, progress: (String) -> Void
  ) throws -> LineAnalysis {
    let (lowest, highest) = (plan.frequency(0), plan.frequency(plan.binCount - 1))
    progress("reading band \(plan.name): \(lowest) to \(highest) Hz")
    let observations = try lineObservations(from: lowest, to: highest)
    guard let first = observations.first else { throw InferenceError.noBins }
    progress(
      "searching band \(plan.name): \(observations.count) half bins, \(first.times.count) segments of "
        + "\(first.segmentLength) s, \(options.templates.count) hypotheses")
    var announced = 0
    return try LineAnalysis(observations, options: options) { done in
      let tenth = 10 * done / observations.count
      guard tenth > announced else { return }
      announced = tenth
      progress("searching band \(plan.name): \(10 * tenth) %")
    }
  }

  /// The lines that the archive records as injected.
  fileprivate func injectedLines() throws -> [DarkMatterLine] {
    try injections().filter { $0.model == "line" }.compactMap { try? decode(DarkMatterLine.self, from: $0.parameters) }
  }

  /// The one isotropic background that the archive records, as the fit's model describes it.
  /// - Returns: nil when there is none, more than one, a sealed one, or one without a spectral index or that was not always there.
  func injectedBackground(at frequency: Double) throws -> BackgroundModel? {
    let rows = try injections()
    guard try unopenedSeals().isEmpty, rows.count == 1, let row = rows.first, row.model == "isotropic-background",
      row.details?.activation.isAlways ?? true,
      let background = try? decode(IsotropicBackground.self, from: row.parameters),
      case .powerLaw(_, _, let index) = background.spectrum
    else { return nil }
    return BackgroundModel(
      amplitude: background.spectrum.density(at: frequency), longitudinalFraction: background.longitudinalFraction,
      chirality: background.chirality, spectralIndex: index, referenceFrequency: frequency)
  }
}

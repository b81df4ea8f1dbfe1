import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// What the stored matrices of an archive say about an isotropic background, band by band.
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

  /// Name under which the fit of a band is stored.
  public static let storedName = "background_fit"

  public var run: String
  public var bands: [Band]

  public init(run: String, bands: [Band]) {
    self.run = run
    self.bands = bands
  }

  /// Fits every band of an archive and stores the fits in it.
  ///
  /// - Parameters:
  ///   - path: a finished archive.
  ///   - options: what to fit and what to hold.
  ///   - provenance: JSON of what made the analysis, stored with it.
  ///   - storing: false leaves the archive as it is.
  ///   - progress: called with a line for every band.
  /// - Throws: `ArchiveError` or `InferenceError`.
  public static func run(
    path: String, options: BackgroundFitOptions = BackgroundFitOptions(), provenance: String, storing: Bool = true,
    progress: (String) -> Void = { _ in }
  ) throws -> ArchiveAnalysis {
    var analysis: ArchiveAnalysis
    do {
      let reader = try ArchiveReader(opening: path)
      analysis = ArchiveAnalysis(run: reader.runIdentifier, bands: [])
      let topology = try reader.topology()
      let geometry = try NetworkGeometry(reader.streams)
      for (band, plan) in reader.bands.enumerated() {
        progress("fitting band \(plan.name): \(plan.binCount) bins, \(geometry.channelCount) channels")
        let calibration = try FieldCalibration(plan: plan, topology: topology)
        let spectra = try reader.products(band: band).map(calibration.applied)
        let fit = try fitIsotropicBackground(spectra, plan: plan, geometry: geometry, options: options)
        analysis.bands.append(
          Band(name: plan.name, fit: fit, injected: try reader.injectedBackground(at: fit.referenceFrequency)))
      }
    }
    if storing {
      for band in analysis.bands {
        try StoredAnalysis.store(
          storedName, result: json(band.fit), provenance: provenance, band: band.name, inArchive: path)
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
  /// The one isotropic background that the archive records, as the fit's model describes it.
  /// - Returns: nil when there is none, more than one, or one without a spectral index.
  func injectedBackground(at frequency: Double) throws -> BackgroundModel? {
    let rows = try injections()
    guard rows.count == 1, let row = rows.first, row.model == "isotropic-background",
      let background = try? decode(IsotropicBackground.self, from: row.parameters),
      case .powerLaw(_, _, let index) = background.spectrum
    else { return nil }
    return BackgroundModel(
      amplitude: background.spectrum.density(at: frequency), longitudinalFraction: background.longitudinalFraction,
      chirality: background.chirality, spectralIndex: index, referenceFrequency: frequency)
  }
}

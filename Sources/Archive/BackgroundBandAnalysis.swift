import Correlator
import DarkMatter
import Foundation
import Inference

extension ArchiveReader {
  /// Fits the isotropic background to the stored matrices of a band.
  ///
  /// - Parameter progress: called with a line of text.
  /// - Throws: `ArchiveError` or `InferenceError`.
  func fitBackground(
    band: Int, options: BackgroundFitOptions, progress: (String) -> Void
  ) throws -> ArchiveAnalysis.Band {
    let plan = bands[band]
    let geometry = try NetworkGeometry(streams)
    progress("fitting band \(plan.name): \(plan.binCount) bins, \(geometry.channelCount) channels")
    let fit = try fitIsotropicBackground(
      try calibratedSpectra(band: band), plan: plan, geometry: geometry, options: options)
    return ArchiveAnalysis.Band(
      name: plan.name, fit: fit, injected: try injectedBackground(at: fit.referenceFrequency))
  }

  /// The stored matrices of a band as those of the field: the sensors' responses taken out.
  func calibratedSpectra(band: Int) throws -> [CrossSpectra] {
    let calibration = try FieldCalibration(plan: bands[band], topology: try topology())
    return try products(band: band).map(calibration.applied)
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

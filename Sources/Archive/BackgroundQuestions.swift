import Correlator
import Inference

extension ArchiveReader {
  /// Adds limits to every band of an analysis, and to those with a chirality what carries it.
  ///
  /// - Parameters:
  ///   - analysis: of this archive.
  ///   - options: of the fits of backgrounds.
  ///   - limitOptions: density and spins.
  /// - Throws: `ArchiveError`; `InferenceError` for options that cannot be.
  func addLimits(
    to analysis: inout ArchiveAnalysis, options: BackgroundFitOptions, limitOptions: CouplingLimitOptions
  ) throws {
    for index in analysis.bands.indices {
      let fit = analysis.bands[index].fit
      guard let band = bands.firstIndex(where: { $0.name == fit.band }) else { continue }
      analysis.bands[index].limits = try backgroundLimits(band: band, fit: fit, options: options)
      analysis.bands[index].chirality = try chiralityEvidence(fit, options: options)
    }
    for index in analysis.lines.indices {
      analysis.lines[index].limits = try couplingLimits(
        analysis.lines[index].search, band: analysis.lines[index].name, options: limitOptions)
    }
  }

  /// Upper limits on a background that is not found; nil after a detection, or when the network feels none.
  private func backgroundLimits(
    band: Int, fit: BackgroundFit, options: BackgroundFitOptions
  ) throws -> BackgroundLimits? {
    guard !fit.detection.isSignificant else { return nil }
    let spectra = try calibratedSpectra(band: band)
    do {
      return try BackgroundLimits(
        spectra, plan: bands[band], geometry: try NetworkGeometry(streams), options: options)
    } catch let error as InferenceError where !error.isWrongUse {
      return nil
    }
  }

  /// How much each pair says about a chirality that was measured; nil without one.
  private func chiralityEvidence(_ fit: BackgroundFit, options: BackgroundFitOptions) throws -> ChiralityEvidence? {
    guard fit.chirality != nil else { return nil }
    return try ChiralityEvidence(
      fit, geometry: try NetworkGeometry(streams), restFrequency: options.restFrequency)
  }
}

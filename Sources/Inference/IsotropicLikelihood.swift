import Correlator
import Foundation

/// The stored matrices of a band with the likelihood of an isotropic background in them.
struct IsotropicLikelihood {
  let data: SpectralData
  /// Channels that give nothing but zeros; they are left out.
  let silent: [Int]
  /// Hz at which amplitudes are stated.
  let reference: Double
  let likelihood: WhittleLikelihood

  /// - Parameters: those of `fitIsotropicBackground`.
  init(_ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry, options: BackgroundFitOptions) throws {
    try options.validate()
    guard geometry.channelCount >= 2 else { throw InferenceError.tooFewChannels(geometry.channelCount) }
    try options.calibration?.validate(channels: geometry.channelCount)
    let (spectra, silent) = ChannelHealth.withoutSilentChannels(
      spectra, bins: plan.binCount, channels: geometry.channelCount)
    self.silent = silent
    data = try SpectralData(spectra, plan: plan, geometry: geometry, options: options)
    let ends = (data.frequencies[0], data.frequencies[data.frequencies.count - 1])
    let reference = options.referenceFrequency ?? (ends.0 * ends.1).squareRoot()
    self.reference = reference
    likelihood = try WhittleLikelihood(
      channelCount: geometry.channelCount, groups: data.groups,
      templates: IsotropicTemplates.make(
        geometry: geometry, frequencies: data.frequencies, restFrequency: options.restFrequency),
      logFrequencies: data.frequencies.map { log($0 / reference) })
  }

  /// Looks for a background and fits it.
  ///
  /// - Parameter options: what to fit and what to hold.
  /// - Returns: the test; the likelihood with its calibration, last evaluated at the fit; and the fit.
  /// - Throws: `InferenceError`.
  func measured(
    options: BackgroundFitOptions
  ) throws -> (search: SignalSearch, calibrated: LikelihoodWorkspace, fit: BackgroundMeasurement) {
    // The test is made without: where there is no signal, calibrations do not matter.
    let search = try SignalSearch(LikelihoodWorkspace(likelihood), options: options)
    let calibrated = LikelihoodWorkspace(likelihood, calibration: options.calibration)
    return (search, calibrated, try BackgroundMeasurement(calibrated, search: search, options: options))
  }
}

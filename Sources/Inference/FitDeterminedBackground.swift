import Correlator

/// Fits an isotropic background with as many of its parameters as the network can tell; the others are held and named.
///
/// All channels at one place see longitudinal and transverse waves alike, and axes in one plane with their baselines see
/// no helicity: the strength may be measured all the same. Where even the strength cannot be told from the sensors' own
/// noise, nothing is claimed and the error says why.
///
/// - Parameters: as `fitIsotropicBackground`.
/// - Returns: the fit; `BackgroundFit.undetermined` lists what had to be held: f_L and P_V at 0, the index at that of the
///   test.
/// - Throws: `InferenceError` as `fitIsotropicBackground`, but for parameters other than the amplitude.
public func fitDeterminedBackground(
  _ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry,
  options: BackgroundFitOptions = BackgroundFitOptions()
) throws -> BackgroundFit {
  var options = options
  var undetermined: [BackgroundParameter] = []
  while true {
    do {
      var fit = try fitIsotropicBackground(spectra, plan: plan, geometry: geometry, options: options)
      fit.undetermined = undetermined
      return fit
    } catch InferenceError.undetermined(let parameter) where parameter != .amplitude {
      guard options.hold(parameter) else { throw InferenceError.undetermined(parameter) }
      undetermined.append(parameter)
    }
  }
}

extension BackgroundFitOptions {
  /// Holds a parameter at a value of no consequence; false when it is held already.
  fileprivate mutating func hold(_ parameter: BackgroundParameter) -> Bool {
    switch parameter {
    case .amplitude: return false
    case .longitudinalFraction:
      guard longitudinalFraction == nil else { return false }
      longitudinalFraction = 0
    case .chirality:
      guard chirality == nil else { return false }
      chirality = 0
    case .spectralIndex:
      guard spectralIndex == nil else { return false }
      spectralIndex = detectionIndex
    }
    return true
  }
}

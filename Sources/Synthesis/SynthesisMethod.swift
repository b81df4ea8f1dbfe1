import DarkMatter
import Sky

/// How the nodes of a network make one and the same field without talking to each other (vector-network section 9).
public enum SynthesisMethod: String, Hashable, Sendable, Codable {
  /// Method C: independent amplitudes for frequency bins and a covariance factor of the sites, in blocks.
  case covarianceFactor = "covariance-factor"
  /// No randomness: a formula at the true instants.
  case closedForm = "closed-form"
}

/// A method, and how far the statistics of what it makes are from those of the field.
public struct SynthesisChoice: Hashable, Sendable, Codable {
  public var method: SynthesisMethod
  /// Relative error of the covariance, of the spectrum, or of the samples of a closed form.
  public var relativeError: Double
  /// One sentence that says where the error comes from.
  public var reason: String

  public init(method: SynthesisMethod, relativeError: Double, reason: String) {
    self.method = method
    self.relativeError = relativeError
    self.reason = reason
  }
}

extension FieldModel {
  /// The method by which all nodes of a run make this field: it follows from the field and what the nodes share, never
  /// from a node.
  ///
  /// - Parameters:
  ///   - duration: of the run in nanoseconds.
  ///   - blockNanoseconds: length of the synthesis blocks.
  ///   - sites: the distinct sites of the run.
  /// - Returns: nil for a field that cannot be made.
  public func synthesisMethod(duration: Int64, blockNanoseconds: Int64, sites: [Site]) -> SynthesisChoice? {
    let block = Double(blockNanoseconds) * 1e-9
    switch self {
    case .isotropic(let background):
      // S''/(8 L² S) of section 9.4 for a power law, at the low end where it is largest.
      var curvature = 0.0
      if case .powerLaw(_, _, let index) = background.spectrum { curvature = abs(index * (index - 1)) }
      let cycles = background.lowestFrequency * block
      return SynthesisChoice(
        method: .covarianceFactor, relativeError: max(1e-12, curvature / (8 * cycles * cycles)),
        reason: "the covariance of the sites is exact; blocks of \(block) s smooth the spectrum by S''/(8 L²)")
    case .transient:
      return SynthesisChoice(
        method: .closedForm, relativeError: 2.4e-9,
        reason: "exact through flat responses; through others an interpolated convolution of this error")
    case .anisotropic, .line: return nil
    }
  }
}

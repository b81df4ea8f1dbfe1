import DarkMatter

/// How a field is made, and what error that implies (vector-network sections 9.2 to 9.6).
public struct SynthesisMethod: Hashable, Sendable, Codable {
  /// A: plane waves, B: frequency x sky, C: covariance factor, closed form: no randomness at all.
  public var name: String
  /// Relative error of the field's spectrum, or of its samples for a closed form.
  public var relativeError: Double
  /// What is neglected, in words.
  public var remark: String

  public init(name: String, relativeError: Double, remark: String) {
    self.name = name
    self.relativeError = relativeError
    self.remark = remark
  }
}

extension FieldModel {
  /// How the field is made.
  ///
  /// - Parameter blockNanoseconds: length of the synthesis blocks.
  /// - Returns: nil for a field that cannot be made.
  public func synthesisMethod(blockNanoseconds: Int64) -> SynthesisMethod? {
    switch self {
    case .isotropic(let background):
      // S''/(8 L² S) of section 9.4 for a power law, at the low end where it is largest.
      let cycles = background.lowestFrequency * Double(blockNanoseconds) * 1e-9
      var curvature = 0.0
      if case .powerLaw(_, _, let index) = background.spectrum { curvature = abs(index * (index - 1)) }
      return SynthesisMethod(
        name: "C", relativeError: max(1e-12, curvature / (8 * cycles * cycles)),
        remark: "covariance factor in overlapped blocks; the Earth's turn within a block is neglected")
    case .transient:
      return SynthesisMethod(
        name: "closed form", relativeError: 2.4e-9,
        remark: "exact at the true instants for flat responses; others by convolution, within the error")
    case .anisotropic, .line: return nil
    }
  }
}

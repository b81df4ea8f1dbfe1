/// Why a forecast has no answer.
public enum ForecastError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The network cannot determine all parameters of the fit.
  case singularFisherMatrix
  /// A baseline that says nothing about the direction of a stream.
  case insensitiveBaseline
  /// Two sensors that do not tell helicities apart.
  case insensitiveToChirality
  /// A template that vanishes on all pairs of the network.
  case vanishingTemplate
  /// A channel without noise, in which any signal would be certain.
  case noNoise(channel: String, frequency: Double)

  public var description: String {
    switch self {
    case .singularFisherMatrix:
      "the Fisher matrix is singular (condition number above 1e12): these sensors cannot determine the direction; "
        + "add sensors, other axes or longer baselines"
    case .insensitiveBaseline:
      "this baseline does not measure the angle: |Γ_12 sin θ| < 1e-14; turn a sensor, or take a baseline that is not "
        + "along the stream"
    case .insensitiveToChirality:
      "these sensors do not measure chirality: |Γ^V_12| < 1e-15; they must be at two places, and neither parallel to "
        + "each other nor in one plane with the baseline"
    case .vanishingTemplate:
      "a template vanishes on all pairs of these sensors, so its overlap is not determined"
    case .noNoise(let channel, let frequency):
      "channel \(channel) has no noise at \(frequency) Hz, where a signal of any size would be certain; give it a noise "
        + "density above zero"
    }
  }
}

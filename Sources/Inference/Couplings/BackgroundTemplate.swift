/// What may carry the power of a wide band: the templates of vector-network section 8, all of one spectral shape.
public enum BackgroundTemplate: String, Hashable, Sendable, Codable, CaseIterable {
  /// Isotropic waves along their propagation: gradients of a scalar.
  case longitudinal
  /// Isotropic unpolarised transverse waves.
  case transverse
  /// All three polarisations with the same power: δ_ij j0, each component like a scalar field of its own.
  case scalarLike
  /// Longitudinal and transverse waves in any proportion.
  case mixture
  /// Transverse waves with net helicity.
  case chiral
  /// Longitudinal and transverse waves in any proportion, with net helicity.
  case chiralMixture
  /// Longitudinal waves from one direction, which is fitted.
  case longitudinalStream
  /// Unpolarised transverse waves from one direction, which is fitted.
  case transverseStream

  public var name: String {
    switch self {
    case .longitudinal: "isotropic longitudinal"
    case .transverse: "isotropic transverse"
    case .scalarLike: "isotropic, all polarisations alike"
    case .mixture: "isotropic mixture"
    case .chiral: "isotropic chiral transverse"
    case .chiralMixture: "isotropic chiral mixture"
    case .longitudinalStream: "longitudinal stream"
    case .transverseStream: "transverse stream"
    }
  }

  /// Fitted numbers, the amplitude included.
  public var parameterCount: Int {
    switch self {
    case .longitudinal, .transverse, .scalarLike: 1
    case .mixture, .chiral: 2
    case .chiralMixture, .longitudinalStream, .transverseStream: 3
    }
  }

  /// What counts against Θ for the numbers fitted beside the amplitude: 2 each (Akaike).
  var penalty: Double { 2 * Double(parameterCount - 1) }

  /// Whether another template is this one with some of its numbers held.
  public func contains(_ other: BackgroundTemplate) -> Bool {
    switch self {
    case .mixture: [.longitudinal, .transverse, .scalarLike].contains(other)
    case .chiral: other == .transverse
    case .chiralMixture: [.longitudinal, .transverse, .scalarLike, .mixture, .chiral].contains(other)
    default: false
    }
  }

  /// The mode of a stream; nil for isotropic waves.
  var streamMode: StreamForecast.Mode? {
    switch self {
    case .longitudinalStream: .longitudinal
    case .transverseStream: .transverse
    default: nil
    }
  }

  /// Template amplitudes of an isotropic field as functions of what is fitted.
  func chart(index: Double, gains: Int) -> LinearChart {
    switch self {
    case .longitudinal: LinearChart(longitudinalFraction: 1, chirality: 0, index: index, gains: gains)
    case .scalarLike: LinearChart(longitudinalFraction: 1.0 / 3, chirality: 0, index: index, gains: gains)
    case .mixture: LinearChart(longitudinalFraction: nil, chirality: 0, index: index, gains: gains)
    case .chiral: LinearChart(longitudinalFraction: 0, chirality: nil, index: index, gains: gains)
    case .chiralMixture: LinearChart(longitudinalFraction: nil, chirality: nil, index: index, gains: gains)
    case .transverse, .longitudinalStream, .transverseStream:
      LinearChart(longitudinalFraction: 0, chirality: 0, index: index, gains: gains)
    }
  }
}

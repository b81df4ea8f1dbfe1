/// A field of dark matter that nodes everywhere on the Earth see.
public enum FieldModel: Hashable, Sendable, Codable {
  /// A broad stochastic background, alike from all directions.
  case isotropic(IsotropicBackground)
  /// A broad stochastic background with a pattern on the sky.
  case anisotropic(AnisotropicBackground)
  /// The narrow line of slow particles: a halo, streams, sums of them.
  case line(DarkMatterLine)
  /// One event: a burst or a domain wall.
  case transient(TransientEvent)
  /// The coherent oscillation of constants of nature, which clocks see.
  case scalar(ScalarField)

  /// A word for the kind of field, as archives and topology files name it.
  public var kind: String {
    switch self {
    case .isotropic: "isotropic-background"
    case .anisotropic: "anisotropic-background"
    case .line: "line"
    case .scalar: "scalar"
    case .transient(let event):
      switch event.shape {
      case .burst: "burst"
      case .wall: "domain-wall"
      }
    }
  }
}

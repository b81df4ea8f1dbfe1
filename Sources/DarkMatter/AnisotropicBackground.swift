/// A stochastic background whose power depends on the direction of propagation.
///
/// Polarisation and spectrum are the same for all directions; the density in direction p̂ is g(p̂) times the mean one
/// (physics page vector-network, section 2).
public struct AnisotropicBackground: Hashable, Sendable, Codable {
  /// Spectrum, band and polarisation of the whole.
  public var background: IsotropicBackground
  /// g(p̂).
  public var directions: AngularDistribution

  public init(background: IsotropicBackground, directions: AngularDistribution) {
    self.background = background
    self.directions = directions
  }
}

/// How the directions of propagation are spread over the sky: g(p̂), of mean one.
public struct AngularDistribution: Hashable, Sendable, Codable {
  /// A round patch with a von Mises-Fisher profile, exp(cos θ/spread²).
  public struct Spot: Hashable, Sendable, Codable {
    /// Unit vector of propagation in equatorial axes; the source is opposite.
    public var direction: SIMD3<Double>
    /// Standard deviation along one axis in radians (for small spots).
    public var spread: Double
    /// Share of the whole power.
    public var fraction: Double

    public init(direction: SIMD3<Double>, spread: Double, fraction: Double) {
      self.direction = direction
      self.spread = spread
      self.fraction = fraction
    }
  }

  /// What their fractions leave of one is isotropic.
  public var spots: [Spot]

  public init(spots: [Spot]) {
    self.spots = spots
  }
}

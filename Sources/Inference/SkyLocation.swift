import Sky

/// Where a source is, in numbers: what is kept of a map beside its pixels.
public struct SkyLocation: Hashable, Sendable, Codable {
  /// A connected part of the sky.
  public struct Part: Hashable, Sendable, Codable {
    /// Probability that the source is in here.
    public var probability: Double
    public var squareDegrees: Double
    /// Degrees, of its likeliest pixel.
    public var rightAscension: Double
    public var declination: Double
  }

  /// The smallest area that holds the source with a probability.
  public struct Area: Hashable, Sendable, Codable {
    public var level: Double
    public var squareDegrees: Double
    /// Connected parts, most probable first; whole pixels are counted.
    public var parts: [Part]
  }

  /// Degrees, of the most likely direction.
  public var rightAscension: Double
  public var declination: Double
  /// Θ = 2 [ln L(source) - ln L(no source)] there, beside all other sources.
  public var testStatistic: Double
  /// What the model calls α: a one-sided density in unit²/Hz, or the mean square of the field.
  public var amplitude: Double
  /// For 50, 90 and 95 %.
  public var areas: [Area]
  /// ln L of the most likely direction over that of its opposite: near 0 for a network that cannot tell them apart.
  public var oppositeLogRatio: Double
  /// Degrees; nil for a network at one place.
  public var fringeSpacing: Double?
  /// nside of the finest pixels.
  public var nside: Int
  /// Whether every place that could matter was resolved.
  public var isResolved: Bool

  /// - Parameters:
  ///   - map: of the source.
  ///   - likelihood: that the map was made from.
  public init(_ map: SkyMap, _ likelihood: some DirectionLikelihood) {
    let maximum = map.maximum
    rightAscension = maximum.rightAscension
    declination = maximum.declination
    testStatistic = maximum.testStatistic
    amplitude = maximum.amplitude
    areas = [0.5, 0.9, 0.95].map { level in
      let region = map.credibleRegion(level)
      return Area(
        level: level, squareDegrees: region.squareDegrees,
        parts: region.modes.map {
          Part(
            probability: $0.probability, squareDegrees: $0.squareDegrees, rightAscension: $0.peak.rightAscension,
            declination: $0.peak.declination)
        })
    }
    oppositeLogRatio = maximum.logLikelihood - likelihood.evaluate([-maximum.direction], workers: 1)[0].logLikelihood
    fringeSpacing = map.fringeSpacing.isFinite ? map.fringeSpacing * 180 / .pi : nil
    nside = HEALPix(order: map.finestOrder).nside
    isResolved = map.isResolved
  }

  /// Whether the opposite direction is within a factor e of the likeliest.
  public var isAmbiguous: Bool { oppositeLogRatio < 1 }

  /// The area of a level among those kept.
  public func area(_ level: Double) -> Area? { areas.first { $0.level == level } }
}

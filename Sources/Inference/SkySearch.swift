import Foundation

/// How a source is looked for on the sky.
public struct SkySearchOptions: Hashable, Sendable, Codable {
  public var scan: SkyScanOptions
  /// The most sources of one band.
  public var maximumSources: Int
  /// Global probability below which a source counts as found.
  public var globalThreshold: Double
  /// Θ by which a source must beat what is not one, or the other way round, for a verdict.
  public var preference: Double

  public init(
    scan: SkyScanOptions = SkyScanOptions(), maximumSources: Int = 3, globalThreshold: Double = 0.0027,
    preference: Double = 10
  ) {
    self.scan = scan
    self.maximumSources = maximumSources
    self.globalThreshold = globalThreshold
    self.preference = preference
  }
}

/// Whether the waves of a band come from a point of the sky, and from where.
public struct SkySearch: Sendable, Codable {
  /// What was looked for, at its best.
  public struct Hypothesis: Hashable, Sendable, Codable {
    public var name: String
    public var testStatistic: Double
    /// Degrees; nil for what has no direction.
    public var rightAscension: Double?
    public var declination: Double?

    public init(name: String, testStatistic: Double, rightAscension: Double? = nil, declination: Double? = nil) {
      self.name = name
      self.testStatistic = testStatistic
      self.rightAscension = rightAscension
      self.declination = declination
    }
  }

  public enum Finding: String, Hashable, Sendable, Codable {
    /// Waves from a point explain the data, and nothing else that was tried does as well.
    case source
    /// Waves from a point and from everywhere explain the data about equally well.
    case undecided
    /// The data show waves, but not from a point.
    case spread
    /// No waves from a point stand out of the noise.
    case nothing
  }

  /// What an amplitude is.
  public enum Amplitude: String, Hashable, Sendable, Codable {
    /// One-sided density of the whole vector at the reference frequency, unit²/Hz.
    case density
    /// Mean square of the whole vector, unit².
    case meanSquare
  }

  public var finding: Finding
  /// Streams, the likeliest first.
  public var streams: [Hypothesis]
  /// What comes from everywhere.
  public var alternative: Hypothesis?
  /// The plane wave of the other way of the field to it, where a line's likeliest one does not exclude it.
  public var otherWave: Hypothesis?
  /// Of the likeliest stream by noise alone, anywhere on the sky; nil where the detection was made before.
  public var logGlobalProbability: Double?
  /// The likeliest first; more than one only when each is found beside the others.
  public var sources: [SkyLocation]
  public var amplitude: Amplitude
  /// Hz at which a density is stated; frequency of a line.
  public var frequency: Double
  /// Power of frequency that the spectrum of streams in a background follows; nil for a line.
  public var spectralIndex: Double?
  /// Of `sources`; not part of the JSON.
  public var maps: [SkyMap] = []

  private enum CodingKeys: CodingKey {
    case finding, streams, alternative, logGlobalProbability, sources, amplitude, frequency, spectralIndex
  }
}

/// How far a search of the sky is.
public struct SkyProgress: Sendable {
  /// What is being done.
  public var step: String
  /// Directions evaluated in this step, and how many the look around the sky takes.
  public var evaluations: Int
  public var expected: Int
}

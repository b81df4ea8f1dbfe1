import Glibc

/// How clock data are searched and limited.
public struct ClockAnalysisOptions: Hashable, Sendable, Codable {
  /// Global probability that noise alone exceeds the threshold of a search.
  public var falseAlarmProbability: Double
  /// Of the upper limits on amplitudes.
  public var confidenceLevel: Double
  /// How the limits are stated.
  public var limit: AmplitudeLimit
  /// Frequencies in 1/T.
  public var oversampling: Double
  /// Where searches end in Hz; nil for half of the rate, or what `mostFrequencies` reach.
  public var highestFrequency: Double?
  /// Whether the spectrum of the noise is taken as stated or measured in the search.
  public var noise: ClockNoiseSource
  /// Points of a stored spectrum, and of limits against mass.
  public var storedPoints: Int
  /// What is behind limits on couplings.
  public var couplings: ClockLimitOptions
  /// v/c in the coherence time 1/(f (v/c)²): frequencies whose coherence time the run outlasts are searched in segments.
  public var coherenceSpeed: Double
  /// Threads.
  public var workers: Int

  public init(
    falseAlarmProbability: Double = 0.05, confidenceLevel: Double = 0.95, limit: AmplitudeLimit = .bayes,
    oversampling: Double = 10, highestFrequency: Double? = nil, noise: ClockNoiseSource = .stated,
    storedPoints: Int = 600,
    couplings: ClockLimitOptions = ClockLimitOptions(), coherenceSpeed: Double = CoherenceBands.speed,
    workers: Int = 1
  ) {
    self.falseAlarmProbability = falseAlarmProbability
    self.confidenceLevel = confidenceLevel
    self.limit = limit
    self.oversampling = oversampling
    self.highestFrequency = highestFrequency
    self.noise = noise
    self.storedPoints = storedPoints
    self.couplings = couplings
    self.coherenceSpeed = coherenceSpeed
    self.workers = workers
  }
}

extension ClockAnalysisOptions {
  /// Frequencies of a search that nobody bounded: at most that many, a quarter of a gigabyte.
  public static let mostFrequencies = 4e6

  /// The coherent search of clocks: up to the frequency whose coherence time is the run.
  ///
  /// - Parameter clocks: all with times from the same origin.
  /// - Throws: `ClockAnalysisError` when there is too little to search.
  public func search(_ clocks: [SearchedClock]) throws(ClockAnalysisError) -> SinusoidSearch {
    let span = ClockExtent(clocks).span
    let coherent = span > 0 ? 1 / (coherenceSpeed * coherenceSpeed * span) : .infinity
    let highest = highestFrequency ?? reach(of: clocks.map(\.series))
    return try SinusoidSearch(
      clocks,
      options: SearchOptions(
        highestFrequency: highest.map { min($0, coherent) }, oversampling: oversampling, workers: workers))
  }

  /// Where the search of clocks ends in Hz.
  func reach(of clocks: [ClockSeries]) -> Double? {
    guard let fastest = clocks.map(\.interval).min(), let first = clocks.compactMap(\.times.first).min(),
      let last = clocks.compactMap(\.times.last).max(), last > first
    else { return nil }
    return min(0.5 / fastest, Self.mostFrequencies / (oversampling * (last - first)))
  }
}

/// How stable one clock is.
public struct ClockStability: Hashable, Sendable, Codable {
  public var clock: String
  /// Overlapping Allan deviations at octaves of averaging times, with gaps as they are.
  public var deviations: [AllanEstimate]
  /// The other deviations of the family at the same times; the total one of records without gaps only.
  public var family: [AllanEstimate]
  /// The Allan deviation that the stated noise has at the averaging times of `deviations`.
  public var stated: [Double]

  /// - Parameters:
  ///   - clock: its name.
  ///   - values: at equal steps; NaN where there is none.
  ///   - interval: s.
  ///   - noise: the kind of noise that confidence intervals assume at an averaging time in s.
  ///   - stated: the Allan deviation that the clock should have at an averaging time in s.
  /// - Throws: `ClockAnalysisError`.
  public init(
    clock: String, values: [Double], interval: Double, noise: (Double) -> FrequencyNoise,
    stated: (Double) -> Double
  ) throws {
    let analysis = try AllanAnalysis(values: values, interval: interval)
    self.clock = clock
    func estimates(_ statistic: AllanStatistic) throws -> [AllanEstimate] {
      try analysis.octaves.flatMap {
        try analysis.estimates(statistic, factors: [$0], noise: noise(Double($0) * interval))
      }
    }
    deviations = try estimates(.oadev)
    let modified = try estimates(.mdev)
    family = try estimates(.adev) + modified + modified.map(\.timeDeviation) + estimates(.hdev) + estimates(.ohdev)
    if !analysis.hasGaps { family += try estimates(.totdev) }
    self.stated = deviations.map { stated($0.averagingTime) }
  }
}

/// The answer of the clocks of a run: searched one by one and together, and how stable they are.
public struct ClockAnalysis: Hashable, Sendable, Codable {
  public var searches: [ClockSearchResult]
  /// Clocks that were not searched, and why.
  public var unsearched: [String: String]
  public var stabilities: [ClockStability]

  public init(searches: [ClockSearchResult], unsearched: [String: String] = [:], stabilities: [ClockStability]) {
    self.searches = searches
    self.unsearched = unsearched
    self.stabilities = stabilities
  }
}

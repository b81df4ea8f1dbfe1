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
  /// Threads.
  public var workers: Int

  public init(
    falseAlarmProbability: Double = 0.05, confidenceLevel: Double = 0.95, limit: AmplitudeLimit = .bayes,
    oversampling: Double = 10, highestFrequency: Double? = nil, noise: ClockNoiseSource = .stated,
    storedPoints: Int = 600,
    couplings: ClockLimitOptions = ClockLimitOptions(),
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
    self.workers = workers
  }
}

extension ClockAnalysisOptions {
  /// Frequencies of a search that nobody bounded: at most that many, a quarter of a gigabyte.
  public static let mostFrequencies = 4e6

  /// The search of clocks.
  ///
  /// - Parameter clocks: all with times from the same origin.
  /// - Throws: `ClockAnalysisError` when there is too little to search.
  public func search(_ clocks: [SearchedClock]) throws(ClockAnalysisError) -> SinusoidSearch {
    try SinusoidSearch(
      clocks,
      options: SearchOptions(
        highestFrequency: highestFrequency ?? reach(of: clocks.map(\.series)), oversampling: oversampling,
        workers: workers))
  }

  /// Where the search of clocks ends in Hz.
  func reach(of clocks: [ClockSeries]) -> Double? {
    guard let fastest = clocks.map(\.interval).min(), let first = clocks.compactMap(\.times.first).min(),
      let last = clocks.compactMap(\.times.last).max(), last > first
    else { return nil }
    return min(0.5 / fastest, Self.mostFrequencies / (oversampling * (last - first)))
  }
}

/// What a search for one sinusoid in the data of one or several clocks says.
public struct ClockSearchResult: Hashable, Sendable, Codable {
  /// The sinusoid at the largest power.
  public struct Peak: Hashable, Sendable, Codable {
    /// Hz, between the frequencies of the search.
    public var frequency: Double
    public var frequencyUncertainty: Double
    /// Of the signal before it was averaged over a sample.
    public var amplitude: Double
    public var amplitudeUncertainty: Double
    /// P, exponential with mean one in noise alone.
    public var power: Double
    /// That noise alone has such a peak anywhere in the search.
    public var falseAlarmProbability: Double
    /// Chi-squared by which several clocks disagree about it, with 2 (clocks - 1) degrees of freedom; 0 for one.
    public var inconsistency: Double
  }

  /// The largest values in one stretch of frequencies.
  public struct Stretch: Hashable, Sendable, Codable {
    /// Of the largest amplitude, in Hz.
    public var frequency: Double
    public var amplitude: Double
    /// The amplitude whose power reaches the threshold, by the mean variance of cosine and sine.
    public var threshold: Double
    /// The largest upper limit.
    public var upperLimit: Double
  }

  /// The clocks, in order; amplitudes are those of the first.
  public var clocks: [String]
  public var readings: Int
  /// Seconds from the first to the last reading, and seconds with readings, of all clocks together.
  public var span: Double
  public var liveTime: Double
  /// The longest time without a reading of any clock, in s.
  public var longestGap: Double
  /// Readings that were left out because another one has their time, and whether readings had to be put in order.
  public var duplicates: Int
  public var wasOutOfOrder: Bool
  /// The least and the largest uncertainty of a reading of the first clock.
  public var uncertainties: [Double]
  /// Hz.
  public var lowestFrequency: Double
  public var highestFrequency: Double
  public var frequencies: Int
  /// Of the global threshold.
  public var falseAlarmProbability: Double
  public var thresholdPower: Double
  public var confidenceLevel: Double
  /// Half of the frequencies have a lower limit on the amplitude.
  public var medianUpperLimit: Double
  public var peak: Peak
  public var spectrum: [Stretch]
  /// Whose word on the noise was taken.
  public var noise: ClockNoiseSource
  /// The median of P above 5/T over ln 2: one when the noise is what it was taken for. Nil for fewer than 32 independent
  /// frequencies.
  public var medianPower: Double?
  /// How the upper limits on amplitudes are stated.
  public var limitKind: AmplitudeLimit
  /// Limits on couplings, the others zero.
  public var limits: [ClockLimit]
  public var couplingOptions: ClockLimitOptions

  /// Whether the peak is above the threshold.
  public var isDetection: Bool { peak.power > thresholdPower }

  /// Searches.
  ///
  /// - Parameters:
  ///   - clocks: with their names; their factors are relative to the first.
  ///   - couplings: what the amplitude in the first clock limits, each with the coefficient of that clock.
  ///   - options: threshold and limits.
  /// - Throws: `ClockAnalysisError` when there is too little to search.
  public init(
    _ clocks: [(name: String, data: SearchedClock)], couplings: [(ClockCoupling, coefficient: Double)] = [],
    options: ClockAnalysisOptions
  ) throws {
    let spectrum = try options.search(clocks.map(\.data)).run()
    let limits = spectrum.upperLimits(
      options.limit, confidenceLevel: options.confidenceLevel, workers: options.workers)
    let threshold = spectrum.threshold
    guard
      let index = (0..<spectrum.count).filter({ spectrum[$0].power.isFinite })
        .max(by: { spectrum[$0].power < spectrum[$1].power })
    else { throw ClockAnalysisError.tooFewSamples(clocks.reduce(0) { $0 + $1.data.series.times.count }) }
    self.clocks = clocks.map(\.name)
    readings = clocks.reduce(0) { $0 + $1.data.series.times.count }
    span = spectrum.span
    liveTime = clocks.reduce(0) { $0 + $1.data.series.liveTime }
    longestGap = clocks.map(\.data.series.longestGap).max() ?? 0
    duplicates = clocks.reduce(0) { $0 + $1.data.series.duplicates }
    wasOutOfOrder = clocks.contains { $0.data.series.wasOutOfOrder }
    let sigmas = clocks.first?.data.series.sigmas ?? []
    uncertainties = [sigmas.min() ?? .nan, sigmas.max() ?? .nan]
    lowestFrequency = spectrum.frequency(0)
    highestFrequency = spectrum.frequency(spectrum.count - 1)
    frequencies = spectrum.count
    falseAlarmProbability = options.falseAlarmProbability
    let power = try threshold.power(falseAlarmProbability: options.falseAlarmProbability)
    thresholdPower = power
    confidenceLevel = options.confidenceLevel
    let sorted = limits.filter(\.isFinite).sorted()
    medianUpperLimit = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    peak = Self.peak(at: index, of: spectrum, threshold: threshold)
    let ranges = Self.ranges(of: spectrum, count: options.storedPoints)
    self.spectrum = ranges.compactMap { Self.stretch($0, of: spectrum, limits: limits, thresholdPower: power) }
    noise = options.noise
    medianPower = Self.medianPower(of: spectrum)
    limitKind = options.limit
    couplingOptions = options.couplings
    let treatment = options.couplings.stochastic
    // With the amplitude's Rayleigh distribution in them, or without.
    let plain = LimitStretches(ranges, limits: limits, frequency: spectrum.frequency)
    let random =
      couplings.contains { treatment.factor($0.0.order) == nil }
      ? LimitStretches(
        ranges, limits: spectrum.stochasticLimits(confidenceLevel: options.confidenceLevel),
        frequency: spectrum.frequency) : plain
    let span = spectrum.span
    self.limits = couplings.map { coupling, coefficient in
      let factor = treatment.factor(coupling.order)
      return (factor == nil ? random : plain).limit(
        on: coupling, coefficient: coefficient, factor: factor, span: span, options: options.couplings)
    }
  }

  private static func medianPower(of spectrum: SinusoidSpectrum) -> Double? {
    var powers: [Double] = []
    var next = 5 / spectrum.span
    for index in 0..<spectrum.count where spectrum.frequency(index) >= next {
      if spectrum.power(index).isFinite { powers.append(spectrum.power(index)) }
      next = spectrum.frequency(index) + 0.999 / spectrum.span
    }
    guard powers.count >= 32 else { return nil }
    return powers.sorted()[powers.count / 2] / M_LN2
  }

  /// Whether the noise is not what it was taken for: thresholds and limits do not hold then.
  public var hasUnexpectedNoise: Bool {
    guard let medianPower else { return false }
    // The median of n exponential powers, over ln 2, has a standard deviation of 1/(ln 2 sqrt n).
    let error = 1 / (M_LN2 * max(32, (highestFrequency - 5 / span) * span).squareRoot())
    return abs(medianPower - 1) > max(0.1, 5 * error)
  }

  private static func peak(at index: Int, of spectrum: SinusoidSpectrum, threshold: GlobalThreshold) -> Peak {
    let point = spectrum[index]
    var frequency = point.frequency
    // The vertex of the parabola through the peak and its neighbours.
    if index > 0, index + 1 < spectrum.count {
      let (left, right) = (spectrum[index - 1], spectrum[index + 1])
      let step = right.frequency - point.frequency
      let curvature = left.power - 2 * point.power + right.power
      if curvature < 0, abs(point.frequency - left.frequency - step) < 1e-6 * step {
        frequency += step * 0.5 * (left.power - right.power) / curvature
      }
    }
    let (c, s, v) = (point.cosine, point.sine, point.covariance)
    let square = point.amplitude * point.amplitude
    let error = ((c * c * v.cosine + 2 * c * s * v.mixed + s * s * v.sine) / square).squareRoot()
    return Peak(
      frequency: frequency,
      // Without gaps sqrt(3) sigma_A/(π A T).
      frequencyUncertainty: error / (2 * .pi * point.amplitude * spectrum.timeVariance.squareRoot()),
      amplitude: point.amplitude, amplitudeUncertainty: error, power: point.power,
      falseAlarmProbability: threshold.falseAlarmProbability(power: point.power), inconsistency: point.inconsistency)
  }

  /// The numbers of the frequencies in stretches of equal logarithmic width, those without a frequency left out.
  private static func ranges(of spectrum: SinusoidSpectrum, count: Int) -> [Range<Int>] {
    let (low, high) = (log(spectrum.frequency(0)), log(spectrum.frequency(spectrum.count - 1)))
    let perStretch = max(high - low, 1e-9) / Double(count)
    var result: [Range<Int>] = []
    var (start, place) = (0, 0)
    for index in 1..<spectrum.count {
      let own = min(count - 1, Int((log(spectrum.frequency(index)) - low) / perStretch))
      guard own != place else { continue }
      result.append(start..<index)
      (start, place) = (index, own)
    }
    return result + [start..<spectrum.count]
  }

  private static func stretch(
    _ range: Range<Int>, of spectrum: SinusoidSpectrum, limits: [Double], thresholdPower: Double
  ) -> Stretch? {
    let known = range.filter { spectrum[$0].power.isFinite && limits[$0].isFinite }
    guard let loudest = known.max(by: { spectrum[$0].amplitude < spectrum[$1].amplitude }) else { return nil }
    let point = spectrum[loudest]
    return Stretch(
      frequency: point.frequency, amplitude: point.amplitude,
      threshold: (thresholdPower * (point.covariance.cosine + point.covariance.sine)).squareRoot(),
      upperLimit: known.reduce(0) { max($0, limits[$1]) })
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

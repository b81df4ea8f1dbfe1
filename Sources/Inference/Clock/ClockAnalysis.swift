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
  /// Points of a stored spectrum.
  public var storedPoints: Int
  /// Threads.
  public var workers: Int

  public init(
    falseAlarmProbability: Double = 0.05, confidenceLevel: Double = 0.95, limit: AmplitudeLimit = .bayes,
    oversampling: Double = 10, storedPoints: Int = 600, workers: Int = 1
  ) {
    self.falseAlarmProbability = falseAlarmProbability
    self.confidenceLevel = confidenceLevel
    self.limit = limit
    self.oversampling = oversampling
    self.storedPoints = storedPoints
    self.workers = workers
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

  /// Whether the peak is above the threshold.
  public var isDetection: Bool { peak.power > thresholdPower }

  /// Searches.
  ///
  /// - Parameters:
  ///   - clocks: with their names; their factors are relative to the first.
  ///   - options: threshold and limits.
  /// - Throws: `ClockAnalysisError` when there is too little to search.
  public init(_ clocks: [(name: String, data: SearchedClock)], options: ClockAnalysisOptions) throws {
    let search = try SinusoidSearch(
      clocks.map(\.data), options: SearchOptions(oversampling: options.oversampling, workers: options.workers))
    let spectrum = search.run()
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
    self.spectrum = Self.stretches(of: spectrum, limits: limits, thresholdPower: power, count: options.storedPoints)
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

  /// The spectrum in stretches of equal logarithmic width, those without a frequency left out.
  private static func stretches(
    of spectrum: SinusoidSpectrum, limits: [Double], thresholdPower: Double, count: Int
  ) -> [Stretch] {
    let (low, high) = (log(spectrum.frequency(0)), log(spectrum.frequency(spectrum.count - 1)))
    var result: [Stretch] = []
    var last = -1
    for index in 0..<spectrum.count {
      let point = spectrum[index]
      guard point.power.isFinite, limits[index].isFinite else { continue }
      let place = min(count - 1, Int((log(point.frequency) - low) / max(high - low, 1e-9) * Double(count)))
      let threshold = (thresholdPower * (point.covariance.cosine + point.covariance.sine)).squareRoot()
      if place != last {
        result.append(
          Stretch(
            frequency: point.frequency, amplitude: point.amplitude, threshold: threshold, upperLimit: limits[index]))
        last = place
        continue
      }
      let end = result.count - 1
      if point.amplitude > result[end].amplitude {
        (result[end].frequency, result[end].amplitude, result[end].threshold) =
          (point.frequency, point.amplitude, threshold)
      }
      result[end].upperLimit = max(result[end].upperLimit, limits[index])
    }
    return result
  }
}

/// How stable one clock is.
public struct ClockStability: Hashable, Sendable, Codable {
  public var clock: String
  /// Overlapping Allan deviations at octaves of averaging times, with gaps as they are.
  public var deviations: [AllanEstimate]
  /// What white frequency noise of the stated level gives at 1 s.
  public var whiteFrequencyNoise: Double

  /// - Parameters:
  ///   - clock: its name.
  ///   - values: at equal steps; NaN where there is none.
  ///   - interval: s.
  ///   - whiteFrequencyNoise: stated Allan deviation at 1 s.
  /// - Throws: `ClockAnalysisError`.
  public init(clock: String, values: [Double], interval: Double, whiteFrequencyNoise: Double) throws {
    let analysis = try AllanAnalysis(values: values, interval: interval)
    self.clock = clock
    self.whiteFrequencyNoise = whiteFrequencyNoise
    deviations = try analysis.estimates(.oadev, factors: analysis.octaves)
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

import DarkMatter
import Glibc
import Numerics

/// What a search in the readings of planned clocks will exclude and find, by closed forms (physics page clock, sections 5
/// and 6).
///
/// Readings are taken for spread evenly over the run: gaps cost live time, and where noise is coloured what they let through
/// is in its ratio.
public struct ClockForecast: Hashable, Sendable, Codable {
  /// The clocks, in order; amplitudes are those of the first.
  public var clocks: [String]
  public var span: Double
  public var liveTime: Double
  public var confidenceLevel: Double
  public var limitKind: AmplitudeLimit
  public var couplingOptions: ClockLimitOptions
  /// Hz.
  public var frequencies: [Double]
  /// The upper limit on the amplitude without a signal, in segments on that at |zeta| = 1: 16 %, half and 84 % of all runs have
  /// a lower one.
  public var low: [Double]
  public var median: [Double]
  public var high: [Double]
  /// Into how many segments the run will be split at each frequency; 1 where the search is coherent.
  public var segments: [Int]
  /// v/c in the coherence time.
  public var coherenceSpeed: Double
  /// Of the global threshold of the whole search.
  public var falseAlarmProbability: Double
  public var thresholdPower: Double
  /// The amplitude whose power is the threshold, in segments on average: half of all runs find it.
  public var detectable: [Double]
  /// On couplings, the others zero: `values` are limits that 84 % of all runs stay below, `medians` those of half of them.
  public var limits: [ClockLimit]
  /// Scalar fields that are planned.
  public var signals: [Signal] = []

  /// A signal of the topology.
  public struct Signal: Hashable, Sendable, Codable {
    public var name: String
    /// Hz.
    public var frequency: Double
    /// In the first clock, at |zeta| = 1.
    public var amplitude: Double
    /// Standard deviation of the amplitude that will be measured.
    public var uncertainty: Double
    /// That a run finds it above the threshold: with this amplitude, or with one drawn for a stochastic field.
    public var detectionProbability: Double
  }

  private static let points = 160

  /// - Parameters:
  ///   - clocks: of one run, with spans that begin and end together; several are combined by `factors`.
  ///   - factors: q of each, how it answers to what they have in common, relative to the first.
  ///   - couplings: what the amplitude limits, each with the coefficient of the first clock.
  ///   - options: as the search will have them.
  /// - Throws: `ClockAnalysisError` for an empty or too short run.
  public init(
    _ clocks: [PlannedClock], factors: [Double], couplings: [(ClockCoupling, coefficient: Double)],
    options: ClockAnalysisOptions
  ) throws(ClockAnalysisError) {
    guard let first = clocks.first, clocks.count == factors.count else { throw .noClocks }
    let live = clocks.reduce(0) { $0 + $1.liveTime }
    for clock in clocks where clock.liveTime < 4 * clock.interval {
      throw .tooFewSamples(Int(clock.liveTime / clock.interval))
    }
    let span = clocks.map(\.span).max() ?? first.span
    let fastest = clocks.map(\.interval).min() ?? first.interval
    let highest = min(
      options.highestFrequency ?? ClockAnalysisOptions.mostFrequencies / (options.oversampling * span), 0.5 / fastest)
    let lowest = 0.05 / span
    guard highest > lowest else {
      throw .invalidOption(
        name: "highest frequency", reason: "\(highest) Hz is below 0.05 of the inverse span, the lowest")
    }
    self.clocks = clocks.map(\.name)
    self.span = span
    liveTime = live
    confidenceLevel = options.confidenceLevel
    limitKind = options.limit
    couplingOptions = options.couplings
    falseAlarmProbability = options.falseAlarmProbability
    let division = CoherenceBands(span: span, highestFrequency: highest, speed: options.coherenceSpeed)
    coherenceSpeed = options.coherenceSpeed
    var threshold = GlobalThreshold(band: division.coherentUpTo, timeVariance: span * span / 12)
    threshold.segmentedBands = division.bands.map { band in
      let length = span / Double(band.segments)
      return GlobalThreshold.SegmentedBand(
        segments: band.segments, band: band.upTo - band.above, timeVariance: length * length / 12)
    }
    let power = try threshold.power(falseAlarmProbability: options.falseAlarmProbability)
    thresholdPower = power
    let ratio = pow(highest / lowest, 1 / Double(Self.points - 1))
    // Not to the Nyquist frequency itself, where samples do not tell amplitude from phase.
    frequencies = (0..<Self.points).map { lowest * pow(ratio, Double($0)) * ($0 == Self.points - 1 ? 1 - 1e-6 : 1) }
    let segments = frequencies.map(division.segments)
    self.segments = segments
    let treatment = options.couplings.stochastic
    var (plain, random, square): ([[Double]], [[Double]], [[Double]]) = ([], [], [])
    let expected = ExpectedAmplitudeLimit(options.limit, confidenceLevel: options.confidenceLevel)
    var segmented = ExpectedSegmentedLimit(
      span: span, speed: options.coherenceSpeed, confidenceLevel: options.confidenceLevel)
    detectable = []
    let hasSquare = couplings.contains { $0.0.mode != nil }
    for (frequency, count) in zip(frequencies, segments) {
      let (cosine, sine) = Self.variances(clocks, factors, frequency: frequency)
      let sigma = (0.5 * (cosine + sine)).squareRoot()
      guard count == 1 else {
        let linear = segmented.quantiles(frequency: frequency, segments: count, sigma: sigma, order: .linear)
        plain.append(linear)
        random.append(linear)
        square.append(
          hasSquare
            ? segmented.quantiles(frequency: frequency, segments: count, sigma: sigma, order: .quadratic) : linear)
        let excess = SegmentedPower.sum(power: power, segments: count) - Double(count)
        detectable.append(
          sigma * (2 * excess / segmented.share(frequency: frequency, segments: count)).squareRoot())
        continue
      }
      plain.append(expected.quantiles(cosine: cosine, sine: sine))
      // Limits that have the amplitude's distribution in them go with the power, which is ln 2 in the middle.
      random.append(
        ExpectedAmplitudeLimit.levels.map {
          StochasticLimit.amplitude(power: -log1p(-$0), sigma: sigma, confidenceLevel: options.confidenceLevel)
        })
      square.append(plain[plain.count - 1])
      detectable.append((power * (cosine + sine)).squareRoot())
    }
    (low, median, high) = (plain.map { $0[0] }, plain.map { $0[1] }, plain.map { $0[2] })
    let frequencies = frequencies
    limits = couplings.map { coupling, coefficient in
      let factor = treatment.factor(coupling.order)
      let coherent = factor == nil ? random : plain
      let own = segments.indices.map { segments[$0] > 1 && coupling.mode != nil ? square[$0] : coherent[$0] }
      return LimitStretches(
        frequencies: frequencies, largest: own.map { $0[2] }, medians: own.map { $0[1] }, segments: segments
      ).limit(on: coupling, coefficient: coefficient, factor: factor, options: options.couplings)
    }
  }

  /// Of the common factor's cosine and sine.
  private static func variances(
    _ clocks: [PlannedClock], _ factors: [Double], frequency: Double
  ) -> (cosine: Double, sine: Double) {
    var (cosine, sine) = (0.0, 0.0)
    for (clock, factor) in zip(clocks, factors) where frequency * clock.interval <= 0.5 {
      let own = clock.variances(frequency: frequency)
      cosine += factor * factor / own.cosine
      sine += factor * factor / own.sine
    }
    return (1 / cosine, 1 / sine)
  }

  /// Adds what the search will make of a signal.
  ///
  /// - Parameters:
  ///   - name: of the signal.
  ///   - frequency: Hz.
  ///   - amplitude: in the first clock at |zeta| = 1.
  ///   - isStochastic: whether the run's amplitude is drawn.
  ///   - order: whether the signal goes with the field or its square.
  ///   - clocks: those of the forecast.
  ///   - factors: those of the forecast.
  public mutating func add(
    signal name: String, frequency: Double, amplitude: Double, isStochastic: Bool, order: ClockSignalOrder,
    clocks: [PlannedClock], factors: [Double]
  ) {
    let (cosine, sine) = Self.variances(clocks, factors, frequency: frequency)
    let sigma = (0.5 * (cosine + sine)).squareRoot()
    guard sigma.isFinite, frequency <= (frequencies.last ?? 0) * (1 + 1e-6) else { return }
    let threshold = (2 * thresholdPower).squareRoot()
    let strength = abs(amplitude) / sigma
    let probability: Double
    let segments = CoherenceBands(
      span: span, highestFrequency: frequencies.last ?? frequency, speed: coherenceSpeed
    ).segments(at: frequency)
    switch (isStochastic, order) {
    case _ where segments > 1:
      probability = detectionProbability(
        strength: strength, frequency: frequency, segments: segments, order: isStochastic ? order : nil)
    case (false, _): probability = RiceDistribution.survival(threshold, noncentrality: strength)
    // P/(1 + r) is exponential (section 6, F = exact).
    case (true, .linear): probability = exp(-thresholdPower / (1 + 0.5 * strength * strength))
    case (true, .quadratic):
      // |zeta|² is exponential: its quantiles.
      let count = 400
      probability =
        (0..<count).reduce(0) { sum, index in
          let u = -log1p(-(Double(index) + 0.5) / Double(count))
          return sum + RiceDistribution.survival(threshold, noncentrality: strength * u)
        } / Double(count)
    }
    signals.append(
      Signal(
        name: name, frequency: frequency, amplitude: abs(amplitude), uncertainty: sigma,
        detectionProbability: probability))
  }
}

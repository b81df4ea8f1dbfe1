import DarkMatter
import Glibc
import Numerics

/// What a search for one sinusoid in the data of one or several clocks says.
public struct ClockSearchResult: Hashable, Sendable, Codable {
  /// The sinusoid at the largest power.
  public struct Peak: Hashable, Sendable, Codable {
    /// Hz, between the frequencies of the search.
    public var frequency: Double
    public var frequencyUncertainty: Double
    /// Of the signal before it was averaged over a sample; in segments A_0 of a line of the standard halo.
    public var amplitude: Double
    public var amplitudeUncertainty: Double
    /// P, or -ln Q(Ks, S) of the sum over segments: exponential with mean one in noise alone.
    public var power: Double
    /// Ks, how many segments were added up; 1 for a coherent search.
    public var segments: Int
    /// S, the sum of the powers of the segments.
    public var sum: Double
    /// That noise alone has such a peak anywhere in the search.
    public var falseAlarmProbability: Double
    /// Chi-squared by which several clocks disagree about it, with `inconsistencyFreedom` degrees of freedom; 0 for one.
    public var inconsistency: Double
    public var inconsistencyFreedom: Int
  }

  /// The largest values in one stretch of frequencies.
  public struct Stretch: Hashable, Sendable, Codable {
    /// Of the largest amplitude, in Hz.
    public var frequency: Double
    public var amplitude: Double
    /// The amplitude whose power reaches the threshold, by the mean variance of cosine and sine.
    public var threshold: Double
    /// The largest upper limit: on the amplitude that there is, or of segments on that at abs(zeta) = 1.
    public var upperLimit: Double
  }

  /// Frequencies that the run outlasts the coherence time of.
  public struct SegmentedBand: Hashable, Sendable, Codable {
    /// The segments of the run, and those with enough readings to be taken.
    public var allSegments: Int
    public var segments: Int
    /// Of a segment, in s.
    public var length: Double
    /// Hz.
    public var lowestFrequency: Double
    public var highestFrequency: Double
    /// The share of the power of a line of the standard halo that a segment gets, at both ends: of the field, and of its
    /// square.
    public var recovered: [Double]
    public var recoveredOfSquare: [Double]
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
  /// Half of the rate of the fastest clock in Hz, as far as a search can go.
  public var halfRate: Double
  public var frequencies: Int
  /// Of the global threshold.
  public var falseAlarmProbability: Double
  public var thresholdPower: Double
  public var confidenceLevel: Double
  /// Half of the frequencies have a lower limit on the amplitude.
  public var medianUpperLimit: Double
  public var peak: Peak
  public var spectrum: [Stretch]
  /// Bands that are searched in segments, ascending; the other frequencies are searched coherently.
  public var segmentedBands: [SegmentedBand]
  /// v/c in the coherence time.
  public var coherenceSpeed: Double
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
    let spectrum = try options.spectrum(of: clocks.map(\.data))
    let threshold = spectrum.threshold
    guard let index = spectrum.peak else {
      throw ClockAnalysisError.tooFewSamples(clocks.reduce(0) { $0 + $1.data.series.times.count })
    }
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
    halfRate = 0.5 / (clocks.map(\.data.series.interval).min() ?? .nan)
    frequencies = spectrum.count
    falseAlarmProbability = options.falseAlarmProbability
    let power = try threshold.power(falseAlarmProbability: options.falseAlarmProbability)
    thresholdPower = power
    confidenceLevel = options.confidenceLevel
    peak = Self.peak(at: index, of: spectrum, threshold: threshold)
    let limits = ClockAmplitudeLimits(spectrum, couplings: couplings.map(\.0), options: options)
    medianUpperLimit = limits.median
    let ranges = Self.ranges(of: spectrum, count: options.storedPoints)
    self.spectrum = ranges.compactMap { Self.stretch($0, of: spectrum, limits: limits, thresholdPower: power) }
    coherenceSpeed = options.coherenceSpeed
    let recoveries = [ClockSignalOrder.linear, .quadratic].map {
      SegmentRecovery(order: $0, speed: options.coherenceSpeed)
    }
    segmentedBands = spectrum.bands.map { band in
      let ends = [band.frequency(0), band.frequency(band.count - 1)]
      let shares = recoveries.map { recovery in ends.map { recovery.share(frequency: $0, length: band.length) } }
      return SegmentedBand(
        allSegments: band.allSegments, segments: band.segments, length: band.length, lowestFrequency: ends[0],
        highestFrequency: ends[1], recovered: shares[0], recoveredOfSquare: shares[1])
    }
    noise = options.noise
    medianPower = Self.medianPower(of: spectrum)
    limitKind = options.limit
    couplingOptions = options.couplings
    let treatment = options.couplings.stochastic
    var stretches: [ClockAmplitudeLimits.Kind: LimitStretches] = [:]
    self.limits = couplings.map { coupling, coefficient in
      let factor = treatment.factor(coupling.order)
      let kind = ClockAmplitudeLimits.Kind(coupling, factor: factor)
      let own = stretches[kind] ?? limits.stretches(ranges, kind: kind)
      stretches[kind] = own
      return own.limit(on: coupling, coefficient: coefficient, factor: factor, options: options.couplings)
    }
  }

  private static func medianPower(of spectrum: ClockSpectrum) -> Double? {
    // Powers of the coherent search, and sums on their scale: both in proportion to the noise.
    var powers = spectrum.coherent.independentPowers(from: 5 / spectrum.span)
    for band in spectrum.bands { powers += band.independentPowers.powers }
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

  private static func peak(at index: Int, of spectrum: ClockSpectrum, threshold: GlobalThreshold) -> Peak {
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
    return Peak(
      frequency: frequency, frequencyUncertainty: spectrum.frequencyUncertainty(index), amplitude: point.amplitude,
      amplitudeUncertainty: point.amplitudeUncertainty, power: point.power, segments: point.segments, sum: point.sum,
      falseAlarmProbability: threshold.falseAlarmProbability(power: point.power), inconsistency: point.inconsistency,
      inconsistencyFreedom: point.inconsistencyFreedom)
  }

  /// The numbers of the frequencies in stretches of equal logarithmic width, those without a frequency left out; a stretch ends
  /// where another band of the search begins.
  private static func ranges(of spectrum: ClockSpectrum, count: Int) -> [Range<Int>] {
    let (low, high) = (log(spectrum.frequency(0)), log(spectrum.frequency(spectrum.count - 1)))
    let perStretch = max(high - low, 1e-9) / Double(count)
    var result: [Range<Int>] = []
    for (first, end) in zip([0] + spectrum.starts, spectrum.starts + [spectrum.count]) {
      var (start, place) = (first, -1)
      for index in first..<end {
        let own = min(count - 1, Int((log(spectrum.frequency(index)) - low) / perStretch))
        guard own != place else { continue }
        if index > start { result.append(start..<index) }
        (start, place) = (index, own)
      }
      result.append(start..<end)
    }
    return result
  }

  private static func stretch(
    _ range: Range<Int>, of spectrum: ClockSpectrum, limits: ClockAmplitudeLimits, thresholdPower: Double
  ) -> Stretch? {
    let place = spectrum.place(range.lowerBound)
    guard let upperLimit = limits.largest(range, kind: .plain)?.value else { return nil }
    if let band = place.band {
      let (found, first) = (spectrum.bands[band], place.index)
      let known = (first..<first + range.count).filter { found.power($0).isFinite }
      guard let loudest = known.max(by: { found.amplitude($0) < found.amplitude($1) }) else { return nil }
      let point = found[loudest]
      let excess = SegmentedPower.sum(power: thresholdPower, segments: point.segments) - Double(point.segments)
      let scale = 1 / spectrum.recoveredShare(range.lowerBound).squareRoot()
      return Stretch(
        frequency: point.frequency, amplitude: scale * point.amplitude,
        threshold: scale * (2 * excess / point.information.reduce(0, +)).squareRoot(), upperLimit: upperLimit)
    }
    let coherent = spectrum.coherent
    let known = range.filter { coherent[$0].power.isFinite }
    guard let loudest = known.max(by: { coherent[$0].amplitude < coherent[$1].amplitude }) else { return nil }
    let point = coherent[loudest]
    return Stretch(
      frequency: point.frequency, amplitude: point.amplitude,
      threshold: (thresholdPower * (point.covariance.cosine + point.covariance.sine)).squareRoot(),
      upperLimit: upperLimit)
  }
}

extension SinusoidSpectrum {
  /// Powers at frequencies 1/T apart.
  ///
  /// - Parameter lowest: Hz.
  fileprivate func independentPowers(from lowest: Double) -> [Double] {
    var powers: [Double] = []
    var next = lowest
    for index in 0..<count where frequency(index) >= next {
      if power(index).isFinite { powers.append(power(index)) }
      next = frequency(index) + 0.999 / span
    }
    return powers
  }
}

import Numerics

/// A search of clocks over all frequencies: coherent where the run is shorter than the coherence time, in segments above
/// (physics page clock, sections 5 and 6).
///
/// Powers are on one scale: P of the coherent search and -ln Q(Ks, S) of sums over segments are both exponential with mean one
/// in noise alone, and one threshold holds for all.
public struct ClockSpectrum: Sendable {
  /// One frequency.
  public struct Point: Hashable, Sendable {
    /// Hz.
    public var frequency: Double
    /// Of the fitted sinusoid; in segments A_0 of a line of the standard halo, from what the segments get of its power.
    public var amplitude: Double
    public var amplitudeUncertainty: Double
    /// Exponential with mean one in noise alone.
    public var power: Double
    /// Ks; 1 where the search is coherent.
    public var segments: Int
    /// The sum of the powers of the segments.
    public var sum: Double
    /// Disagreement of several clocks, and its degrees of freedom.
    public var inconsistency: Double
    public var inconsistencyFreedom: Int
  }

  public let coherent: SinusoidSpectrum
  /// Ascending in frequency.
  public let bands: [SemicoherentSpectrum]
  /// From the first to the last reading in s.
  public let span: Double
  /// v/c in the coherence time.
  public let speed: Double
  public let count: Int
  /// The number of the first frequency of each band.
  let starts: [Int]
  private let recovery: SegmentRecovery

  init(coherent: SinusoidSpectrum, bands: [SemicoherentSpectrum], speed: Double) {
    self.coherent = coherent
    self.bands = bands
    self.speed = speed
    recovery = SegmentRecovery(order: .linear, speed: speed)
    span = coherent.span
    var starts: [Int] = []
    var count = coherent.count
    for band in bands {
      starts.append(count)
      count += band.count
    }
    self.starts = starts
    self.count = count
  }

  /// Where a frequency is: in which band, nil for the coherent part, and its number there.
  func place(_ index: Int) -> (band: Int?, index: Int) {
    guard let band = starts.lastIndex(where: { $0 <= index }) else { return (nil, index) }
    return (band, index - starts[band])
  }

  /// Frequency number `index` in Hz, ascending.
  public func frequency(_ index: Int) -> Double {
    let (band, place) = place(index)
    return band.map { bands[$0].frequency(place) } ?? coherent.frequency(place)
  }

  /// Power at frequency number `index`; NaN where the fit is not determined.
  public func power(_ index: Int) -> Double {
    let (band, place) = place(index)
    return band.map { bands[$0].power(place) } ?? coherent.power(place)
  }

  /// What is found at frequency number `index`.
  public subscript(index: Int) -> Point {
    let (band, place) = place(index)
    if let band {
      let point = bands[band][place]
      let scale = 1 / recoveredShare(index).squareRoot()
      return Point(
        frequency: point.frequency, amplitude: scale * point.amplitude,
        amplitudeUncertainty: scale * point.amplitudeUncertainty, power: point.power, segments: point.segments,
        sum: point.sum, inconsistency: point.inconsistency,
        inconsistencyFreedom: bands[band].inconsistencyFreedom)
    }
    let point = coherent[place]
    let (c, s, v) = (point.cosine, point.sine, point.covariance)
    let square = point.amplitude * point.amplitude
    let error = ((c * c * v.cosine + 2 * c * s * v.mixed + s * s * v.sine) / square).squareRoot()
    return Point(
      frequency: point.frequency, amplitude: point.amplitude, amplitudeUncertainty: error, power: point.power,
      segments: 1, sum: point.power, inconsistency: point.inconsistency,
      inconsistencyFreedom: 2 * (coherent.clockCount - 1))
  }

  /// The share of the power of a line of the standard halo that its search gets at frequency number `index`.
  func recoveredShare(_ index: Int) -> Double {
    let (band, place) = place(index)
    return band.map { recovery.share(frequency: bands[$0].frequency(place), length: bands[$0].length) } ?? 1
  }

  /// The number of the frequency with the largest power; nil when no frequency is determined.
  public var peak: Int? {
    var (best, most) = (Int?.none, -1.0)
    for index in 0..<coherent.count where coherent.power(index) > most { (best, most) = (index, coherent.power(index)) }
    for (band, start) in zip(bands, starts) {
      for index in 0..<band.count where band.power(index) > most { (best, most) = (start + index, band.power(index)) }
    }
    return best
  }

  /// The threshold for the largest power of the whole search.
  public var threshold: GlobalThreshold {
    var threshold = coherent.threshold
    threshold.segmentedBands = bands.map(\.lookElsewhere)
    return threshold
  }

  /// Standard deviation of the frequency of a point, in Hz.
  ///
  /// Without gaps sqrt(3) sigma_A/(π A T) where the search is coherent. In segments the errors of all combine, and the centre of
  /// a line of the standard halo, which is 0.52/tau_c wide, differs from one realisation to the next.
  func frequencyUncertainty(_ index: Int) -> Double {
    let (band, place) = place(index)
    guard let band else {
      let point = self[index]
      return point.amplitudeUncertainty / (2 * .pi * point.amplitude * coherent.timeVariance.squareRoot())
    }
    let point = bands[band][place]
    let moment = zip(point.information, bands[band].timeVariances).reduce(0) { $0 + $1.0 * $1.1 }
    let noise = 1 / (2 * .pi * point.amplitude * moment.squareRoot())
    let width = 0.52 * point.frequency * speed * speed / Double(point.segments).squareRoot()
    return (noise * noise + width * width).squareRoot()
  }
}

extension ClockAnalysisOptions {
  /// Searches clocks coherently and, where the run outlasts the coherence time, in segments.
  ///
  /// - Parameter clocks: all with times from the same origin.
  /// - Throws: `ClockAnalysisError` when there is too little to search.
  public func spectrum(of clocks: [SearchedClock]) throws(ClockAnalysisError) -> ClockSpectrum {
    let coherent = try search(clocks).run()
    guard let reach = reach(of: clocks.map(\.series)) else {
      return ClockSpectrum(coherent: coherent, bands: [], speed: coherenceSpeed)
    }
    var bands: [SemicoherentSpectrum] = []
    let highest = highestFrequency ?? reach
    let division = CoherenceBands(span: coherent.span, highestFrequency: highest, speed: coherenceSpeed)
    for band in division.bands {
      // The last sliver of a band below the highest frequency may hold none.
      guard (band.upTo - band.above) * coherent.span * oversampling > Double(band.segments) else { continue }
      do {
        bands.append(
          try SemicoherentSearch(
            clocks, band: band, options: SearchOptions(oversampling: oversampling, workers: workers)
          ).run())
      } catch ClockAnalysisError.tooFewSamples {
        // So few readings in so many segments say nothing about these frequencies.
        continue
      }
    }
    return ClockSpectrum(coherent: coherent, bands: bands, speed: coherenceSpeed)
  }
}

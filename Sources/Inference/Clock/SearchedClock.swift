import Numerics

/// One clock of a search: its readings, and how it answers to what all clocks have in common (physics page clock, section
/// 5, several clocks).
public struct SearchedClock: Sendable {
  public var series: ClockSeries
  /// q, the factor of the signal in this clock, sign included; limits are on the common factor.
  public var factor: Double
  /// Whether the signal is averaged over the interval of a reading, which lowers its amplitude by sinc(f tau0).
  public var averages: Bool
  /// R(f), the clock's response to a line exp(-2πi f t); nil for one.
  public var response: (@Sendable (Double) -> ComplexNumber)?
  /// kappa(f), the noise seen through the gaps over the white noise of the uncertainties; nil for one.
  public var noiseRatio: (@Sendable (Double) -> Double)?

  public init(
    _ series: ClockSeries, factor: Double = 1, averages: Bool = false,
    response: (@Sendable (Double) -> ComplexNumber)? = nil, noiseRatio: (@Sendable (Double) -> Double)? = nil
  ) {
    self.series = series
    self.factor = factor
    self.averages = averages
    self.response = response
    self.noiseRatio = noiseRatio
  }

  /// Whether the columns are plain cosines and sines of the white noise's weight.
  var isPlain: Bool { factor == 1 && !averages && response == nil && noiseRatio == nil }
}

/// The frequencies of a search (section 5.2): steps of 0.05/T up to about 0.5/T, then of 1/(oversampling T).
public struct SearchOptions: Hashable, Sendable {
  /// In Hz; nil for half the sampling rate of the fastest clock.
  public var highestFrequency: Double?
  /// Frequencies in 1/T, at least 3; take 10 to find the tops of peaks.
  public var oversampling: Double
  /// Threads.
  public var workers: Int

  public init(highestFrequency: Double? = nil, oversampling: Double = 5, workers: Int = 1) {
    self.highestFrequency = highestFrequency
    self.oversampling = oversampling
    self.workers = workers
  }
}

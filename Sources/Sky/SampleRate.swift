/// A sampling frequency as an exact fraction, so that the time of sample `k` is known in rational arithmetic.
public struct SampleRate: Hashable, Sendable, Codable {
  /// Samples per `denominator` seconds; positive.
  public var numerator: Int64
  /// Positive; 1 for rates that are whole numbers of hertz.
  public var denominator: Int64

  /// - Precondition: both are positive.
  public init(_ numerator: Int64, per denominator: Int64 = 1) {
    precondition(numerator > 0 && denominator > 0, "a sample rate is a positive fraction")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// The rate in hertz, rounded to a double.
  public var hertz: Double { Double(numerator) / Double(denominator) }

  /// Seconds between samples, rounded to a double.
  public var interval: Double { Double(denominator) / Double(numerator) }

  /// Where the frequencies in Hz end that samples of this rate hold: 0 and half the rate for real ones, half the rate on
  /// both sides of the centre frequency for complex baseband.
  public func recordedFrequencies(baseband: Double?) -> (lowest: Double, highest: Double) {
    baseband.map { ($0 - hertz / 2, $0 + hertz / 2) } ?? (0, hertz / 2)
  }

  /// The instant of sample `index`: epoch + index/rate, rounded down to a nanosecond.
  public func time(ofSample index: Int64, epoch: GPSTime) -> GPSTime {
    let (high, low) = index.multipliedFullWidth(by: denominator * 1_000_000_000)
    let (quotient, remainder) = numerator.dividingFullWidth((high, low))
    return GPSTime(nanoseconds: epoch.nanoseconds + quotient - (remainder < 0 ? 1 : 0))
  }

  /// The number of samples in `nanoseconds`, or nil when that is no whole number.
  public func samples(inNanoseconds nanoseconds: Int64) -> Int64? {
    let (high, low) = nanoseconds.multipliedFullWidth(by: numerator)
    let (quotient, remainder) = (denominator * 1_000_000_000).dividingFullWidth((high, low))
    return remainder == 0 ? quotient : nil
  }
}

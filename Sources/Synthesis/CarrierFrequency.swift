import Glibc
import Sky

/// A frequency that is a whole number of 2^-32 Hz, so that its phase is exact at any time (vector-network section 9.5).
public struct CarrierFrequency: Hashable, Sendable {
  /// The frequency in units of 2^-32 Hz.
  public let units: UInt64

  /// The nearest such frequency.
  ///
  /// - Parameter hertz: at least 0 and below 2^31.
  public init(nearest hertz: Double) {
    precondition(hertz >= 0 && hertz < 0x1p31, "a carrier below 2^31 Hz")
    units = UInt64((hertz * 0x1p32).rounded())
  }

  /// - Parameter units: the frequency in units of 2^-32 Hz.
  public init(units: UInt64) {
    self.units = units
  }

  /// In Hz, rounded to a double.
  public var hertz: Double { Double(units) * 0x1p-32 }

  /// The turns of the carrier from the epoch to a sample, modulo 1.
  ///
  /// - Parameter sample: number of the sample, counted from the epoch.
  public func turns(sample: Int64, sampleRate: SampleRate) -> Double {
    let (second, rest) = wholeSeconds(sample: sample, sampleRate: sampleRate)
    // In units of 2^-32 turns whole seconds are exact modulo 2^64, and so modulo 2^32.
    let ofSeconds = units &* UInt64(bitPattern: second)
    let divisor = UInt64(sampleRate.numerator)
    let (quotient, remainder) = divisor.dividingFullWidth(units.multipliedFullWidth(by: UInt64(rest)))
    let whole = UInt32(truncatingIfNeeded: ofSeconds &+ quotient)
    return (Double(whole) + Double(remainder) / Double(divisor)) * 0x1p-32
  }

  /// The turns in an interval of time, modulo 1, as exact as the number of seconds is.
  public func turns(seconds: Double) -> Double {
    let whole = Double(units >> 32)
    // The product of the whole hertz in two parts: rounded, and what rounding took.
    let product = whole * seconds
    let lost = fma(whole, seconds, -product)
    let sum = (product - product.rounded(.down)) + (lost + Double(units & 0xFFFF_FFFF) * 0x1p-32 * seconds)
    return sum - sum.rounded(.down)
  }
}

/// The instant of a sample after the epoch: whole seconds, rounded down, and the rest in units of 1/numerator s.
func wholeSeconds(sample: Int64, sampleRate: SampleRate) -> (seconds: Int64, rest: Int64) {
  let (high, low) = sample.multipliedFullWidth(by: sampleRate.denominator)
  let (quotient, remainder) = sampleRate.numerator.dividingFullWidth((high, low))
  return remainder < 0 ? (quotient - 1, remainder + sampleRate.numerator) : (quotient, remainder)
}

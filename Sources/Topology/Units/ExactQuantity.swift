import Sky

extension Dimension {
  /// A time as a whole number of nanoseconds.
  public static func nanoseconds(of text: String) throws(QuantityError) -> Int64 {
    let quantity = try Quantity(text, .time)
    guard let scaled = quantity.number.times(Int64(quantity.multiplier)),
      let nanoseconds = scaled.whole(shiftedBy: quantity.decimalExponent + 9)
    else { throw .notWholeNanoseconds }
    return nanoseconds
  }

  /// `nanoseconds` in seconds, exactly.
  public static func text(ofNanoseconds nanoseconds: Int64) -> String {
    "\(decimalSeconds(nanoseconds)) s"
  }

  /// A sample rate as an exact fraction: `512 Hz`, `0.1 Hz`, `1/10 Hz`, `2.5 kHz`.
  public static func sampleRate(of text: String) throws(QuantityError) -> SampleRate {
    let quantity = try Quantity(text, .frequency, allowsFraction: true)
    var numerator = quantity.number.significand
    var denominator = quantity.denominator?.significand ?? 1
    var exponent = quantity.number.exponent + quantity.decimalExponent - (quantity.denominator?.exponent ?? 0)
    guard numerator > 0, denominator > 0 else { throw .notRational }
    while exponent != 0 {
      let grown =
        exponent > 0 ? numerator.multipliedReportingOverflow(by: 10) : denominator.multipliedReportingOverflow(by: 10)
      guard !grown.overflow else { throw .notRational }
      if exponent > 0 { numerator = grown.partialValue } else { denominator = grown.partialValue }
      exponent += exponent > 0 ? -1 : 1
    }
    let divisor = greatestCommonDivisor(numerator, denominator)
    let limit: Int128 = 1_000_000_000
    guard numerator / divisor <= limit, denominator / divisor <= limit else { throw .notRational }
    return SampleRate(Int64(numerator / divisor), per: Int64(denominator / divisor))
  }

  /// `rate` as a whole number or a fraction of hertz.
  public static func text(of rate: SampleRate) -> String {
    rate.denominator == 1 ? "\(rate.numerator) Hz" : "\(rate.numerator)/\(rate.denominator) Hz"
  }
}

/// Seconds with as many decimals as the nanoseconds need.
func decimalSeconds(_ nanoseconds: Int64) -> String {
  let magnitude = nanoseconds.magnitude
  let (seconds, fraction) = magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
  let sign = nanoseconds < 0 ? "-" : ""
  guard fraction > 0 else { return "\(sign)\(seconds)" }
  var digits = String(fraction)
  digits = String(repeating: "0", count: 9 - digits.count) + digits
  while digits.last == "0" { digits.removeLast() }
  return "\(sign)\(seconds).\(digits)"
}

private func greatestCommonDivisor(_ first: Int128, _ second: Int128) -> Int128 {
  var (first, second) = (first, second)
  while second != 0 { (first, second) = (second, first % second) }
  return first
}

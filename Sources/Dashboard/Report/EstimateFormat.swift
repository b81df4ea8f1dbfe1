import Foundation

/// A measured value with its uncertainty, rounded as the Particle Data Group does: two digits of the uncertainty when its
/// three leading digits are below 355, else one (950 and more round up to 1000 with two), and the value to the same place.
///
/// `0.58 ± 0.09`; numbers below 10⁻³ or from 10⁵ on in the compact form `3.1(4)e-13`, where the brackets hold the
/// uncertainty in units of the last digit, or with a decimal point when it is larger than one: `0.4(3.1)e-13`.
///
/// - Parameters:
///   - value: NaN gives "n/a".
///   - uncertainty: one standard deviation; 0 for an exact value; NaN, negative or nil when unknown.
///   - unit: appended; the ± form is then bracketed.
public func formatEstimate(_ value: Double, _ uncertainty: Double?, unit: String = "") -> String {
  let suffix = unit.isEmpty ? "" : " " + unit
  guard value.isFinite else { return value.isNaN ? "n/a" : (value < 0 ? "-∞" : "∞") + suffix }
  guard let uncertainty else { return formatNumber(value) + suffix }
  guard uncertainty >= 0, uncertainty < .infinity else {
    let spread = uncertainty == .infinity ? "∞" : "?"
    return unit.isEmpty ? "\(formatNumber(value)) ± \(spread)" : "(\(formatNumber(value)) ± \(spread)) \(unit)"
  }
  guard uncertainty >= .leastNormalMagnitude else { return formatNumber(value, digits: 6) + suffix }

  // Three digits, then the place of the last digit kept.
  let parts = String(format: "%.2e", uncertainty).split(separator: "e")
  guard parts.count == 2, let mantissa = Double(parts[0]), let exponent = Int(parts[1]) else {
    return formatNumber(value) + suffix
  }
  let last = mantissa < 3.545 || mantissa >= 9.495 ? exponent - 1 + (mantissa >= 9.495 ? 1 : 0) : exponent
  let largest = max(abs(value), uncertainty)
  if largest >= 1e-3 && largest < 1e5 {
    let text = "\(fixed(value, lastPlace: last)) ± \(fixed(uncertainty, lastPlace: last))"
    return unit.isEmpty ? text : "(\(text)) \(unit)"
  }
  // The power of ten is that of the value after rounding, so that 9.99 does not become 10.0.
  let leading = decimalExponent(largest, lastPlace: last)
  let digits = max(0, leading - last)
  let scaledValue = scaled(value, by: -leading)
  let scaledUncertainty = scaled(uncertainty, by: -leading)
  let inBrackets =
    scaledUncertainty >= 1 - 1e-9
    ? fixed(scaledUncertainty, lastPlace: last - leading)
    : String(Int(scaled(scaledUncertainty, by: digits).rounded()))
  return "\(fixed(scaledValue, lastPlace: last - leading))(\(inBrackets))e\(leading)" + suffix
}

/// A number without an uncertainty: significant digits without trailing zeros, `1.5e-13` outside 10⁻³ ... 10⁶.
///
/// - Parameters:
///   - value: NaN gives "n/a".
///   - digits: significant digits, 1 ... 17.
public func formatNumber(_ value: Double, digits: Int = 4) -> String {
  guard value.isFinite else { return value.isNaN ? "n/a" : (value < 0 ? "-∞" : "∞") }
  let text = String(format: "%.\(min(max(digits, 1), 17) - 1)e", value)
  let parts = text.split(separator: "e")
  guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
  if value == 0 { return "0" }
  if exponent >= -3 && exponent < 6 {
    return withoutTrailingZeros(String(format: "%.\(max(0, digits - 1 - exponent))f", value))
  }
  return withoutTrailingZeros(String(parts[0])) + "e\(exponent)"
}

/// A probability: "0.013", "5.9e-170", and "10^-3955" where numbers end.
///
/// - Parameters:
///   - logarithm: natural, of the probability.
///   - digits: that count.
public func formatProbability(logarithm: Double, digits: Int = 2) -> String {
  logarithm > -690
    ? formatNumber(exp(logarithm), digits: digits)
    : "10^\(formatNumber((logarithm / log(10)).rounded(), digits: 6))"
}

/// A probability, of which one that is too small for a number is only bounded: "< 10^-300".
public func formatProbability(_ probability: Double, digits: Int = 2) -> String {
  probability < 1e-300 ? "< 10^-300" : formatNumber(probability, digits: digits)
}

/// A count with narrow groups of three: "1 234 567".
public func formatCount(_ count: Int64) -> String {
  let digits = Array(String(count.magnitude))
  var result = count < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index).isMultiple(of: 3) { result += "\u{202F}" }
    result.append(digit)
  }
  return result
}

/// A span of time in the unit that people would use: "30 s", "10 min", "24 h", "791 days".
///
/// - Parameter seconds: NaN gives "n/a s".
func formatSpan(_ seconds: Double) -> String {
  if seconds >= 2 * 86_400 { return formatNumber(seconds / 86_400) + " days" }
  if seconds >= 2 * 3600 { return formatNumber(seconds / 3600) + " h" }
  return seconds >= 120 ? formatNumber(seconds / 60) + " min" : formatNumber(seconds) + " s"
}

/// The value rounded to 10^lastPlace, without a sign on zero.
private func fixed(_ value: Double, lastPlace: Int) -> String {
  let text: String
  if lastPlace > 0 {
    let unit = pow(10, Double(lastPlace))
    text = String(format: "%.0f", (value / unit).rounded() * unit)
  } else {
    text = String(format: "%.\(-lastPlace)f", value)
  }
  return text.hasPrefix("-") && !text.contains { "123456789".contains($0) } ? String(text.dropFirst()) : text
}

/// Exponent of the leading digit of `value` once it is rounded to 10^lastPlace.
private func decimalExponent(_ value: Double, lastPlace: Int) -> Int {
  let raw = Int(String(format: "%.16e", value).split(separator: "e").last ?? "0") ?? 0
  let text = String(format: "%.\(min(16, max(0, raw - lastPlace)))e", value)
  return Int(text.split(separator: "e").last ?? "0") ?? raw
}

private func scaled(_ value: Double, by exponent: Int) -> Double {
  // Two steps, as 10^320 has no double.
  let half = exponent / 2
  return value * pow(10, Double(half)) * pow(10, Double(exponent - half))
}

private func withoutTrailingZeros(_ text: String) -> String {
  guard text.contains(".") else { return text }
  var text = text
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}

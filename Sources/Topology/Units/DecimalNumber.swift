/// A decimal number exactly as written: `significand` x 10^`exponent`.
///
/// Keeping the digits lets `0.1 pT` become the double nearest to 1e-13 and `0.1 s` exactly 100000000 ns.
public struct DecimalNumber: Hashable, Sendable {
  public var significand: Int128
  public var exponent: Int

  public init(significand: Int128, exponent: Int) {
    self.significand = significand
    self.exponent = exponent
  }

  /// Reads the longest number at the start of `text`.
  ///
  /// - Returns: the number and what follows it, or nil when `text` starts with no number, with more than 34 significant
  ///   digits or with an exponent beyond +-9999.
  public static func prefix(of text: Substring) -> (number: DecimalNumber, rest: Substring)? {
    var rest = text
    let negative = rest.first == "-"
    if negative || rest.first == "+" { rest.removeFirst() }
    var significand: Int128 = 0
    var exponent = 0
    var digits = 0
    var significant = 0
    var afterPoint = false
    while let character = rest.first {
      if character == "." {
        if afterPoint { break }
        afterPoint = true
      } else if let digit = character.asciiDigit {
        digits += 1
        significant += significand != 0 || digit != 0 ? 1 : 0
        if significant > 34 { return nil }
        significand = significand * 10 + Int128(digit)
        if afterPoint { exponent -= 1 }
      } else {
        break
      }
      rest.removeFirst()
    }
    guard digits > 0 else { return nil }
    if let (power, remainder) = exponentPrefix(of: rest) {
      guard abs(power) <= 9999 else { return nil }
      exponent += power
      rest = remainder
    }
    return (DecimalNumber(significand: negative ? -significand : significand, exponent: exponent), rest)
  }

  /// The whole of `text` as one number.
  public init?(_ text: String) {
    guard let (number, rest) = DecimalNumber.prefix(of: text[...]), rest.isEmpty else { return nil }
    self = number
  }

  /// The double nearest to this number times 10^`shift`; infinite when too large.
  public func double(shiftedBy shift: Int = 0) -> Double {
    Double("\(significand)e\(exponent + shift)") ?? .nan
  }

  /// This number times 10^`shift` as a whole number, or nil when it is none or exceeds 64 bits.
  public func whole(shiftedBy shift: Int = 0) -> Int64? {
    var value = significand
    var power = exponent + shift
    if value == 0 { return 0 }
    while power < 0 {
      guard value % 10 == 0 else { return nil }
      value /= 10
      power += 1
    }
    while power > 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
      power -= 1
    }
    return Int64(exactly: value)
  }

  /// This number times a whole number, or nil on overflow.
  public func times(_ factor: Int64) -> DecimalNumber? {
    let (product, overflow) = significand.multipliedReportingOverflow(by: Int128(factor))
    return overflow ? nil : DecimalNumber(significand: product, exponent: exponent)
  }
}

private func exponentPrefix(of text: Substring) -> (power: Int, rest: Substring)? {
  var rest = text
  guard rest.first == "e" || rest.first == "E" else { return nil }
  rest.removeFirst()
  let negative = rest.first == "-"
  if negative || rest.first == "+" { rest.removeFirst() }
  var power = 0
  var digits = 0
  while let digit = rest.first?.asciiDigit {
    power = min(power * 10 + digit, 100_000)
    digits += 1
    rest.removeFirst()
  }
  return digits > 0 ? (negative ? -power : power, rest) : nil
}

extension Character {
  /// The value of `0` ... `9`, nil for any other character, also for digits of other scripts.
  fileprivate var asciiDigit: Int? {
    guard let value = asciiValue, value >= 48, value <= 57 else { return nil }
    return Int(value) - 48
  }
}

/// The SI prefixes that units may carry, with their powers of ten.
let metricPrefixes: [(symbol: String, exponent: Int)] = [
  ("a", -18), ("f", -15), ("p", -12), ("n", -9), ("u", -6), ("m", -3), ("c", -2), ("k", 3), ("M", 6), ("G", 9),
  ("T", 12),
]

/// Why a text is not a quantity of the wanted dimension.
public enum QuantityError: Error, Hashable, Sendable {
  case noNumber
  case noUnit(number: String)
  /// The unit belongs to another dimension, given with its article.
  case wrongDimension(unit: String, is: String)
  case unknownUnit(String)
  case notFinite
  /// Not a whole number of nanoseconds, or beyond 64 bits.
  case notWholeNanoseconds
  /// Not a positive fraction of whole numbers up to 1e9.
  case notRational
}

/// A number and the unit that follows it, read but not yet converted.
struct Quantity {
  var number: DecimalNumber
  /// The denominator of `1/10 Hz`.
  var denominator: DecimalNumber?
  var decimalExponent: Int
  var multiplier: Double

  init(_ text: String, _ dimension: Dimension, allowsFraction: Bool = false) throws(QuantityError) {
    let trimmed = text.trimmingSpaces
    guard let (number, afterNumber) = DecimalNumber.prefix(of: trimmed) else { throw .noNumber }
    self.number = number
    var rest = afterNumber
    if allowsFraction, rest.first == "/", let (denominator, remainder) = DecimalNumber.prefix(of: rest.dropFirst()) {
      self.denominator = denominator
      rest = remainder
    }
    let unit = rest.trimmingSpaces.normalisedUnit
    if unit.isEmpty {
      guard dimension.allowsBareNumber else { throw .noUnit(number: String(trimmed)) }
      (decimalExponent, multiplier) = (0, 1)
    } else if let scale = dimension.scale(ofUnit: unit) {
      (decimalExponent, multiplier) = scale
    } else if let other = Dimension.naming(unit: unit) {
      throw .wrongDimension(unit: unit, is: other.name)
    } else {
      throw .unknownUnit(unit)
    }
  }
}

extension Dimension {
  /// The value of `text` in the canonical unit.
  public func value(of text: String) throws(QuantityError) -> Double {
    let quantity = try Quantity(text, self)
    let value = quantity.number.double(shiftedBy: quantity.decimalExponent) * quantity.multiplier
    guard value.isFinite else { throw .notFinite }
    return value
  }

  /// `value` in the canonical unit, in the shortest form that reads back to the same double.
  public func text(of value: Double) -> String {
    canonicalUnit.isEmpty ? shortest(value) : "\(shortest(value)) \(canonicalUnit)"
  }

  /// The power of ten and the factor from `unit` to the canonical one, nil for a unit of another dimension.
  func scale(ofUnit unit: String) -> (decimalExponent: Int, multiplier: Double)? {
    for spelling in spellings where unit == spelling.lead + spelling.symbol {
      return (spelling.decimalExponent, spelling.multiplier)
    }
    for spelling in spellings where spelling.prefixPower != 0 {
      guard unit.hasPrefix(spelling.lead), unit.hasSuffix(spelling.symbol) else { continue }
      let prefix = unit.dropFirst(spelling.lead.count).dropLast(spelling.symbol.count)
      if spelling.lead.count + prefix.count + spelling.symbol.count == unit.count,
        let known = metricPrefixes.first(where: { $0.symbol == prefix })
      {
        return (spelling.decimalExponent + known.exponent * spelling.prefixPower, spelling.multiplier)
      }
    }
    return nil
  }

  /// The dimension whose unit this is, for messages.
  static func naming(unit: String) -> Dimension? {
    let fields = FieldUnit.all.flatMap { [$0.amplitude, $0.amplitudeDensity, $0.density] }
    return (fixed + fields).first { $0.scale(ofUnit: unit) != nil }
  }

  /// A regular expression (ECMA 262) for values of this dimension.
  var pattern: String {
    let prefixes = "[" + metricPrefixes.map(\.symbol).joined() + "µμ]?"
    let units = spellings.map { spelling in
      escaped(spelling.lead) + (spelling.prefixPower != 0 ? prefixes : "") + escaped(spelling.symbol)
    }
    // Not every YAML reader takes 1e-18 for a number.
    let isOptional = allowsBareNumber ? "?" : ""
    return "^\\s*\(numberPattern)\\s*(\(units.joined(separator: "|")))\(isOptional)\\s*$"
  }
}

/// A regular expression for a decimal number.
let numberPattern = "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?"

private func escaped(_ literal: String) -> String {
  literal.map { character in
    switch character {
    case "^": return "\\^"
    case "(", ")", ".": return "\\\(character)"
    case "2": return "2"
    default: return String(character)
    }
  }.joined().replacing("\\^2", with: "(\\^2|²)")
}

/// `value` in the shortest decimal form that reads back to the same double, whole numbers without a point.
func shortest(_ value: Double) -> String {
  // A decimal number has no negative zero.
  let text = value == 0 ? "0" : "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension StringProtocol {
  var trimmingSpaces: Substring {
    var text = Substring(self)
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }

  /// Unit text with one spelling for micro and for squares.
  fileprivate var normalisedUnit: String {
    String(
      map { character in
        character == "µ" || character == "μ" ? "u" : character
      }
    ).replacing("²", with: "^2")
  }
}

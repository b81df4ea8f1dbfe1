/// Why a text is not JSON.
struct JSONFault: Error {
  var reason: String
  /// Position of the first byte at fault, from 1.
  var byte: Int
}

/// Reads one JSON text (RFC 8259) from UTF-8 bytes: strict, whole integers exact, numbers rounded correctly.
struct JSONScanner {
  /// Lists in lists beyond this depth are refused: reading them takes stack.
  static let deepest = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  /// The value of a text that holds one, with white space around it.
  static func value(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> JSONValue {
    var scanner = JSONScanner(bytes)
    let value = try scanner.value(depth: 0)
    scanner.skipSpace()
    guard scanner.position == bytes.count else { throw scanner.fault("there is more after the value") }
    return value
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private func fault(_ reason: String) -> JSONFault { JSONFault(reason: reason, byte: position + 1) }

  /// The byte at the position; 0, which no JSON text has outside of strings, at the end.
  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipSpace() {
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
  }

  private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
    guard depth < Self.deepest else { throw fault("lists and objects are nested deeper than \(Self.deepest)") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw fault(position < bytes.count ? "a value was expected" : "the text ends before a value")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[offset] else { throw fault("a value was expected") }
      position += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
    position += 1
    var members: [JSONMember] = []
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw fault("a name in quotes was expected") }
      let key = try text()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw fault("a colon was expected") }
      position += 1
      members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
      skipSpace()
      let next = current
      guard next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else { throw fault("a comma or } was expected") }
      position += 1
      if next == UInt8(ascii: "}") { return .object(members) }
    }
  }

  private mutating func list(depth: Int) throws(JSONFault) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return .list(elements)
    }
    elements.reserveCapacity(3)
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      let next = current
      guard next == UInt8(ascii: ",") || next == UInt8(ascii: "]") else { throw fault("a comma or ] was expected") }
      position += 1
      if next == UInt8(ascii: "]") { return .list(elements) }
    }
  }
}

// MARK: - Texts

extension JSONScanner {
  private mutating func text() throws(JSONFault) -> String {
    position += 1
    let start = position
    var seen: UInt8 = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let content = UnsafeBufferPointer(rebasing: bytes[start..<position])
        // ASCII needs no validation.
        let text = seen < 0x80 ? String(decoding: content, as: UTF8.self) : String(validating: content, as: UTF8.self)
        guard let text else { throw fault("the text is not UTF-8") }
        position += 1
        return text
      }
      seen |= byte
      if byte == UInt8(ascii: "\\") { return try textWithEscapes(from: start) }
      guard byte >= 0x20 else { throw fault("a control character must be escaped") }
      position += 1
    }
    throw fault("the text ends within quotes")
  }

  private mutating func textWithEscapes(from start: Int) throws(JSONFault) -> String {
    var content = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw fault("the text is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: Character(try escape()).utf8)
      case 0..<0x20: throw fault("a control character must be escaped")
      default: content.append(byte)
      }
    }
    throw fault("the text ends within quotes")
  }

  private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
    let byte = current
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let high = try hexadecimal()
      guard high & 0xFC00 == 0xD800 else {
        guard let scalar = Unicode.Scalar(high) else { throw fault("half of a surrogate pair") }
        return scalar
      }
      guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
        throw fault("half of a surrogate pair")
      }
      position += 2
      let low = try hexadecimal()
      guard low & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + (low & 0x3FF)) else {
        throw fault("half of a surrogate pair")
      }
      return scalar
    default: throw fault("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = current
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw fault("four hexadecimal digits were expected")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

// MARK: - Numbers

/// The powers of ten that are exact doubles.
private let exactPowersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

extension JSONScanner {
  private mutating func number() throws(JSONFault) -> JSONNumber {
    let start = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    // The significant digits without trailing zeros, times ten to the power `exponent`.
    var digits = SignificantDigits()
    if current == UInt8(ascii: "0") {
      position += 1
    } else {
      try scanDigits(into: &digits)
    }
    var exponent = 0
    if current == UInt8(ascii: ".") {
      position += 1
      let first = position
      try scanDigits(into: &digits)
      exponent = first - position
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      let negates = current == UInt8(ascii: "-")
      if negates || current == UInt8(ascii: "+") { position += 1 }
      guard Self.isDigit(current) else { throw fault("a digit was expected") }
      var explicit = 0
      while Self.isDigit(current) {
        explicit = min(explicit * 10 + Int(current - UInt8(ascii: "0")), 1_000_000_000)
        position += 1
      }
      exponent += negates ? -explicit : explicit
    }
    exponent += digits.trailingZeros

    guard let mantissa = digits.value else {
      return JSONNumber(value: rounded(from: start), isNegative: isNegative, wholeMagnitude: nil)
    }
    var value: Double
    if mantissa <= 1 << 53, abs(exponent) <= 22 {
      // Both are exact doubles, so one operation rounds correctly (Clinger 1990).
      value =
        exponent < 0 ? Double(mantissa) / exactPowersOfTen[-exponent] : Double(mantissa) * exactPowersOfTen[exponent]
      if isNegative { value.negate() }
    } else {
      value = rounded(from: start)
    }
    return JSONNumber(
      value: value, isNegative: isNegative, wholeMagnitude: Self.whole(mantissa, exponent: exponent))
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func scanDigits(into digits: inout SignificantDigits) throws(JSONFault) {
    guard Self.isDigit(current) else { throw fault("a digit was expected") }
    while Self.isDigit(current) {
      digits.append(UInt64(current - UInt8(ascii: "0")))
      position += 1
    }
  }

  /// The double nearest to the text from `start`, by the standard library.
  private func rounded(from start: Int) -> Double {
    Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .infinity
  }

  /// mantissa times ten to the exponent, if that is whole and below 2^64; the mantissa does not end with zero.
  private static func whole(_ mantissa: UInt64, exponent: Int) -> UInt64? {
    guard mantissa != 0 else { return 0 }
    guard exponent >= 0, exponent < 20 else { return nil }
    var result = mantissa
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      result = product
    }
    return result
  }
}

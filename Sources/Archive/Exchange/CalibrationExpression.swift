import Glibc

/// How samples are made of what a station recorded, as files of the GNOME network state it: `MagneticFields*20.5 [pT]`.
///
/// The public readers of these files run the text as a program. Here it is read as a formula and nothing else: numbers, names of
/// datasets, `+ - * / **`, parentheses and a few functions of one argument.
public struct CalibrationExpression: Hashable, Sendable {
  /// What is wrong with a text, and where.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public var text: String
    /// Characters before the fault.
    public var position: Int
    public var problem: String

    public var description: String { "\"\(text)\", character \(position + 1): \(problem)" }
  }

  /// The functions that it knows, also as `np.sqrt`, `numpy.sqrt` or `math.sqrt`.
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case sqrt, abs, exp, log, log10, sin, cos, tan, arcsin, arccos, arctan

    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .sqrt: x.squareRoot()
      case .abs: Swift.abs(x)
      case .exp: Glibc.exp(x)
      case .log: Glibc.log(x)
      case .log10: Glibc.log10(x)
      case .sin: Glibc.sin(x)
      case .cos: Glibc.cos(x)
      case .tan: Glibc.tan(x)
      case .arcsin: asin(x)
      case .arccos: acos(x)
      case .arctan: atan(x)
      }
    }
  }

  enum Operation: Hashable, Sendable {
    case add, subtract, multiply, divide, power

    func callAsFunction(_ x: Double, _ y: Double) -> Double {
      switch self {
      case .add: x + y
      case .subtract: x - y
      case .multiply: x * y
      case .divide: x / y
      case .power: pow(x, y)
      }
    }
  }

  indirect enum Term: Hashable, Sendable {
    case number(Double)
    case dataset(String)
    case negative(Term)
    case function(Function, Term)
    case operation(Operation, Term, Term)
  }

  let term: Term
  /// The names of the datasets in it.
  public let datasets: Set<String>
  /// The text in brackets at its end; nil when there are none.
  public let unit: String?

  /// Longest text that is read.
  static let longestText = 4096
  /// Parentheses within parentheses.
  static let deepestNesting = 64

  /// Reads a formula with or without a unit at its end.
  public init(_ text: String) throws(Fault) {
    var parser = CalibrationParser(text: text)
    guard text.utf8.count <= Self.longestText else {
      throw parser.fault("it has \(text.utf8.count) bytes, at most \(Self.longestText) are read")
    }
    term = try parser.wholeFormula()
    unit = try parser.unit()
    datasets = parser.datasets
  }

  /// The value for every sample.
  ///
  /// - Parameters:
  ///   - inputs: for every name in `datasets` as many numbers.
  ///   - count: how many.
  public func values(of inputs: [String: [Double]], count: Int) -> [Double] {
    Self.values(term, inputs, count)
  }

  private static func values(_ term: Term, _ inputs: [String: [Double]], _ count: Int) -> [Double] {
    switch term {
    case .number(let number): return [Double](repeating: number, count: count)
    case .dataset(let name):
      let input = inputs[name] ?? []
      precondition(input.count >= count, "an input has a number for every sample")
      return input
    case .negative(let inner): return values(inner, inputs, count).map { -$0 }
    case .function(let function, let inner): return values(inner, inputs, count).map { function($0) }
    case .operation(let operation, let left, .number(let number)):
      return values(left, inputs, count).map { operation($0, number) }
    case .operation(let operation, .number(let number), let right):
      return values(right, inputs, count).map { operation(number, $0) }
    case .operation(let operation, let left, let right):
      return zip(values(left, inputs, count), values(right, inputs, count)).map { operation($0, $1) }
    }
  }
}

/// Recursive descent with the precedence of Python: `**` binds tightest and to the right, then signs, then `* /`, then `+ -`.
private struct CalibrationParser {
  let text: String
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private(set) var datasets: Set<String> = []

  init(text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  func fault(_ problem: String) -> CalibrationExpression.Fault {
    // A text of a stranger's file may be long: what is near the fault is enough.
    .init(text: String(text.prefix(120)), position: position, problem: problem)
  }

  private mutating func next() -> Character? {
    while position < bytes.count, [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes[position]) { position += 1 }
    return position < bytes.count ? Character(UnicodeScalar(bytes[position])) : nil
  }

  private mutating func take(_ symbol: String) -> Bool {
    _ = next()
    guard bytes[position...].starts(with: symbol.utf8) else { return false }
    position += symbol.utf8.count
    return true
  }

  mutating func wholeFormula() throws(CalibrationExpression.Fault) -> CalibrationExpression.Term {
    guard next() != nil else { throw fault("there is no formula") }
    let term = try sum()
    if let character = next(), character != "[" {
      throw fault("\"\(character)\" is not expected here; a formula has numbers, names of datasets, + - * / ** ( )")
    }
    return term
  }

  mutating func unit() throws(CalibrationExpression.Fault) -> String? {
    guard take("[") else { return nil }
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "]")) else {
      throw fault("the bracket is not closed")
    }
    let unit = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + 1
    guard next() == nil else { throw fault("nothing may follow the unit") }
    return unit
  }

  private mutating func sum() throws(CalibrationExpression.Fault) -> CalibrationExpression.Term {
    depth += 1
    defer { depth -= 1 }
    guard depth <= CalibrationExpression.deepestNesting else { throw fault("it is nested too deeply") }
    var left = try product()
    while true {
      if take("+") {
        left = .operation(.add, left, try product())
      } else if take("-") {
        left = .operation(.subtract, left, try product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(CalibrationExpression.Fault) -> CalibrationExpression.Term {
    var left = try signed()
    while true {
      if take("*") {
        left = .operation(.multiply, left, try signed())
      } else if take("/") {
        if next() == "/" { throw fault("// is not known") }
        left = .operation(.divide, left, try signed())
      } else {
        return left
      }
    }
  }

  private mutating func signed() throws(CalibrationExpression.Fault) -> CalibrationExpression.Term {
    depth += 1
    defer { depth -= 1 }
    guard depth <= CalibrationExpression.deepestNesting else { throw fault("it is nested too deeply") }
    if take("-") { return .negative(try signed()) }
    if take("+") { return try signed() }
    let base = try operand()
    return take("**") ? .operation(.power, base, try signed()) : base
  }

  private mutating func operand() throws(CalibrationExpression.Fault) -> CalibrationExpression.Term {
    guard let character = next() else { throw fault("it ends where a number or a name is expected") }
    if take("(") {
      let inner = try sum()
      guard take(")") else { throw fault("a parenthesis is not closed") }
      return inner
    }
    if character.isASCII, character.isNumber || character == "." { return .number(try number()) }
    guard character.isASCII, character.isLetter || character == "_" else {
      throw fault("\"\(character)\" is not expected here; a formula has numbers, names of datasets, + - * / ** ( )")
    }
    let start = position
    let name = word()
    guard next() == "(" else {
      guard !name.contains(".") else {
        position = start
        throw fault("\(name) is not a name of a dataset")
      }
      datasets.insert(name)
      return .dataset(name)
    }
    let plain = ["np.", "numpy.", "math."].first { name.hasPrefix($0) }.map { name.dropFirst($0.count) } ?? name[...]
    guard let function = CalibrationExpression.Function(rawValue: String(plain)) else {
      position = start
      throw fault(
        "the function \(name) is not known; known are "
          + CalibrationExpression.Function.allCases.map(\.rawValue).joined(separator: ", "))
    }
    _ = take("(")
    let argument = try sum()
    guard take(")") else { throw fault("a parenthesis is not closed") }
    return .function(function, argument)
  }

  private mutating func word() -> String {
    let start = position
    while position < bytes.count {
      let character = Character(UnicodeScalar(bytes[position]))
      guard character.isASCII, character.isLetter || character.isNumber || character == "_" || character == "." else {
        break
      }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func number() throws(CalibrationExpression.Fault) -> Double {
    let start = position
    func isDigit(_ index: Int) -> Bool { index < bytes.count && (48...57).contains(bytes[index]) }
    while isDigit(position) || (position < bytes.count && bytes[position] == UInt8(ascii: ".")) { position += 1 }
    if position < bytes.count, bytes[position] | 32 == UInt8(ascii: "e") {
      let sign = position + 1 < bytes.count && [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position + 1])
      if isDigit(position + (sign ? 2 : 1)) {
        position += sign ? 2 : 1
        while isDigit(position) { position += 1 }
      }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      position = start
      throw fault("\(text.prefix(40)) is not a number")
    }
    return value
  }
}

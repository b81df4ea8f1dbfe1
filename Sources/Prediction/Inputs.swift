import Numerics

/// The range of a number, and how it is written.
struct NumberDomain: Sendable {
  var text: String
  var contains: @Sendable (Double) -> Bool

  static let any = NumberDomain(text: "number") { _ in true }
  static let positive = NumberDomain(text: "number > 0") { $0 > 0 }
  static let notNegative = NumberDomain(text: "number >= 0") { $0 >= 0 }

  static func within(_ range: ClosedRange<Double>) -> NumberDomain {
    NumberDomain(text: "number in [\(plain(range.lowerBound)), \(plain(range.upperBound))]") { range.contains($0) }
  }
}

/// A number as a person writes it: whole ones without a decimal point.
private func plain(_ number: Double) -> String {
  let text = number.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// The kinds of inputs that quantities have.
enum Inputs {
  static func number(
    _ key: String, unit: String = "", _ domain: NumberDomain = .any, _ meaning: String = "",
    default value: Double? = nil
  ) -> Input<Double> {
    let input = Input(
      description: InputDescription(key: key, unit: unit, kind: domain.text, meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> Double in try number(json, domain) })
    return value.map { input.defaulting(to: $0, plain($0)) } ?? input
  }

  static func flag(_ key: String, _ meaning: String, default value: Bool) -> Input<Bool> {
    Input(
      description: InputDescription(key: key, unit: "", kind: "true or false", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> Bool in
        guard case .flag(let flag) = json else { throw PredictionError("is \(json.kind); it must be true or false") }
        return flag
      }
    ).defaulting(to: value, value.description)
  }

  /// One of several words, each of which stands for a value.
  static func choice<Value: Sendable>(
    _ key: String, _ options: [(String, Value)], _ meaning: String = ""
  ) -> Input<Value> {
    let words = options.map { "\"\($0.0)\"" }.joined(separator: " or ")
    return Input(
      description: InputDescription(key: key, unit: "", kind: words, meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> Value in
        guard case .text(let word) = json else { throw PredictionError("is \(json.kind); it must be \(words)") }
        for option in options where option.0 == word { return option.1 }
        throw PredictionError("is \"\(word)\"; it must be \(words)")
      })
  }

  static func integer(_ key: String, _ range: ClosedRange<UInt64>, _ meaning: String = "") -> Input<UInt64> {
    Input(
      description: InputDescription(
        key: key, unit: "", kind: "integer \(range.lowerBound)..\(range.upperBound)", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> UInt64 in try integer(json, range) })
  }

  /// So many words of 32 bits.
  static func words(_ key: String, count: Int) -> Input<[UInt32]> {
    let range: ClosedRange<UInt64> = 0...UInt64(UInt32.max)
    return Input(
      description: InputDescription(
        key: key, unit: "", kind: "list of \(count) integers 0..\(range.upperBound)", meaning: ""),
      read: { (json: JSONValue) throws(PredictionError) -> [UInt32] in
        let words = try list(json) { (element) throws(PredictionError) in UInt32(try integer(element, range)) }
        guard words.count == count else { throw PredictionError("has \(words.count) integers; it must have \(count)") }
        return words
      })
  }

  static func numbers(
    _ key: String, unit: String = "", _ domain: NumberDomain = .any, _ meaning: String = ""
  ) -> Input<[Double]> {
    Input(
      description: InputDescription(
        key: key, unit: unit, kind: "list of numbers\(domain.text.dropFirst("number".count))", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> [Double] in
        try list(json) { (element) throws(PredictionError) in try number(element, domain) }
      })
  }

  static func vector(_ key: String, unit: String = "", _ meaning: String = "") -> Input<SIMD3<Double>> {
    Input(
      description: InputDescription(key: key, unit: unit, kind: "3-vector", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> SIMD3<Double> in try vector(json) })
  }

  static func vectors(_ key: String, unit: String = "", _ meaning: String = "") -> Input<[SIMD3<Double>]> {
    Input(
      description: InputDescription(key: key, unit: unit, kind: "list of 3-vectors", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> [SIMD3<Double>] in try list(json, vector) })
  }

  /// A vector of any length but zero, which is normalised.
  static func direction(_ key: String, _ meaning: String = "") -> Input<SIMD3<Double>> {
    Input(
      description: InputDescription(key: key, unit: "", kind: "direction (3-vector, normalised)", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> SIMD3<Double> in try direction(json) })
  }

  static func directions(_ key: String, _ meaning: String = "") -> Input<[SIMD3<Double>]> {
    Input(
      description: InputDescription(key: key, unit: "", kind: "list of directions", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> [SIMD3<Double>] in try list(json, direction) })
  }

  static func hermitianMatrix(_ key: String, _ meaning: String = "") -> Input<ComplexMatrix> {
    Input(
      description: InputDescription(
        key: key, unit: "", kind: "Hermitian n x n matrix (entries number or [re, im])", meaning: meaning),
      read: { (json: JSONValue) throws(PredictionError) -> ComplexMatrix in try hermitianMatrix(json) })
  }
}

// MARK: - Reading

extension Inputs {
  private static func number(_ json: JSONValue, _ domain: NumberDomain) throws(PredictionError) -> Double {
    guard case .number(let number) = json else { throw PredictionError("is \(json.kind); it must be a \(domain.text)") }
    guard number.value.isFinite else { throw PredictionError("is beyond the largest double") }
    guard domain.contains(number.value) else {
      throw PredictionError("is \(plain(number.value)); it must be a \(domain.text)")
    }
    return number.value
  }

  private static func integer(_ json: JSONValue, _ range: ClosedRange<UInt64>) throws(PredictionError) -> UInt64 {
    let needed = "an integer \(range.lowerBound)..\(range.upperBound)"
    guard case .number(let number) = json else { throw PredictionError("is \(json.kind); it must be \(needed)") }
    guard let magnitude = number.wholeMagnitude, !number.isNegative || magnitude == 0, range.contains(magnitude) else {
      throw PredictionError("is \(plain(number.value)); it must be \(needed)")
    }
    return magnitude
  }

  /// The elements of a list of at least one.
  private static func list<Element>(
    _ json: JSONValue, _ read: (JSONValue) throws(PredictionError) -> Element
  ) throws(PredictionError) -> [Element] {
    guard case .list(let elements) = json else { throw PredictionError("is \(json.kind); it must be a list") }
    guard !elements.isEmpty else { throw PredictionError("is an empty list") }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      do {
        result.append(try read(element))
      } catch {
        throw PredictionError("in entry \(index + 1) \(error.description)")
      }
    }
    return result
  }

  private static func vector(_ json: JSONValue) throws(PredictionError) -> SIMD3<Double> {
    guard case .list(let elements) = json, elements.count == 3 else {
      throw PredictionError("is \(json.kind); it must be a list of three numbers")
    }
    return SIMD3(try number(elements[0], .any), try number(elements[1], .any), try number(elements[2], .any))
  }

  private static func direction(_ json: JSONValue) throws(PredictionError) -> SIMD3<Double> {
    guard let unit = unitVector(try vector(json)) else {
      throw PredictionError("is zero; a direction needs a length")
    }
    return unit
  }

  private static func hermitianMatrix(_ json: JSONValue) throws(PredictionError) -> ComplexMatrix {
    let rows = try list(json) { (row) throws(PredictionError) in try list(row, complex) }
    guard rows.allSatisfy({ $0.count == rows.count }) else {
      throw PredictionError("has \(rows.count) rows, but not all have as many entries")
    }
    let matrix = ComplexMatrix(rows)
    // Entries that a program computed may differ from conjugates by a rounding error.
    let tolerance = 1e-12 * (matrix.elements.map { max(abs($0.real), abs($0.imaginary)) }.max() ?? 0)
    for i in 0..<matrix.rows {
      for j in 0...i {
        let difference = matrix[i, j] - matrix[j, i].conjugate
        guard abs(difference.real) <= tolerance, abs(difference.imaginary) <= tolerance else {
          throw PredictionError("is not Hermitian: entry (\(i + 1), \(j + 1)) is not the conjugate of its mirror image")
        }
      }
    }
    return matrix
  }

  private static func complex(_ json: JSONValue) throws(PredictionError) -> ComplexNumber {
    switch json {
    case .number: return ComplexNumber(try number(json, .any))
    case .list(let parts) where parts.count == 2:
      return ComplexNumber(try number(parts[0], .any), try number(parts[1], .any))
    default: throw PredictionError("is \(json.kind); it must be a number or [re, im]")
    }
  }
}

import Numerics

/// The value of a quantity, in the form in which it is written.
enum PredictedValue: Sendable {
  case number(Double)
  /// Written as [re, im].
  case complex(ComplexNumber)
  case vector(SIMD3<Double>)
  case numbers([Double])
  case integers([UInt32])
  /// A matrix, as a list of its rows.
  case rows([[Double]])
  /// Named results, in order.
  case object([(String, PredictedValue)])

  /// Appends the value as JSON, numbers as the shortest text that reads back to the same double.
  ///
  /// - Returns: false, with part of the text appended, when a number is not finite.
  func append(to output: inout [UInt8]) -> Bool {
    switch self {
    case .number(let number): return Self.append(number, to: &output)
    case .complex(let number): return Self.append([number.real, number.imaginary], to: &output)
    case .vector(let vector): return Self.append([vector.x, vector.y, vector.z], to: &output)
    case .numbers(let numbers): return Self.append(numbers, to: &output)
    case .integers(let integers):
      output.append(contentsOf: "[\(integers.map(String.init).joined(separator: ", "))]".utf8)
      return true
    case .rows(let rows):
      output.append(UInt8(ascii: "["))
      for (index, row) in rows.enumerated() {
        if index > 0 { output.append(contentsOf: ", ".utf8) }
        guard Self.append(row, to: &output) else { return false }
      }
      output.append(UInt8(ascii: "]"))
      return true
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, (name, value)) in members.enumerated() {
        if index > 0 { output.append(contentsOf: ", ".utf8) }
        output.append(contentsOf: "\"\(name)\": ".utf8)
        guard value.append(to: &output) else { return false }
      }
      output.append(UInt8(ascii: "}"))
      return true
    }
  }

  private static func append(_ number: Double, to output: inout [UInt8]) -> Bool {
    guard number.isFinite else { return false }
    output.append(contentsOf: number.description.utf8)
    return true
  }

  private static func append(_ numbers: [Double], to output: inout [UInt8]) -> Bool {
    output.append(UInt8(ascii: "["))
    for (index, number) in numbers.enumerated() {
      if index > 0 { output.append(contentsOf: ", ".utf8) }
      guard append(number, to: &output) else { return false }
    }
    output.append(UInt8(ascii: "]"))
    return true
  }
}

/// One input of a quantity: its name, its kind, and how it is read.
struct Input<Value: Sendable>: Sendable {
  var description: InputDescription
  /// The value when the input is left out; nil when it must be given.
  var defaultValue: Value?
  /// Reads a value, or says in a message that begins "is ..." or "has ..." why it is not one.
  var read: @Sendable (JSONValue) throws(PredictionError) -> Value

  /// The value among the inputs of a request.
  func value(in inputs: [JSONMember]) throws(PredictionError) -> Value {
    var found: Value?
    for member in inputs where member.key == description.key {
      guard found == nil else { throw PredictionError("input \(description.key) is given twice") }
      do {
        found = try read(member.value)
      } catch {
        throw PredictionError("input \(description.key) \(error.description)")
      }
    }
    guard let value = found ?? defaultValue else {
      throw PredictionError("input \(description.key) is missing: \(description.kind)")
    }
    return value
  }

  /// The same input with a default.
  func defaulting(to value: Value, _ text: String) -> Input {
    var result = self
    result.defaultValue = value
    result.description.defaultText = text
    return result
  }

  /// The same input, nil when it is left out.
  func optional(_ text: String) -> Input<Value?> {
    let read = read
    var description = description
    description.defaultText = text
    return Input<Value?>(description: description, defaultValue: .some(nil)) {
      (value: JSONValue) throws(PredictionError) -> Value? in try read(value)
    }
  }
}

/// What there is to say about an input.
public struct InputDescription: Sendable, Hashable, Encodable {
  /// The name in requests.
  public var key: String
  /// The unit, as in "rad/m"; empty for a pure number or a text.
  public var unit: String
  /// What it must be, as in "number >= 0".
  public var kind: String
  /// What it means; may be empty.
  public var meaning: String
  /// The value when it is left out; nil when it must be given.
  public var defaultText: String?

  enum CodingKeys: String, CodingKey {
    case key, unit, kind, meaning
    case defaultText = "default"
  }
}

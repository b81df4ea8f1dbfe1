/// A value of JSON, with what a calculator needs to know of it: exact integers and the order of members.
enum JSONValue: Sendable {
  case null
  case flag(Bool)
  case number(JSONNumber)
  case text(String)
  case list([JSONValue])
  case object([JSONMember])

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .flag: "true or false"
    case .number: "a number"
    case .text: "a text"
    case .list(let elements): "a list of \(elements.count)"
    case .object: "an object"
    }
  }
}

/// A name and its value, as they stand in an object.
struct JSONMember: Sendable {
  var key: String
  var value: JSONValue
}

/// A number of JSON as the nearest double and, when it is whole and below 2^64 in magnitude, exactly.
struct JSONNumber: Sendable {
  /// The nearest double; infinite when the text is beyond the largest one.
  var value: Double
  var isNegative: Bool
  /// The exact magnitude of a whole number; nil for others.
  var wholeMagnitude: UInt64?
}

extension Sequence where Element == JSONMember {
  /// The value of a name; an object with two members of that name has none.
  func only(_ key: String) -> JSONValue? {
    var found: JSONValue?
    for member in self where member.key == key {
      if found != nil { return nil }
      found = member.value
    }
    return found
  }
}

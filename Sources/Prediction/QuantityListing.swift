extension Quantity {
  /// The quantity and its inputs as lines of text.
  public var listing: String {
    let keyWidth = inputs.map(\.key.count).max() ?? 0
    let lines = inputs.map { input in
      var parts = [input.kind]
      if !input.unit.isEmpty { parts[0] += " (\(input.unit))" }
      if !input.meaning.isEmpty { parts.append(input.meaning) }
      if let text = input.defaultText { parts.append("default \(text)") }
      let padding = String(repeating: " ", count: keyWidth - input.key.count)
      return "    \(input.key)\(padding)  \(parts.joined(separator: "; "))"
    }
    return (["\(name)  [\(source)]", "  value: \(value)"] + lines).joined(separator: "\n")
  }
}

extension Quantity: Encodable {
  enum CodingKeys: String, CodingKey {
    case name, source, value, inputs
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(source, forKey: .source)
    try container.encode(value, forKey: .value)
    try container.encode(inputs, forKey: .inputs)
  }
}

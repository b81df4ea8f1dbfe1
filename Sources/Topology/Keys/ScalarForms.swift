extension SourceValue {
  /// The text of a single value, or nil after a fault that says what belongs here.
  func text(_ reader: inout TopologyReader, expected: String, remedy: String) -> String? {
    if case .scalar(let text, _) = content { return text }
    reader.fault(self, "\(kindName) where \(expected) belongs", remedy: remedy)
    return nil
  }
}

extension ValueForm where Value == String {
  /// Any text.
  static var text: ValueForm<String> {
    ValueForm(
      shape: .text(pattern: nil),
      read: { source, reader in source.text(&reader, expected: "text", remedy: "write text, in quotes if need be") },
      write: { value, _ in .scalar(quoted(value)) })
  }

  /// A name that can be a component of a path in files and archives.
  static var name: ValueForm<String> {
    ValueForm(
      shape: .text(pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"),
      read: { source, reader in
        guard let text = source.text(&reader, expected: "a name", remedy: "write one word") else { return nil }
        guard isPathComponent(text) else {
          reader.fault(
            source, "`\(text)` is not a name",
            remedy: "use up to 64 letters, digits, `-` and `_`, the first a letter or digit")
          return nil
        }
        return text
      },
      write: { value, _ in .scalar(yamlText(value)) })
  }
}

private func isPathComponent(_ text: String) -> Bool {
  guard let first = text.first, first.isASCII, first.isLetter || first.isNumber, text.count <= 64 else { return false }
  return text.unicodeScalars.allSatisfy {
    $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-".unicodeScalars.contains($0))
  }
}

extension ValueForm where Value == Bool {
  /// `true` or `false`.
  static var flag: ValueForm<Bool> {
    ValueForm(
      shape: .flag,
      read: { source, reader in
        if case .scalar(let text, plain: true) = source.content {
          if ["true", "True", "TRUE"].contains(text) { return true }
          if ["false", "False", "FALSE"].contains(text) { return false }
        }
        reader.fault(source, "\(source.shown) is neither true nor false", remedy: "write true or false")
        return nil
      },
      write: { value, _ in .scalar(value ? "true" : "false") })
  }
}

extension ValueForm where Value == Double {
  /// A number without unit.
  static func number(_ bounds: Bounds = .any) -> ValueForm<Double> {
    ValueForm(
      shape: .number(bounds),
      read: { source, reader in
        guard let number = source.decimalNumber(&reader) else { return nil }
        let value = number.double()
        return source.check(value, bounds, shortest, &reader) ? value : nil
      },
      write: { value, _ in .scalar(shortest(value)) })
  }

  /// One of a few numbers without unit.
  static func number(oneOf choices: [Double]) -> ValueForm<Double> {
    ValueForm(
      shape: .numberChoice(choices),
      read: { source, reader in
        guard let number = source.decimalNumber(&reader) else { return nil }
        if choices.contains(number.double()) { return number.double() }
        let list = choices.map(shortest).joined(separator: " or ")
        reader.fault(source, "\(source.shown) is not one of the possible values", remedy: "write \(list)")
        return nil
      },
      write: { value, _ in .scalar(shortest(value)) })
  }
}

extension ValueForm where Value: FixedWidthInteger {
  /// A whole number without unit.
  static func integer(from minimum: Value, to maximum: Value) -> ValueForm<Value> {
    ValueForm(
      shape: .integer(
        Bounds(minimum: Double(minimum), maximum: Double(maximum) < 9e15 ? Double(maximum) : nil)),
      read: { source, reader in
        if case .scalar(let text, _) = source.content, let value = Value(text), value >= minimum, value <= maximum {
          return value
        }
        reader.fault(
          source, "\(source.shown) is not a whole number in the possible range",
          remedy: "write a whole number from \(minimum) to \(maximum), without unit")
        return nil
      },
      write: { value, _ in .scalar("\(value)") })
  }
}

extension ValueForm where Value: CaseIterable & Equatable {
  /// One word of a fixed list.
  static func choice(_ name: @escaping @Sendable (Value) -> String) -> ValueForm<Value> {
    let names = Value.allCases.map(name)
    return ValueForm(
      shape: .choice(names),
      read: { source, reader in
        if case .scalar(let text, _) = source.content {
          if let value = Value.allCases.first(where: { name($0) == text }) { return value }
          if let near = suggestion(for: text, among: names) {
            reader.fault(source, "unknown value `\(text)`", remedy: "did you mean `\(near)`?")
            return nil
          }
        }
        reader.fault(source, "unknown value \(source.shown)", remedy: "write one of \(names.joined(separator: ", "))")
        return nil
      },
      write: { value, _ in .scalar(name(value)) })
  }
}

extension ValueForm {
  /// A list of values of one form; elements with faults are left out.
  static func list<Element>(of element: ValueForm<Element>, minimumCount: Int = 0) -> ValueForm<[Element]>
  where Value == [Element] {
    ValueForm<[Element]>(
      shape: .list(element.shape, minimumCount: minimumCount),
      read: { source, reader in
        guard case .list(let items) = source.content else {
          reader.fault(
            source, "\(source.kindName) where a list belongs", remedy: "start each element with `- `, or write []")
          return nil
        }
        if items.count < minimumCount, !reader.isPartial {
          reader.fault(source, "the list needs at least \(minimumCount) element(s)", remedy: "add `- ` and its keys")
        }
        return items.compactMap { element.read($0, &reader) }
      },
      write: { values, field in .list(values.map { element.write($0, field) }) })
  }
}

extension SourceValue {
  /// What was written, for messages.
  var shown: String {
    if case .scalar(let text, _) = content {
      return text.count <= 60 ? "`\(text)`" : "`\(text.prefix(57))...`"
    }
    return kindName
  }

  /// Records a fault and returns false when `value` is out of bounds.
  func check(
    _ value: Double, _ bounds: Bounds, _ write: (Double) -> String, _ reader: inout TopologyReader
  ) -> Bool {
    guard value.isFinite else {
      reader.fault(self, "\(shown) is too large", remedy: "write a number below 1e308")
      return false
    }
    if bounds.contains(value) { return true }
    reader.fault(self, "\(shown) is out of range", remedy: "must be \(bounds.text(write) ?? "a number")")
    return false
  }

  fileprivate func decimalNumber(_ reader: inout TopologyReader) -> DecimalNumber? {
    if case .scalar(let text, _) = content, let number = DecimalNumber(String(text.trimmingSpaces)) { return number }
    reader.fault(self, "\(shown) is not a number", remedy: "write a number without unit")
    return nil
  }
}

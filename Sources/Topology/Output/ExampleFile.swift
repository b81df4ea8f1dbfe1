extension NetworkTopology {
  /// A commented file with every key, its meaning, its default and its range; reads back to the defaults.
  ///
  /// Keys that stand behind a `#` without a space are alternatives to what is there, or elements of empty lists.
  public static var exampleText: String {
    let head = [
      "# Reference of Gnomon's topology files: every key with its default.",
      "# Values have units: 512 Hz, 0.1 pT/Hz^0.5, 600 s, 10 min, 45 deg. Keys marked as required have no default.",
      "# Lines that start with # and no space show keys that are off: alternatives, and elements of empty lists.",
      "",
    ]
    return (head + ExampleWriter(isFull: true).lines(of: section.shape)).joined(separator: "\n") + "\n"
  }

  /// The same topology as `exampleText` with required keys only.
  public static var minimalExampleText: String {
    ExampleWriter(isFull: false).lines(of: section.shape).joined(separator: "\n") + "\n"
  }
}

/// Writes an example of a section from the description of its keys.
private struct ExampleWriter {
  /// Whether to write comments, keys with defaults and keys that are off.
  var isFull: Bool

  func lines(of section: SectionShape) -> [String] {
    var lines: [String] = []
    let alternatives = Set(section.alternatives.joined())
    let chosen = Set(section.alternatives.first ?? [])
    let firstAlternative = section.keys.first { alternatives.contains($0.name) }?.name
    for (position, key) in section.keys.enumerated() {
      if isFull, key.name == firstAlternative {
        lines.append(
          "# Give one complete set of keys: \(section.alternatives.map(choiceText).joined(separator: "; or ")).")
      }
      if alternatives.contains(key.name) {
        lines += self.lines(of: key, isOff: !chosen.contains(key.name))
      } else {
        lines += self.lines(of: key, isOff: key.isOptional)
      }
      if position == 0, let kind = section.kinds.first, isFull {
        lines += comment("What it is. Default: \(kind.name).")
        lines += section.kinds.flatMap { comment("\($0.name): \($0.documentation)") }
        lines.append("kind: \(kind.name)")
      }
    }
    return lines + (section.kinds.first?.keys ?? []).flatMap { self.lines(of: $0, isOff: $0.isOptional) }
  }

  private func lines(of key: KeyShape, isOff: Bool) -> [String] {
    guard isFull || (!isOff && (key.isRequired || key.isShown || key.isOptional)) else { return [] }
    var lines = isFull ? comment(key.documentation + key.facts) : []
    switch (key.shape, key.presence) {
    case (.section(let section), .optional):
      lines += (["\(key.name):"] + self.lines(of: section).map { "  " + $0 }).map(switchedOff)
    case (.section(let section), _):
      let body = ["\(key.name):"] + self.lines(of: section).map { "  " + $0 }
      lines += isOff ? body.map(switchedOff) : body
    case (.list(let element, _), let presence):
      if case .optional(let example) = presence {
        lines.append((isOff ? "#" : "") + "\(key.name): \(example)")
      } else if key.isShown || key.isRequired || !key.isEmptyByDefault {
        lines.append("\(key.name):")
        lines += self.element(element).map { "  " + $0 }
        if isFull { lines += otherKinds(of: element).map { "  " + $0 }.map(switchedOff) }
      } else {
        lines.append("\(key.name): []")
        let inside = self.element(element)
        if !inside.isEmpty { lines += ([key.name + ":"] + inside.map { "  " + $0 }).map(switchedOff) }
      }
    case (_, .required(let example)): lines.append("\(key.name): \(example ?? "")")
    case (_, .defaulted(let tree)): lines.append("\(key.name): \(tree.inline ?? "")")
    case (_, .optional(let example)): lines.append((isOff ? "#" : "") + "\(key.name): \(example)")
    }
    return lines
  }

  /// The element of a list, the dash before its first key.
  private func element(_ shape: Shape) -> [String] {
    guard case .section(let section) = shape else { return [] }
    var lines = self.lines(of: section)
    for index in lines.indices {
      if lines[index].hasPrefix("#") { continue }
      lines[index] = "- " + lines[index]
      for later in lines.indices where later > index { lines[later] = "  " + lines[later] }
      break
    }
    return lines
  }

  /// An element of every kind but the first: keys that are required, and those that only this kind has.
  private func otherKinds(of shape: Shape) -> [String] {
    guard case .section(let section) = shape else { return [] }
    let common = section.keys.filter { $0.isRequired && $0.name != "name" }
    return section.kinds.dropFirst().flatMap { kind -> [String] in
      let own = (common + kind.keys).flatMap { lines(of: $0, isOff: $0.isOptional) }
      return ["- name: \(kind.name)", "  kind: \(kind.name)"] + own.map { "  " + $0 }
    }
  }

  /// A line behind `#`, comments unchanged.
  private func switchedOff(_ line: String) -> String {
    line.drop { $0 == " " }.hasPrefix("#") ? line : "#" + line
  }

  private func comment(_ text: String) -> [String] {
    var lines = ["#"]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + word.count > 100 { lines.append("#") }
      lines[lines.count - 1] += " " + word
    }
    return lines
  }
}

extension KeyShape {
  fileprivate var isOptional: Bool {
    if case .optional = presence { return true }
    return false
  }

  /// Whether it is a list that is empty when the key is missing.
  fileprivate var isEmptyByDefault: Bool {
    if case .defaulted(.list(let items)) = presence { return items.isEmpty }
    return false
  }

  /// Whether it is required, its default, and the values it can have.
  fileprivate var facts: String {
    var facts = ""
    switch (presence, shape) {
    case (.required, _): facts += " Required."
    case (.defaulted, .section), (.defaulted, .partialSection): break
    case (.defaulted, .list) where isShown: facts += " Default: none."
    case (.defaulted, .list) where !isEmptyByDefault: break
    case (.defaulted(let tree), _): facts += " Default: \(tree.inline ?? "none")."
    case (.optional, _): break
    }
    switch shape {
    case .number(let bounds), .integer(let bounds): facts += bounds.text(shortest).map { " Range: \($0)." } ?? ""
    case .quantity(let dimension, let bounds):
      facts += bounds.text(dimension.text).map { " Range: \($0)." } ?? ""
    case .sampleRate(let bounds): facts += bounds.text(Dimension.frequency.text).map { " Range: \($0)." } ?? ""
    case .fieldQuantity(let kind, let bounds):
      facts += bounds.text(kind.dimension(of: .tesla).text).map { " Range: \($0)." } ?? ""
    case .choice(let names): facts += " One of: \(names.joined(separator: ", "))."
    case .numberChoice(let numbers): facts += " One of: \(numbers.map(shortest).joined(separator: ", "))."
    case .flag: facts += " true or false."
    case .text, .either, .list, .section, .partialSection: break
    }
    return facts
  }
}

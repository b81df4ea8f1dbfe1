import Yams

/// Turns YAML text into values that know their places, and collects what is wrong with the YAML itself.
struct YAMLComposer {
  /// More values than any real topology has; a file can reach it only with aliases of aliases.
  static let valueLimit = 1_000_000

  let file: String
  private(set) var faults: [TopologyFault] = []
  private var remainingValues = YAMLComposer.valueLimit
  /// Keys that were renamed so that the parser reads on behind a duplicate, by the new name.
  private var renamedKeys: [String: String] = [:]

  init(file: String) {
    self.file = file
  }

  /// The document in `text`, or nil after a syntax error; its values are named as if it stood at `path`.
  mutating func compose(_ text: String, at path: TopologyPath = TopologyPath()) -> SourceValue? {
    guard let node = composeNode(text) else { return nil }
    let start = SourceLocation(file: file, line: 1, column: 1)
    let value = convert(node, at: path, fallback: start)
    if remainingValues <= 0 {
      faults.append(
        TopologyFault(
          location: start, key: "", reason: "the file expands to more than \(Self.valueLimit) values",
          remedy: "use fewer aliases (`*name`)"))
      return nil
    }
    return value
  }

  /// The YAML library stops at a mapping with duplicate keys. Renaming the earlier key to characters of the private use
  /// area, as many as it has, keeps all columns and lets the rest of the file be read in the same run.
  private mutating func composeNode(_ text: String) -> Yams.Node? {
    var text = text
    for attempt in 0..<200 {
      do {
        return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        guard let name = names.first,
          let renamed = renaming(key: name, line: context.mark.line, column: context.mark.column, in: text, attempt)
        else {
          let location = SourceLocation(file: file, line: context.mark.line, column: context.mark.column)
          faults.append(
            TopologyFault(
              location: location, key: names.first ?? "", reason: "duplicate key", remedy: "keep one of them"))
          return nil
        }
        text = renamed
      } catch let error as YamlError {
        faults.append(syntaxFault(error, in: text))
        return nil
      } catch {
        faults.append(
          TopologyFault(
            location: SourceLocation(file: file, line: 1, column: 1), key: "", reason: "cannot read the YAML: \(error)",
            remedy: "see `gnomon topology example`"))
        return nil
      }
    }
    return nil
  }

  private mutating func renaming(key: String, line: Int, column: Int, in text: String, _ attempt: Int) -> String? {
    guard let mark = Unicode.Scalar(0xE000 + UInt32(attempt)) else { return nil }
    var scalars = Array(text.unicodeScalars)
    guard var position = scalars.position(line: line, column: column) else { return nil }
    if position < scalars.count, scalars[position] == "\"" || scalars[position] == "'" { position += 1 }
    let letters = Array(key.unicodeScalars)
    guard !letters.isEmpty, position + letters.count <= scalars.count,
      Array(scalars[position..<position + letters.count]) == letters
    else { return nil }
    for offset in letters.indices { scalars[position + offset] = mark }
    renamedKeys[String(String.UnicodeScalarView(letters.map { _ in mark }))] = key
    return String(String.UnicodeScalarView(scalars))
  }

  private func syntaxFault(_ error: YamlError, in text: String) -> TopologyFault {
    var location = SourceLocation(file: file, line: 1, column: 1)
    var reason = "\(error)"
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      location = SourceLocation(file: file, line: mark.line, column: mark.column)
      reason = context.map { "\(problem) \($0.text) that starts in line \($0.mark.line)" } ?? problem
    case .reader(let problem, let offset, _, _):
      reason = problem
      if let offset {
        let before = text.prefix(offset)
        location.line = before.count { $0.isNewline } + 1
        location.column = (before.lastIndex { $0.isNewline }.map { before[$0...].count } ?? before.count + 1)
      }
    default: break
    }
    return TopologyFault(
      location: location, key: "", reason: "not YAML: \(reason)",
      remedy: "check indentation, quotes and colons here and in the line above")
  }

  private mutating func convert(_ node: Yams.Node, at path: TopologyPath, fallback: SourceLocation) -> SourceValue {
    remainingValues -= 1
    let location = node.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? fallback
    var content = SourceValue.Content.scalar("", plain: true)
    guard remainingValues > 0 else { return SourceValue(content: content, location: location, path: path) }
    switch node {
    case .scalar(let scalar): content = .scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any)
    case .sequence(let items):
      content = .list(
        items.enumerated().map { convert($0.element, at: path.index($0.offset), fallback: location) })
    case .mapping(let pairs): content = .mapping(entries(of: pairs, at: path, fallback: location))
    case .alias: break
    }
    return SourceValue(content: content, location: location, path: path)
  }

  private mutating func entries(
    of pairs: Yams.Node.Mapping, at path: TopologyPath, fallback: SourceLocation
  ) -> [SourceEntry] {
    var entries: [SourceEntry] = []
    var replaced: [(name: String, location: SourceLocation)] = []
    for pair in pairs {
      let location = pair.key.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? fallback
      guard case .scalar(let scalar) = pair.key else {
        faults.append(
          TopologyFault(
            location: location, key: "\(path)", reason: "a key is \(pair.key.mapping == nil ? "a list" : "a mapping")",
            remedy: "keys are plain words"))
        continue
      }
      if let name = renamedKeys[scalar.string] {
        replaced.append((name, location))
        continue
      }
      let key = scalar.string
      if let index = replaced.firstIndex(where: { $0.name == key }) {
        let first = replaced.remove(at: index)
        faults.append(
          TopologyFault(
            location: location, key: "\(path.key(key))",
            reason: "duplicate key, first given in line \(first.location.line)", remedy: "keep one of them"))
        // Of three equal keys two were renamed: the others stay in the list and are reported with the last one, too.
        for other in replaced.filter({ $0.name == key }) {
          faults.append(
            TopologyFault(
              location: other.location, key: "\(path.key(key))", reason: "duplicate key", remedy: "keep one of them"))
        }
      }
      entries.append(
        SourceEntry(
          key: key, location: location, value: convert(pair.value, at: path.key(key), fallback: location)))
    }
    return entries
  }
}

extension [Unicode.Scalar] {
  /// The index of the scalar at `line` and `column`, both counted from one.
  fileprivate func position(line: Int, column: Int) -> Int? {
    var currentLine = 1
    var index = 0
    while currentLine < line, index < count {
      if self[index] == "\r", index + 1 < count, self[index + 1] == "\n" { index += 1 }
      if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(self[index]) { currentLine += 1 }
      index += 1
    }
    return currentLine == line && index + column - 1 <= count ? index + column - 1 : nil
  }
}

/// One `key.path=value` from the command line, put into the tree of the file before anything is checked.
struct TopologyOverride {
  /// What stands for a file name in faults of overrides.
  static let file = "--set"

  var text: String
  /// Position among the overrides, from one: the line in faults.
  var number: Int

  /// Puts the value into `root`, or records why it cannot be placed.
  func apply(to root: inout SourceValue, _ faults: inout [TopologyFault]) {
    guard let equals = text.firstIndex(of: "="), let path = parsedPath(text[..<equals]) else {
      faults.append(
        fault(column: 1, key: "", "`\(text)` is no override", remedy: "write key.path=value, such as duration=60 s"))
      return
    }
    let valueText = text[text.index(after: equals)...]
    let column = text.distance(from: text.startIndex, to: equals) + 2
    var composer = YAMLComposer(file: Self.file)
    let value = composer.compose(String(valueText))
    faults += composer.faults.map { fault in
      var fault = fault
      fault.location = SourceLocation(file: Self.file, line: number, column: column + fault.location.column - 1)
      return fault
    }
    guard composer.faults.isEmpty else { return }
    let start = SourceLocation(file: Self.file, line: 1, column: 1)
    let null = SourceValue(content: .scalar("", plain: true), location: start, path: TopologyPath())
    place(value ?? null, at: path[...], in: &root, &faults)
  }

  /// `nodes[3].rate` and `nodes.mainz01.rate` in components; nil when malformed.
  private func parsedPath(_ text: Substring) -> [TopologyPath.Component]? {
    var components: [TopologyPath.Component] = []
    for word in text.trimmingSpaces.split(separator: ".", omittingEmptySubsequences: false) {
      let parts = word.split(separator: "[", omittingEmptySubsequences: false)
      if let key = parts.first, !key.isEmpty {
        components.append(.key(String(key)))
      } else if components.isEmpty || parts.count < 2 {
        return nil
      }
      for part in parts.dropFirst() {
        guard part.last == "]", let index = Int(part.dropLast()), index >= 0 else { return nil }
        components.append(.index(index))
      }
    }
    return components.isEmpty ? nil : components
  }

  private func place(
    _ value: SourceValue, at path: ArraySlice<TopologyPath.Component>, in target: inout SourceValue,
    _ faults: inout [TopologyFault]
  ) {
    guard let component = path.first else {
      target = relocated(value, to: target.path)
      return
    }
    switch (component, target.content) {
    case (.key(let key), .mapping(var entries)):
      if !entries.contains(where: { $0.key == key }) {
        let location = SourceLocation(file: Self.file, line: number, column: 1)
        let empty = SourceValue(content: .mapping([]), location: location, path: target.path.key(key))
        entries.append(SourceEntry(key: key, location: location, value: empty))
      }
      for index in entries.indices where entries[index].key == key {
        if entries[index].value.isNull, path.count > 1 { entries[index].value.content = .mapping([]) }
        place(value, at: path.dropFirst(), in: &entries[index].value, &faults)
      }
      target.content = .mapping(entries)
    case (.index(let index), .list(var items)):
      guard items.indices.contains(index) else {
        faults.append(
          fault(
            column: 1, key: "\(target.path.index(index))", "the list has \(items.count) element(s)",
            remedy: items.isEmpty ? "there is nothing to override" : "use an index from 0 to \(items.count - 1)"))
        return
      }
      place(value, at: path.dropFirst(), in: &items[index], &faults)
      target.content = .list(items)
    case (.key(let name), .list(var items)):
      let names = items.map { item -> String in
        if case .scalar(let text, _)? = item["name"]?.content { return text }
        return ""
      }
      guard let index = names.firstIndex(of: name) else {
        faults.append(
          fault(
            column: 1, key: "\(target.path.key(name))", "nothing in `\(target.path)` has the name `\(name)`",
            remedy: suggestion(for: name, among: names).map { "did you mean `\($0)`?" }
              ?? "names: \(names.filter { !$0.isEmpty }.joined(separator: ", "))"))
        return
      }
      place(value, at: path.dropFirst(), in: &items[index], &faults)
      target.content = .list(items)
    default:
      faults.append(
        fault(
          column: 1, key: "\(target.path)", "\(target.kindName) has no parts to override",
          remedy: "override `\(target.path)` as a whole"))
    }
  }

  /// `value` as if it had been written at `path`, with places inside the override's text.
  private func relocated(_ value: SourceValue, to path: TopologyPath) -> SourceValue {
    var value = value
    let offset = (text.firstIndex(of: "=").map { text.distance(from: text.startIndex, to: $0) } ?? 0) + 1
    value.location = SourceLocation(file: Self.file, line: number, column: value.location.column + offset)
    value.path = path
    switch value.content {
    case .scalar: break
    case .list(let items):
      value.content = .list(items.enumerated().map { relocated($0.element, to: path.index($0.offset)) })
    case .mapping(let entries):
      value.content = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = relocated(entry.value, to: path.key(entry.key))
          entry.location = entry.value.location
          return entry
        })
    }
    return value
  }

  private func fault(column: Int, key: String, _ reason: String, remedy: String) -> TopologyFault {
    TopologyFault(
      location: SourceLocation(file: Self.file, line: number, column: column), key: key, reason: reason,
      remedy: remedy)
  }
}

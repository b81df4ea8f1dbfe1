/// A place in a text, counted from one in characters.
public struct SourceLocation: Hashable, Sendable, Codable, Comparable {
  /// The file's name, or `--set` for an override.
  public var file: String
  public var line: Int
  public var column: Int

  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  public static func < (lhs: SourceLocation, rhs: SourceLocation) -> Bool {
    (lhs.file, lhs.line, lhs.column) < (rhs.file, rhs.line, rhs.column)
  }
}

/// The way from the top of a topology to one value, as in `nodes[3].axes[0].azimuth`.
struct TopologyPath: Hashable, CustomStringConvertible {
  enum Component: Hashable {
    case key(String)
    case index(Int)
  }

  var components: [Component] = []

  func key(_ name: String) -> TopologyPath { TopologyPath(components: components + [.key(name)]) }
  func index(_ index: Int) -> TopologyPath { TopologyPath(components: components + [.index(index)]) }

  /// This path and all that lead to it.
  var withAncestors: [TopologyPath] {
    (0...components.count).map { TopologyPath(components: Array(components.prefix($0))) }
  }

  var description: String {
    var text = ""
    for component in components {
      switch component {
      case .key(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

/// A YAML value that knows where it was written.
struct SourceValue {
  enum Content {
    /// `plain` tells `true` from `"true"`.
    case scalar(String, plain: Bool)
    case list([SourceValue])
    case mapping([SourceEntry])
  }

  var content: Content
  var location: SourceLocation
  var path: TopologyPath

  /// Whether nothing was written where a value belongs.
  var isNull: Bool {
    if case .scalar(let text, plain: true) = content { return ["", "~", "null", "Null", "NULL"].contains(text) }
    return false
  }

  var kindName: String {
    switch content {
    case .scalar: isNull ? "no value" : "a single value"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The value under `key` of a mapping.
  subscript(key: String) -> SourceValue? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The value at `path` below this one.
  func value(at path: TopologyPath) -> SourceValue? {
    var value = self
    for component in path.components {
      switch (component, value.content) {
      case (.key(let name), .mapping):
        guard let next = value[name] else { return nil }
        value = next
      case (.index(let index), .list(let items)) where items.indices.contains(index):
        value = items[index]
      default: return nil
      }
    }
    return value
  }

  /// This mapping with the entries of `defaults` that it lacks, mappings inside merged in the same way.
  func merged(over defaults: SourceValue) -> SourceValue {
    guard case .mapping(var entries) = content, case .mapping(let others) = defaults.content else { return self }
    for other in others {
      if let index = entries.firstIndex(where: { $0.key == other.key }) {
        entries[index].value = entries[index].value.merged(over: other.value)
      } else {
        entries.append(other)
      }
    }
    var result = self
    result.content = .mapping(entries)
    return result
  }
}

/// One `key: value` of a mapping.
struct SourceEntry {
  var key: String
  var location: SourceLocation
  var value: SourceValue
}

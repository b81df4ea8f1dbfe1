/// YAML about to be written: scalars are already in YAML's spelling.
indirect enum YAMLTree: Sendable {
  case scalar(String)
  case list([YAMLTree])
  case mapping([(String, YAMLTree)])

  /// The tree as block-style YAML lines, indented by `indent` spaces.
  func lines(indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    switch self {
    case .scalar(let text): return [margin + text]
    case .list(let items):
      return items.flatMap { item -> [String] in
        var lines = item.lines(indent: indent + 2)
        if lines.isEmpty { lines = [margin + "  {}"] }
        lines[0] = margin + "- " + lines[0].dropFirst(indent + 2)
        return lines
      }
    case .mapping(let entries):
      return entries.flatMap { key, value -> [String] in
        if let text = value.inline { return ["\(margin)\(key): \(text)"] }
        return ["\(margin)\(key):"] + value.lines(indent: indent + 2)
      }
    }
  }

  /// The tree when it fits behind its key: scalars and empty collections.
  var inline: String? {
    switch self {
    case .scalar(let text): text
    case .list(let items): items.isEmpty ? "[]" : nil
    case .mapping(let entries): entries.isEmpty ? "{}" : nil
    }
  }
}

/// `text` as a YAML scalar that reads back as the same text whatever it contains.
func yamlText(_ text: String) -> String {
  let isPlainWord =
    text.unicodeScalars.first.map { $0.properties.isAlphabetic && $0.isASCII } == true
    && text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-".unicodeScalars.contains($0))
    }
    && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  return isPlainWord ? text : quoted(text)
}

/// `text` in double quotes with escapes that YAML and JSON share.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    default:
      if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF].contains(scalar.value)
      {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}

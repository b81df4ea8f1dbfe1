/// JSON about to be written, keys in the order given.
indirect enum JSONText {
  case text(String)
  case number(Double)
  case whole(Int)
  case flag(Bool)
  /// Already in JSON's spelling.
  case literal(String)
  case list([JSONText])
  case object([(String, JSONText)])

  func lines(indent: Int = 0) -> String {
    let margin = String(repeating: " ", count: indent + 2)
    let end = String(repeating: " ", count: indent)
    switch self {
    case .text(let text): return quoted(text)
    case .number(let number): return shortest(number)
    case .whole(let number): return "\(number)"
    case .flag(let flag): return flag ? "true" : "false"
    case .literal(let text): return text
    case .list(let items):
      if items.isEmpty { return "[]" }
      return "[\n" + items.map { margin + $0.lines(indent: indent + 2) }.joined(separator: ",\n") + "\n\(end)]"
    case .object(let entries):
      if entries.isEmpty { return "{}" }
      return "{\n"
        + entries.map { "\(margin)\(quoted($0.0)): \($0.1.lines(indent: indent + 2))" }.joined(separator: ",\n")
        + "\n\(end)}"
    }
  }
}

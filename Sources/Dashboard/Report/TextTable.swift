/// A table for the terminal: columns aligned, a line under the header.
public struct TextTable: Sendable {
  public enum Alignment: Sendable {
    case left, right
  }

  public struct Column: Sendable {
    public var title: String
    public var alignment: Alignment

    public init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  public var columns: [Column]
  /// Cells of each row; missing ones are empty, surplus ones are not shown.
  public private(set) var rows: [[String]] = []

  public init(_ columns: [Column]) {
    self.columns = columns
  }

  public mutating func append(_ cells: [String]) {
    rows.append(cells)
  }

  /// The table, each line ended; columns that are empty throughout are left out.
  public var text: String {
    let cells = rows.map { row in
      columns.indices.map { index in index < row.count ? Self.singleLine(row[index]) : "" }
    }
    let shown = columns.indices.filter { index in cells.isEmpty || cells.contains { !$0[index].isEmpty } }
    let widths = columns.indices.map { index in
      max(columns[index].title.count, cells.map { $0[index].count }.max() ?? 0)
    }
    func line(_ row: [String]) -> String {
      let padded = shown.map { index in
        let space = String(repeating: " ", count: widths[index] - row[index].count)
        return columns[index].alignment == .left ? row[index] + space : space + row[index]
      }
      var text = padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }
    let rule = shown.map { String(repeating: "─", count: widths[$0]) }.joined(separator: "──") + "\n"
    return line(columns.map(\.title)) + rule + cells.map(line).joined()
  }

  /// Line breaks and control characters would tear the table apart.
  private static func singleLine(_ text: String) -> String {
    String(text.map { $0.isNewline || $0.unicodeScalars.allSatisfy { $0.value < 0x20 } ? " " : $0 })
  }
}

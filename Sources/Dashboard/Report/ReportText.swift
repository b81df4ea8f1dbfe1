extension ReportContent {
  /// The results for a terminal: the answer, the numbers, the accounting.
  public func text() -> String {
    var parts: [String] = []
    parts.append(([title] + (subtitle.isEmpty ? [] : [subtitle])).joined(separator: "\n") + "\n")
    if !verdict.isEmpty {
      parts.append(verdict.joined(separator: "\n") + "\n")
    }
    for table in results {
      parts.append(table.title + "\n" + Self.text(table))
    }
    parts += sections.flatMap(\.textParts)
    if !accounting.isEmpty {
      parts.append("Accounting\n" + accountingText)
    }
    return parts.joined(separator: "\n")
  }

  static func text(_ table: ResultTable) -> String {
    var text = TextTable([
      .init("quantity"), .init("symbol"), .init("result", .right), .init("injected", .right),
      .init("difference", .right),
      .init("note"),
    ])
    for row in table.rows {
      text.append([
        row.name, row.symbol.plain, formatEstimate(row.value, row.uncertainty, unit: row.unit), row.truthText,
        row.pullText, row.note,
      ])
    }
    return text.text
  }

  private var accountingText: String {
    var table = TextTable([
      .init("stream"), .init("sent", .right), .init("archived", .right), .init("missing", .right),
      .init("unaccounted", .right), .init("late", .right), .init("duplicate", .right), .init("refused", .right),
    ])
    for row in accountingWithTotal {
      table.append(
        [row.stream]
          + [row.sent, row.archived, row.missing, row.unaccounted, row.late, row.duplicate, row.refused]
          .map { String($0) })
    }
    return table.text + (refusedPeers.isEmpty ? "" : "\npeers refused: \(refusedPeers)\n")
  }
}

/// The answer to one question that was asked of the data: sentences, numbers, tables, pictures.
///
/// A new kind of analysis adds one of these to the report and touches nothing else of it.
public struct ReportSection: Sendable {
  /// A table of plain cells, for what is no list of measured quantities.
  public struct Table: Sendable {
    public var title: String
    public var columns: [TextTable.Column]
    public var rows: [[String]]
    /// How to read it; empty for none.
    public var remark: String
    /// Whether the page shows its title only, until a reader unfolds it; for long tables of what a figure shows.
    public var isFolded: Bool

    public init(
      title: String, columns: [TextTable.Column], rows: [[String]], remark: String = "", isFolded: Bool = false
    ) {
      self.title = title
      self.columns = columns
      self.rows = rows
      self.remark = remark
      self.isFolded = isFolded
    }
  }

  /// Sentences for the top of the report.
  public var verdict: [String]
  public var results: [ReportContent.ResultTable]
  public var tables: [Table]
  public var figures: [ReportFigure]

  public init(
    verdict: [String] = [], results: [ReportContent.ResultTable] = [], tables: [Table] = [],
    figures: [ReportFigure] = []
  ) {
    self.verdict = verdict
    self.results = results
    self.tables = tables
    self.figures = figures
  }

  var html: String {
    results.map(ReportContent.html).joined()
      + tables.map(\.html).joined()
      + figures.map { ReportContent.section($0.heading, ReportContent.html($0)) }.joined()
  }

  var textParts: [String] {
    results.map { $0.title + "\n" + ReportContent.text($0) } + tables.map(\.text)
  }
}

extension ReportSection.Table {
  fileprivate var html: String {
    let remark = remark.isEmpty ? "" : "<p class=\"remark\">\(typeset(remark).html)</p>"
    let table =
      ReportContent.htmlTable(
        columns.map { (typeset($0.title).html, $0.alignment == .right) },
        rows.map { row in columns.indices.map { $0 < row.count ? typeset(row[$0]).html : "" } }) + remark
    return isFolded
      ? "<details><summary>\(typeset(title).html)</summary>\(table)</details>\n" : ReportContent.section(title, table)
  }

  fileprivate var text: String {
    var table = TextTable(columns)
    for row in rows { table.append(row) }
    return title + "\n" + table.text + (remark.isEmpty ? "" : remark + "\n")
  }
}

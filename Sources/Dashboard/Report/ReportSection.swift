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

    public init(title: String, columns: [TextTable.Column], rows: [[String]], remark: String = "") {
      self.title = title
      self.columns = columns
      self.rows = rows
      self.remark = remark
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
      + tables.map { ReportContent.section($0.title, $0.html) }.joined()
      + figures.map { ReportContent.section($0.heading, ReportContent.html($0)) }.joined()
  }

  var textParts: [String] {
    results.map { $0.title + "\n" + ReportContent.text($0) } + tables.map(\.text)
  }
}

extension ReportSection.Table {
  fileprivate var html: String {
    let remark = remark.isEmpty ? "" : "<p class=\"remark\">\(escapedXML(remark))</p>"
    return ReportContent.htmlTable(
      columns.map { (escapedXML($0.title), $0.alignment == .right) },
      rows.map { row in zip(row, columns).map { $1.alignment == .right ? typeset($0).html : escapedXML($0) } }) + remark
  }

  fileprivate var text: String {
    var table = TextTable(columns)
    for row in rows { table.append(row) }
    return title + "\n" + table.text + (remark.isEmpty ? "" : remark + "\n")
  }
}

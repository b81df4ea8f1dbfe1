import Inference

extension ReportSection {
  /// The answer to a question about streams.
  init(_ answer: StreamAnswer) {
    self.init(
      verdict: answer.sentences,
      tables: [
        Table(
          title: answer.title,
          columns: [TextTable.Column("stream")]
            + answer.columns.map { TextTable.Column($0.unit.isEmpty ? $0.title : "\($0.title) [\($0.unit)]", .right) },
          rows: answer.rows.map { row in [row.label] + row.values.map { $0.map { formatNumber($0) } ?? "" } },
          remark: answer.remark)
      ])
  }
}

extension ReportContent {
  /// The report as one HTML file: no script, nothing loaded from elsewhere, light or dark as the reader prefers, printable.
  ///
  /// The file is at the same time well-formed XML.
  public func html() -> String {
    var body = "<header><h1>\(escapedXML(title))</h1>"
    if !subtitle.isEmpty { body += "<p class=\"subtitle\">\(escapedXML(subtitle))</p>" }
    body += "</header>\n"
    if !verdict.isEmpty {
      body += "<section class=\"verdict\">"
      body += verdict.map { "<p>\(typeset($0).html)</p>" }.joined()
      body += "</section>\n"
    }
    body += results.map(Self.html).joined()
    body += sections.map(\.html).joined()
    for figure in [posteriorFigure, correlationFigure, noiseSpectraFigure].compactMap({ $0 }) {
      body += Self.section(figure.heading, Self.html(figure))
    }
    if let figure = stationMapFigure {
      body += Self.section(figure.heading, Self.html(figure) + stationTable)
    }
    if qualityFigure != nil || !accounting.isEmpty {
      body += Self.section(
        "Data quality and accounting",
        (qualityFigure.map(Self.html) ?? "") + (accounting.isEmpty ? "" : accountingTable))
    }
    if !provenance.isEmpty { body += Self.section("Provenance", provenanceTable) }
    body += attachments.map { attachment in
      "<details><summary>\(escapedXML(attachment.title))</summary><pre>\(escapedXML(attachment.text))</pre></details>\n"
    }.joined()
    return Self.page(title: title, body: body)
  }

  /// A whole page around a body that is XML already.
  static func page(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <title>\(escapedXML(title))</title>
    <style>
    \(Self.pageStyle)
    \(PlotStyle.css)
    </style>
    </head>
    <body>
    <main>
    \(body)</main>
    </body>
    </html>

    """
  }

  static func section(_ heading: String, _ content: String) -> String {
    "<section><h2>\(typeset(heading).html)</h2>\n\(content)</section>\n"
  }

  static func html(_ figure: ReportFigure) -> String {
    "<figure id=\"\(escapedXML(figure.name))\">\(figure.drawing.fragment)"
      + "<figcaption>\(figure.caption.html)</figcaption></figure>\n"
  }

  static func html(_ table: ResultTable) -> String {
    let hasTruth = table.rows.contains { $0.truth != nil }
    let hasNotes = table.rows.contains { !$0.note.isEmpty }
    var columns = [("quantity", false), ("symbol", false), ("result", true)]
    if hasTruth { columns += [("injected", true), ("difference", true)] }
    if hasNotes { columns.append(("note", false)) }
    let rows = table.rows.map { row in
      var cells = [
        typeset(row.name).html, row.symbol.html,
        "<b>\(typeset(formatEstimate(row.value, row.uncertainty, unit: row.unit)).html)</b>",
      ]
      if hasTruth { cells += [typeset(row.truthText).html, typeset(row.pullText).html] }
      if hasNotes { cells.append(typeset(row.note).html) }
      return cells
    }
    return section(table.title, htmlTable(columns, rows))
  }

  private var stationTable: String {
    let columns = [
      ("station", false), ("latitude", true), ("longitude", true), ("axis azimuth", true), ("axis altitude", true),
    ]
    let rows = stations.flatMap { station in
      station.axes.map { axis in
        // An axis that stands upright has no azimuth.
        let azimuth = abs(axis.altitude) > 89.999 ? "" : Self.degrees(axis.azimuth)
        return [
          escapedXML(station.name), Self.degrees(station.latitude),
          Self.degrees(station.longitude), azimuth, Self.degrees(axis.altitude),
        ]
      }
    }
    return "<details open=\"open\"><summary>Coordinates and axes</summary>" + Self.htmlTable(columns, rows)
      + "</details>"
  }

  private static func degrees(_ angle: Double) -> String {
    typeset(formatNumber(angle, digits: 7) + "°").html
  }

  private var accountingTable: String {
    let columns = [
      ("stream", false), ("sent", true), ("archived", true), ("missing", true), ("unaccounted", true), ("late", true),
      ("duplicate", true), ("refused", true),
    ]
    let rows = accountingWithTotal.map { row in
      [escapedXML(row.stream)]
        + [row.sent, row.archived, row.missing, row.unaccounted, row.late, row.duplicate, row.refused].map(formatCount)
    }
    return Self.htmlTable(columns, rows, lastIsTotal: accounting.count > 1)
      + "<p class=\"remark\">Samples for sent, archived and missing, where unaccounted = sent − archived − missing; "
      + "blocks for the rest.\(refusedPeers.isEmpty ? "" : " Peers refused: \(escapedXML(refusedPeers)).")</p>"
  }

  private var provenanceTable: String {
    "<table class=\"provenance\"><tbody>"
      + provenance.map {
        "<tr><th scope=\"row\">\(escapedXML($0.name))</th><td>\(escapedXML($0.value))</td></tr>"
      }.joined() + "</tbody></table>\n"
  }

  /// - Parameters:
  ///   - columns: title, and whether the column holds numbers.
  ///   - rows: cells that are HTML already; columns that are empty throughout are left out.
  static func htmlTable(
    _ columns: [(title: String, isNumber: Bool)], _ rows: [[String]], lastIsTotal: Bool = false
  ) -> String {
    let shown = columns.indices.filter { column in rows.isEmpty || rows.contains { !$0[column].isEmpty } }
    func cells(_ row: [String], _ tag: String) -> String {
      shown.map { "<\(tag)\(columns[$0].isNumber ? " class=\"number\"" : "")>\(row[$0])</\(tag)>" }.joined()
    }
    let head = cells(columns.map(\.title), "th")
    let body = rows.enumerated().map { index, row in
      "<tr\(lastIsTotal && index == rows.count - 1 ? " class=\"total\"" : "")>\(cells(row, "td"))</tr>"
    }.joined(separator: "\n")
    return "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(body)</tbody></table></div>\n"
  }

  private static let pageStyle = """
    :root { color-scheme: light dark; }
    body { margin: 0; background: #ffffff; color: #1c1c1c; line-height: 1.45; \
    font: 15px/1.45 Helvetica, Arial, 'Liberation Sans', sans-serif; }
    main { max-width: 920px; margin: 0 auto; padding: 24px 16px 48px; }
    h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 34px 0 10px; }
    .subtitle, figcaption, .remark { color: #5c5c5c; } .subtitle { margin: 0; } .remark { font-size: 13px; }
    .verdict { margin: 20px 0; padding: 10px 18px; border-left: 4px solid #0072b2; background: #f2f6f9; }
    .verdict p { margin: 6px 0; } .verdict p:first-child { font-size: 18px; font-weight: bold; }
    figure { margin: 8px 0 0; } figure svg { display: block; margin: 0 auto; }
    figcaption { font-size: 13.5px; margin: 8px auto 0; max-width: 780px; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
    th, td { text-align: left; padding: 3px 16px 3px 0; vertical-align: top; border-bottom: 1px solid #e4e4e4; }
    thead th { border-bottom: 1.5px solid #888888; font-weight: 600; white-space: nowrap; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .total td { border-top: 1.5px solid #888888; font-weight: 600; }
    .provenance th { white-space: nowrap; font-weight: 600; } .provenance td { overflow-wrap: anywhere; \
    font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 12.5px; }
    details { margin: 12px 0; } summary { cursor: pointer; } pre { overflow-x: auto; font-size: 12.5px; \
    padding: 10px; background: #f5f5f5; } sub, sup { line-height: 0; }
    @media screen and (prefers-color-scheme: dark) {
    body { background: #14171a; color: #e8e8e8; } .subtitle, figcaption, .remark { color: #a8adb2; }
    .verdict { background: #1b2127; border-color: #4fb3f0; } th, td { border-color: #2b3035; } pre { background: #1b2127; }
    }
    @media print { main { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } \
    h2 { break-after: avoid; } body { font-size: 11pt; } }
    """
}

extension ReportContent.ResultRow {
  var truthText: String { truth.map { formatNumber($0) } ?? "" }

  /// "+0.3 σ".
  var pullText: String {
    pull.map { ($0 < 0 ? "-" : "+") + formatNumber(abs(($0 * 10).rounded() / 10)) + " σ" } ?? ""
  }
}

extension ReportContent {
  /// The rows, and their sum when there are several.
  var accountingWithTotal: [AccountingRow] {
    guard accounting.count > 1 else { return accounting }
    let total = accounting.reduce(AccountingRow(stream: "all", sent: 0, archived: 0, missing: 0)) { sum, row in
      AccountingRow(
        stream: "all", sent: sum.sent &+ row.sent, archived: sum.archived &+ row.archived,
        missing: sum.missing &+ row.missing, late: sum.late &+ row.late, duplicate: sum.duplicate &+ row.duplicate,
        refused: sum.refused &+ row.refused)
    }
    return accounting + [total]
  }
}

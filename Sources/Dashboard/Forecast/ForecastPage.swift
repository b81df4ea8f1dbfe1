import Planning

extension NetworkForecast {
  /// The forecast for a terminal.
  public func text() -> String {
    let head = "\(network)\n\(subtitle)\n"
    let bandTable = ForecastTable(
      title: "Bands",
      columns: [("band", false), ("from, Hz", true), ("to, Hz", true), ("bins", true), ("samples per bin", true)],
      rows: bands.map {
        [
          $0.name, formatNumber($0.lowest), formatNumber($0.highest), "\($0.bins)",
          formatNumber($0.samplesPerBin, digits: 3),
        ]
      })
    let tables =
      (bands.isEmpty ? [] : [bandTable]) + signalTables + (reach.isEmpty ? [] : [reachTable, skyTable])
      + [chiralityTable(limit: 8)].compactMap { $0 } + overlapTables + suggestionTables + clockReport.tables
    let remarks = "Notes\n" + notes.map { "- \($0)\n" }.joined()
    return ([head] + (verdict.isEmpty ? [] : [verdict.map { $0 + "\n" }.joined()]) + tables.map(\.text) + [remarks])
      .joined(separator: "\n")
  }

  /// The forecast as one HTML file: no script, nothing loaded from elsewhere; well-formed XML.
  ///
  /// - Parameter provenance: names and values of what made it.
  public func html(provenance: [(name: String, value: String)] = []) -> String {
    var body =
      "<header><h1>Forecast: \(escapedXML(network))</h1><p class=\"subtitle\">\(escapedXML(subtitle))</p></header>\n"
    if !verdict.isEmpty {
      body += "<section class=\"verdict\">" + verdict.map { "<p>\(typeset($0).html)</p>" }.joined() + "</section>\n"
    }
    func section(_ table: ForecastTable, _ figures: [ReportFigure] = []) {
      body += ReportContent.section(table.title, table.html + figures.map(ReportContent.html).joined())
    }
    for table in signalTables { section(table) }
    if !reach.isEmpty {
      section(reachTable, [reachFigure].compactMap { $0 })
      section(skyTable, skyFigures)
    }
    if let table = chiralityTable(limit: 20) { section(table, [chiralityFigure].compactMap { $0 }) }
    for figure in overlapFigures {
      body += ReportContent.section("Overlap. " + figure.heading, ReportContent.html(figure))
    }
    let maps = suggestionFigures
    for (table, list) in zip(suggestionTables, suggestions) {
      section(table, maps.filter { $0.heading == "One more station: \(list.title)" })
    }
    for table in clockReport.tables { section(table) }
    for figure in clockReport.figures { body += ReportContent.section(figure.heading, ReportContent.html(figure)) }
    if let figure = stationFigure { body += ReportContent.section(figure.heading, ReportContent.html(figure)) }
    body += ReportContent.section(
      "Notes", "<ul>" + notes.map { "<li>\(typeset($0).html)</li>" }.joined() + "</ul>\n")
    if !provenance.isEmpty {
      body += ReportContent.section(
        "Provenance",
        "<table class=\"provenance\"><tbody>"
          + provenance.map {
            "<tr><th scope=\"row\">\(escapedXML($0.name))</th><td>\(escapedXML($0.value))</td></tr>"
          }.joined() + "</tbody></table>\n")
    }
    return ReportContent.page(title: "Forecast: \(network)", body: body)
  }
}

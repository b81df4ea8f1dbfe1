import Dashboard
import Foundation
import Testing

@Suite struct ReportTests {
  @Test("the whole report is well-formed, loads nothing and runs nothing")
  func reportIsSelfContained() throws {
    let html = DemoReport.content().html()
    let document = ParsedDocument(html)
    #expect(document.problem == nil)
    #expect(document.all("svg").contains { $0.attributes["class"] == "plot" })
    for name in ["script", "link", "img", "iframe", "object", "image", "use"] {
      #expect(document.all(name).isEmpty, "\(name) does not belong into a self-contained report")
    }
    for element in document.elements {
      #expect(element.attributes["href"] == nil && element.attributes["src"] == nil)
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
    }
    #expect(!html.contains("url(") && !html.contains("@import"))
    // GNOMON_DEMO_REPORT=folder keeps the report and its pictures for the eye.
    if let folder = ProcessInfo.processInfo.environment["GNOMON_DEMO_REPORT"] {
      let folder = URL(fileURLWithPath: folder)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try html.write(to: folder.appendingPathComponent("report.html"), atomically: true, encoding: .utf8)
      for figure in DemoReport.content().figures {
        let file = folder.appendingPathComponent(figure.name + ".svg")
        try figure.drawing.file.write(to: file, atomically: true, encoding: .utf8)
      }
      let file = folder.appendingPathComponent("crowded.html")
      try DemoReport.crowdedContent().html().write(to: file, atomically: true, encoding: .utf8)
    }
  }

  @Test("each picture is a well-formed file of its own, with finite coordinates inside its frame")
  func figuresStandAlone() throws {
    let figures = DemoReport.content().figures
    #expect(
      figures.map(\.name) == ["posterior", "correlation", "noise-spectra", "station-map", "data-quality"])
    for figure in figures {
      let document = ParsedDocument(figure.drawing.file)
      #expect(document.problem == nil, "\(figure.name)")
      #expect(document.hasFiniteCoordinates, "\(figure.name)")
      #expect(document.elements.first?.name == "svg" && document.all("style").count == 1)
      for label in document.all("text") {
        let x = try #require(label.attributes["x"].flatMap { Double($0) })
        let y = try #require(label.attributes["y"].flatMap { Double($0) })
        #expect(x >= 0 && x <= figure.drawing.width && y >= 0 && y <= figure.drawing.height)
      }
    }
  }

  @Test("text from outside is shown, not obeyed")
  func hostileText() {
    let evil = "<script>alert(1)</script> & \"'\u{1} _{x}^2$"
    var content = DemoReport.content(bins: 8)
    content.title = evil
    content.subtitle = evil
    content.verdict = [evil]
    content.results = [.init(title: evil, rows: [.init(name: evil, symbol: "$x$", value: 1, unit: evil, note: evil)])]
    for index in content.stations.indices { content.stations[index].name = evil }
    content.noiseSpectra?.unit = evil
    for index in 0..<12 { content.noiseSpectra?.channels[index].label = evil }
    for index in 0..<66 { content.pairCorrelations?.pairs[index].first = evil }
    content.posteriors[0].name = evil
    content.quality?.start = evil
    content.quality?.nodes[3].gaps[0].reason = evil
    content.accounting[0].stream = evil
    content.provenance = [.init(name: evil, value: evil)]
    content.attachments = [.init(title: evil, text: evil)]
    let html = content.html()
    let document = ParsedDocument(html)
    #expect(document.problem == nil)
    #expect(document.all("script").isEmpty)
    #expect(document.all("h1").first?.text == evil.replacing("\u{1}", with: "\u{FFFD}"))
    #expect(!html.contains("<script"))
  }

  @Test("a report without content is still a page")
  func emptyReport() {
    let content = ReportContent(title: "nothing")
    #expect(content.figures.isEmpty)
    #expect(ParsedDocument(content.html()).problem == nil)
    #expect(content.text() == "nothing\n")
  }

  private static let oddValues: [[Double]] = [
    [], [1], [0], [-1, -2, -3], [2, 2, 2], [.nan, .nan], [.infinity, 1, -.infinity, 2],
    [1e308, -1e308, 5 * .leastNonzeroMagnitude],
    [1, .nan, 2, .nan, 3], [1e-30, 1, 1e30],
  ]

  @Test("whatever the data, coordinates are finite", arguments: oddValues)
  func oddData(values: [Double]) throws {
    let index = values.indices.map(Double.init)
    for (x, y) in [(index, values), (values, index), (values, values)] {
      let shapes: [PlotSeries.Shape] = [
        .line(x: x, y: y), .step(edges: x + [9], y: y), .points(x: x, y: y, error: y),
        .points(x: x, y: y, error: []), .band(x: x, lower: y, upper: y.map { $0 * 2 }),
        .vertical(x: x.first ?? .nan), .horizontal(y: y.first ?? .nan),
      ]
      for kind in [AxisScale.Kind.linear, .logarithmic] {
        let series = shapes.map { PlotSeries($0, dash: .dashed, label: "series") }
        let panel = PlotAxes(
          title: "title", xLabel: "x [m]", yLabel: "y [m]", x: .covering(kind, series.flatMap(\.xValues)),
          y: .covering(kind, series.flatMap(\.yValues)), series: series)
        for shares in [false, true] {
          let figure = PlotFigure(title: "odd", panels: [panel, panel, panel], columns: 2, sharesAxes: shares)
          let document = ParsedDocument(figure.drawing().file)
          #expect(document.problem == nil)
          #expect(document.coordinates.allSatisfy { $0.isFinite && abs($0) < 1e7 })
        }
      }
    }
  }

  @Test("a report of odd numbers is a page")
  func oddReport() {
    let odd: [Double] = [.nan, .infinity, -1, 0, 5 * .leastNonzeroMagnitude, 1e308]
    let content = ReportContent(
      title: "odd",
      results: [
        .init(
          title: "odd",
          rows: odd.map { .init(name: "x", symbol: "$x$", value: $0, uncertainty: $0, truth: $0) })
      ],
      noiseSpectra: .init(unit: "T", channels: [.init(label: "c", frequencies: odd, measured: odd, fittedNoise: odd)]),
      pairCorrelations: .init(
        label: "c",
        pairs: odd.map {
          .init(first: "a", second: "b", baseline: $0, value: $0, uncertainty: $0, prediction: $0)
        }),
      parityOdd: .init(z: odd, value: odd, uncertainty: odd, fit: .init(x: odd, y: odd, lower: odd, upper: odd)),
      posteriors: [
        .init(
          name: "p", symbol: "$p$", values: odd, density: odd, interval68: 0...1, interval95: -1...2, truth: .nan)
      ],
      quality: .init(
        start: "now", duration: 10,
        nodes: [.init(name: "n", gaps: odd.map { .init(start: $0, end: 2, reason: "r") })]),
      accounting: [
        .init(stream: "a", sent: .max, archived: .min, missing: 1),
        .init(stream: "b", sent: 1, archived: 1, missing: 0),
      ]
    )
    for document in [ParsedDocument(content.html())] + content.figures.map({ ParsedDocument($0.drawing.file) }) {
      #expect(document.problem == nil)
      #expect(document.hasFiniteCoordinates)
    }
    #expect(!content.text().isEmpty)
  }

  @Test("points and lines land where the axes say")
  func placement() throws {
    let axes = PlotAxes(
      x: AxisScale(.linear, lower: 0, upper: 10), y: AxisScale(.logarithmic, lower: 1, upper: 100),
      series: [PlotSeries(.line(x: [0, 5, 10, 10], y: [1, 10, .nan, 100]))])
    let document = ParsedDocument(PlotFigure(title: "t", panels: [axes], width: 600, panelHeight: 200).drawing().file)
    let frame = try #require(document.all("rect").first { $0.attributes["class"] == "frame" })
    let width = try #require(frame.attributes["width"].flatMap { Double($0) })
    let path = try #require(document.all("path").first { $0.attributes["class"] == "curve blue" }?.attributes["d"])
    // From the lower left corner to the middle; the line breaks at the NaN, the last value is a dot in the corner.
    let numbers = path.split { "MLh ".contains($0) }.compactMap { Double($0) }
    let expected = [0, 200, width / 2, 100, width, 0, 0]
    #expect(path.filter { "MLh".contains($0) } == "MLMh")
    #expect(numbers.count == expected.count && zip(numbers, expected).allSatisfy { abs($0 - $1) < 0.02 })
  }

  @Test("a spectrum of a million points stays a small file and keeps its extremes")
  func thinning() throws {
    var y = (0..<1_000_000).map { 1 + 0.1 * sin(Double($0)) }
    y[123_456] = 7
    y[654_321] = -5
    let x = y.indices.map(Double.init)
    let axes = PlotAxes(y: AxisScale(.linear, lower: -5, upper: 7), series: [PlotSeries(.line(x: x, y: y))])
    let file = PlotFigure(title: "t", panels: [axes], panelHeight: 240).drawing().file
    #expect(file.utf8.count < 200_000)
    let path = try #require(
      ParsedDocument(file).all("path").first { $0.attributes["class"] == "curve blue" }?.attributes["d"])
    let heights = path.split { "ML".contains($0) }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    #expect(heights.min() == 0 && heights.max() == 240)
  }

  @Test("a step is drawn as one level per bin, and an error bar as long as twice the error")
  func stepsAndBars() throws {
    let axes = PlotAxes(
      x: AxisScale(.linear, lower: 0, upper: 2), y: AxisScale(.linear, lower: 0, upper: 10),
      series: [
        PlotSeries(.step(edges: [0, 1, 2], y: [5, 10])),
        PlotSeries(.points(x: [1], y: [5], error: [2]), colour: .green),
      ])
    let document = ParsedDocument(PlotFigure(title: "t", panels: [axes], width: 612, panelHeight: 100).drawing().file)
    let curve = try #require(document.all("path").first { $0.attributes["class"] == "curve blue" }?.attributes["d"])
    let heights = curve.split { "ML".contains($0) }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    #expect(heights == [50, 50, 0, 0])
    let bar = try #require(document.all("path").first { $0.attributes["class"] == "butt green" }?.attributes["d"])
    #expect(bar.hasSuffix(" 70V30"))
  }

  @Test("share of good data: overlapping gaps count once, and nothing missing rounds to all there")
  func goodShare() throws {
    let gap = { (start: Double, end: Double) in ReportContent.Gap(start: start, end: end, reason: "r") }
    let content = ReportContent(
      title: "t",
      quality: .init(
        start: "now", duration: 1000,
        nodes: [
          .init(name: "overlap", gaps: [gap(100, 300), gap(200, 400), gap(990, 5000), gap(-50, 0)]),
          .init(name: "tiny", gaps: [gap(1, 1.001)]), .init(name: "whole", gaps: []),
        ]))
    let document = ParsedDocument(try #require(content.qualityFigure).drawing.file)
    let shares = document.all("text").filter { $0.attributes["class"] == "soft" }.map(\.text)
    #expect(shares == ["69.0 %", "99.9 %", "100 %"])
  }

  @Test("a common factor of the numbers stands before the unit, and the shaded posterior ends at its interval")
  func factorAndInterval() throws {
    let content = DemoReport.content()
    let correlation = ParsedDocument(try #require(content.correlationFigure).drawing.file)
    #expect(correlation.all("text").contains { $0.text == "correlation [10−26 T2/Hz]" })

    let posterior = ParsedDocument(try #require(content.posteriorFigure).drawing.file)
    let frame = try #require(posterior.all("rect").first { $0.attributes["class"] == "frame" })
    let width = try #require(frame.attributes["width"].flatMap { Double($0) })
    let scale = AxisScale.covering(.linear, [-1, 1], margin: 0.02)
    let areas = posterior.all("path").filter { $0.attributes["class"] == "area blue" }.compactMap { $0.attributes["d"] }
    // Two samples in the legend, then 95 % and 68 %.
    #expect(areas.count == 4)
    for (area, interval) in zip(areas.suffix(2), [(0.411, 0.7536), (0.4949, 0.6697)]) {
      let x = area.split { "MLZ".contains($0) }.compactMap { $0.split(separator: " ").first.flatMap { Double($0) } }
      let start = try #require(scale.position(interval.0)) * width
      let end = try #require(scale.position(interval.1)) * width
      #expect(abs((x.min() ?? .nan) - start) < 0.02 && abs((x.max() ?? .nan) - end) < 0.02)
    }
  }
}

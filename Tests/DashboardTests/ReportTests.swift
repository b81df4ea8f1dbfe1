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
      print(DemoReport.content().text())
    }
  }
}

import Dashboard
import Foundation
import Planning
import Testing
import Topology

@Suite("The page of a forecast")
struct ForecastPageTests {
  private func forecast() throws -> NetworkForecast {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("topologies/two-stations.yaml").path
    let parsed = NetworkTopology.parse(
      text: try String(contentsOfFile: path, encoding: .utf8), file: path,
      overrides: ["name=two-stations"])
    return try NetworkForecast(try #require(parsed.topology), options: ForecastOptions(skyOrder: 1))
  }

  @Test func pageAndFigures() throws {
    var forecast = try forecast()
    forecast.notes.append("a < b & c")
    let page = forecast.html(provenance: [("command line", "gnomon forecast <x>")])
    #expect(ParsedDocument(page).problem == nil)
    #expect(!page.contains("<script") && !page.contains("src="))
    let names = forecast.figures.map(\.name)
    #expect(Set(names).count == names.count)
    for name in ["reach", "sky-axion-gradient", "chirality", "overlap-1", "station-map"] {
      #expect(names.contains(name), "\(names)")
      #expect(page.contains("<figure id=\"\(name)\">"))
    }
    for figure in forecast.figures {
      let document = ParsedDocument(figure.drawing.file)
      #expect(document.problem == nil)
      #expect(document.coordinates.allSatisfy { $0.isFinite }, "\(figure.name)")
    }
  }

  /// Every number of the tables in the terminal is on the page too.
  @Test func textNamesEverything() throws {
    let forecast = try forecast()
    let text = forecast.text()
    for word in [
      "Signal dark-photons", "ln A", "P_V", "Reach at 5 σ", "magnetic dipole", "Overlap ρ", "What helps", "Notes",
    ] {
      #expect(text.contains(word), "\(word)")
    }
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
    // What was not determined is said in words.
    #expect(!text.contains("nan") && !text.contains("inf"))
  }

  /// Values survive JSON.
  @Test func json() throws {
    let forecast = try forecast()
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let copy = try decoder.decode(NetworkForecast.self, from: encoder.encode(forecast))
    #expect(copy.text() == forecast.text())
  }
}

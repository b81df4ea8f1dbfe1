import Foundation
import Testing

@Suite("gnomon forecast")
struct ForecastCommandTests {
  static let quickstart = "topologies/quickstart.yaml"

  @Test func textAndPage() throws {
    let folder = try TemporaryFolder()
    let result = try GnomonProcess.run([
      "forecast", Self.quickstart, "--report", folder.path + "/page.html", "--figures", folder.path + "/figures",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
    for word in ["quickstart", "12 channels", "Signal dark-photons", "Reach at 5 σ", "What helps: chirality"] {
      #expect(result.output.contains(word), "\(word)")
    }
    let page = try String(contentsOfFile: folder.path + "/page.html", encoding: .utf8)
    #expect(page.contains("<svg") && page.hasSuffix("</html>\n"))
    let figures = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/figures")
    #expect(figures.contains("chirality.svg") && figures.contains("sky-axion-gradient.svg"))
  }

  /// The file's own numbers are those of a fit with unknown noise, so these are smaller.
  @Test func json() throws {
    let arguments = ["forecast", Self.quickstart, "--format", "json", "--no-suggestions", "--frequency", "25"]
    let result = try GnomonProcess.run(arguments)
    #expect(result.status == 0, "\(result.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["referenceFrequency"] as? Double == 25)
    let signals = try #require(object["signals"] as? [[String: Any]])
    let parameters = try #require(signals.first?["parameters"] as? [[String: Any]])
    let limits = ["ln A": 0.075, "f_L": 0.037, "P_V": 0.080, "index": 0.13]
    for parameter in parameters {
      let name = try #require(parameter["name"] as? String)
      let (found, limit) = (try #require(parameter["uncertainty"] as? Double), try #require(limits[name]))
      #expect(found < limit)
    }
    #expect(parameters.count == 4)
    #expect((object["suggestions"] as? [Any])?.isEmpty == true)
    // The same request gives the same bytes.
    let again = try GnomonProcess.run(arguments)
    #expect(again.output == result.output)
  }

  @Test(
    "Requests at fault exit with 1 and say what to do",
    arguments: [
      (["--signal", "axions"], ["axions", "dark-photons"]), (["--frequency", "300"], ["300", "256"]),
      (
        ["--set", "nodes[3].noise.white='0 fT/Hz^0.5'", "--set", "nodes[3].noise.lines=[]"], ["canberra01", "noise"]
      ),
      (["--report", "/no/such/folder/page.html"], ["/no/such/folder/page.html"]),
    ] as [([String], [String])])
  func faults(_ arguments: [String], _ named: [String]) throws {
    let result = try GnomonProcess.run(["forecast", Self.quickstart, "--no-suggestions"] + arguments)
    #expect(result.status == 1)
    for name in named { #expect(result.errors.contains(name), "\(result.errors)") }
    #expect(result.output.isEmpty)
  }

  @Test("Clocks and magnetometers: each has its part, and clocks alone are no refusal")
  func clocks() throws {
    let folder = try TemporaryFolder()
    let mixed = try GnomonProcess.run([
      "forecast", "topologies/clock-network.yaml", "--no-suggestions", "--set", "duration=2 d", "--report",
      folder.path + "/page.html",
    ])
    #expect(mixed.status == 0, "\(mixed.errors)")
    for word in [
      "Reach at 5 σ", "Limits of clocks at 95 % without a signal", "Clock tsukuba: at ",
      "Clocks braunschweig, paris, boulder, tsukuba (d_e): scalar at 2.418e-4 Hz",
    ] {
      #expect(mixed.output.contains(word), "\(word)")
    }
    let page = try String(contentsOfFile: folder.path + "/page.html", encoding: .utf8)
    #expect(page.contains("Limits of clocks on amplitudes"))
    let alone = try GnomonProcess.run([
      "forecast", "topologies/clock-yb.yaml", "--set", "duration=60 d", "--stochastic-factor", "exact",
    ])
    #expect(
      alone.status == 0 && !alone.output.contains("Reach at 5 σ") && alone.output.contains("d_mhat"), "\(alone.errors)")
  }

  @Test func wrongUse() throws {
    let result = try GnomonProcess.run(["forecast", Self.quickstart, "--format", "xml"])
    #expect(result.status == 2)
    #expect(result.errors.contains("--format"))
  }
}

import Foundation
import Testing

/// Runs of networks and data that cannot answer: the real program says what can not be said and why, and never fails.
@Suite("Degenerate networks, from the topology to the answer", .serialized)
struct DegenerateRunTests {
  struct Answer {
    var object: [String: Any]
    var text: String
    /// Of the only band, as a background.
    var fit: [String: Any]? { (object["bands"] as? [[String: Any]])?.first?["fit"] as? [String: Any] }
    var search: [String: Any]? { (object["lines"] as? [[String: Any]])?.first?["search"] as? [String: Any] }
    var reason: String? { (object["unanswered"] as? [[String: Any]])?.first?["reason"] as? String }
    var sigma: Double? { (fit?["detection"] as? [String: Any])?["equivalentSigma"] as? Double }
    var undetermined: [String] { fit?["undetermined"] as? [String] ?? [] }
  }

  static let triad = ["east: 1, north: 0, up: 0", "east: 0, north: 1, up: 0", "east: 0, north: 0, up: 1"]
  static let outage = "gaps: {intervals: [{start: 0 s, length: 60 s, reason: outage}]}"

  static func node(_ name: String, _ latitude: Int, _ longitude: Int, axes: [String], _ more: String = "") -> String {
    let list = axes.enumerated().map { "{name: a\($0.offset), \($0.element)}" }.joined(separator: ", ")
    return """
        - name: \(name)
          site: {latitude: \(latitude) deg, longitude: \(longitude) deg}
          axes: [\(list)]
          \(more)

      """
  }

  /// Runs a network for a minute, and reads what it prints as JSON and in words.
  static func run(_ nodes: [String], analysis: String = "background", signal: Bool = true) throws -> Answer {
    let folder = try TemporaryFolder()
    let topology = try folder.write(
      """
      name: degenerate
      seed: 3
      epoch: 2026-06-01T00:00:00Z
      duration: 60 s
      synthesis: {block: 4 s}
      bands:
        - {name: main, from: 9 Hz, to: 29 Hz, segment: 1 s, integration: 20 s, analysis: \(analysis)}
      signals:
        - name: dark-photons
          enabled: \(signal)
          from: 8 Hz
          to: 30 Hz
          spectrum: {amplitude-density: 40 fT/Hz^0.5, reference: 20 Hz, index: 0}
          chirality: 0.6
      defaults:
        nodes:
          rate: 64 Hz
          noise: {white: 20 fT/Hz^0.5}
      nodes:

      """ + nodes.joined(), to: "network.yaml")
    let run = try GnomonProcess.run(
      ["up", topology, "--output", folder.path + "/run", "--format", "json", "--quiet"])
    #expect(run.status == 0, "\(run.errors)")
    // Strict JSON has no NaN or infinity.
    let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let text = try GnomonProcess.run(["analyze", folder.path + "/run/archive.h5", "--quiet"])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.range(of: #"\b(nan|inf)\b"#, options: [.regularExpression, .caseInsensitive]) == nil)
    return Answer(object: object, text: text.output)
  }

  @Test("One sensor, and one station with orthogonal axes, cannot tell a background from noise")
  func oneStation() throws {
    let one = try Self.run([Self.node("a", 50, 8, axes: ["east: 0, north: 0, up: 1"])])
    #expect(one.fit == nil && one.reason?.contains("cannot tell it from its own noise") ?? false)
    #expect(one.text.contains("Band main: nothing can be said"))
    let three = try Self.run([Self.node("a", 50, 8, axes: Self.triad)])
    #expect(three.fit == nil && three.reason?.contains("cannot determine the amplitude") ?? false)
    let line = try Self.run(
      [Self.node("a", 50, 8, axes: ["east: 0, north: 0, up: 1"])], analysis: "line", signal: false)
    #expect(line.search != nil && line.text.contains("no line is found"))
  }

  @Test("Stations at one place, and parallel axes, measure the strength and claim no more")
  func onePlace() throws {
    let place = try Self.run([
      Self.node("a", 50, 8, axes: Self.triad), Self.node("b", 50, 8, axes: Self.triad),
    ])
    #expect(place.undetermined == ["longitudinalFraction", "chirality"] && place.sigma ?? 0 > 5)
    #expect(place.text.contains("cannot determine the chirality") && !place.text.contains("mostly right"))
    let north = ["east: 0, north: 1, up: 0"]
    let parallel = try Self.run([
      Self.node("a", 0, 0, axes: north), Self.node("b", 0, 30, axes: north), Self.node("c", 0, -60, axes: north),
    ])
    #expect(parallel.undetermined == ["chirality"] && parallel.fit?["chirality"] == nil)
  }

  @Test("A dead station takes no part; when all are dead nothing is said, for backgrounds and for lines")
  func deadStations() throws {
    let alive = [Self.node("a", 50, 8, axes: Self.triad), Self.node("b", 38, -122, axes: Self.triad)]
    let dead = try Self.run(alive + [Self.node("c", -35, 149, axes: Self.triad, Self.outage)])
    #expect(dead.sigma ?? 0 > 5 && dead.text.contains("Without data in band main: c/a0, c/a1, c/a2"))
    for analysis in ["background", "line"] {
      let none = try Self.run(
        [
          Self.node("a", 50, 8, axes: Self.triad, Self.outage), Self.node("b", 38, -122, axes: Self.triad, Self.outage),
        ], analysis: analysis)
      #expect(none.fit == nil && none.search == nil && none.reason?.contains("no complete segment") ?? false)
    }
  }

  @Test("Ninety per cent of gaps leave what they leave")
  func gaps() throws {
    let gaps =
      "gaps: {intervals: ["
      + (0..<3).map { "{start: \(20 * $0) s, length: 18 s, reason: calibration}" }.joined(separator: ", ") + "]}"
    let answer = try Self.run([
      Self.node("a", 50, 8, axes: ["east: 1, north: 0, up: 0"], gaps),
      Self.node("b", 38, -122, axes: ["east: 0, north: 1, up: 1"], gaps),
      Self.node("c", -35, 149, axes: ["east: 0, north: 1, up: 0"], gaps),
    ])
    #expect((answer.fit?["segments"] as? Int) == 9)
    let line = try Self.run(
      [Self.node("a", 50, 8, axes: Self.triad, gaps)], analysis: "line")
    #expect(line.search != nil || line.reason?.contains("no complete segment") ?? false)
  }

  @Test("Copies and silent channels carry no claim")
  func copies() throws {
    // Two parallel axes without noise record the same samples.
    let copies = try Self.run([
      Self.node("a", 50, 8, axes: [Self.triad[0], Self.triad[0]], "noise: {white: 0 fT/Hz^0.5}"),
      Self.node("b", 38, -122, axes: Self.triad),
    ])
    #expect(
      copies.fit == nil && copies.reason?.contains("a/a1 records nothing of its own: it is a copy of a/a0") ?? false)
    let silent = try Self.run(
      [
        Self.node("a", 50, 8, axes: Self.triad, "noise: {white: 0 fT/Hz^0.5}"),
        Self.node("b", 38, -122, axes: Self.triad), Self.node("c", -35, 149, axes: Self.triad),
      ], signal: false)
    #expect(silent.fit?["silent"] as? [String] == ["a/a0", "a/a1", "a/a2"] && silent.sigma ?? 9 < 5)
    #expect(silent.text.contains("Nothing but zeros in band main: a/a0"))
  }
}

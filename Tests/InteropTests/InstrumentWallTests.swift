import Foundation
import Testing

/// A new kind of instrument is a file in Instruments and a row in Topology's table: the rooms with a life do not tell one kind
/// from another.
@Suite struct InstrumentWallTests {
  /// Files that name a kind for what it is, not to choose between kinds.
  static let exceptions = [
    // A table of foreign stations has one sensitive axis each.
    "Archive/Exchange/ImportedNetwork.swift",
    // The questions to clocks.
    "Archive/ClockSearch.swift", "Archive/ClockPairs.swift", "Planning/ClockOutlook.swift",
  ]

  @Test func roomsWithALifeDoNotNameKindsOfInstruments() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
      .standardizedFileURL
    let rooms = ["Archive", "Correlator", "Dashboard", "Hub", "Launcher", "Node", "Planning", "Protocol", "gnomon"]
    let kinds = ["VectorSensor", "ClockRatio", "clockRatio", ".vectorSensor", "case .clock(", ".instrument {"]
    var read = 0
    for room in rooms {
      let files = try #require(
        FileManager.default.enumerator(at: sources.appending(path: room), includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        read += 1
        let name = String(file.path(percentEncoded: false).dropFirst(sources.path(percentEncoded: false).count))
          .trimmingCharacters(in: ["/"])
        guard !Self.exceptions.contains(name) else { continue }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        for line in lines where !line.contains("///") {
          for kind in kinds where line.contains(kind) {
            Issue.record("\(name) knows a kind of instrument: \(line)")
          }
        }
      }
    }
    #expect(read > 100)
  }
}

import Archive
import Foundation
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path
private let clients = "\(package)/Sources/Protocol/Protocol.docc"

@Suite("Strangers speak the protocol", .enabled(if: !PythonEnvironment.pythonIsMissing))
struct PythonClientTests {
  @Test("The Python programs of the protocol's page are a node and a spectator, in at most 30 lines each")
  func nodeAndSpectator() throws {
    for name in ["node", "spectator"] {
      let lines = try String(contentsOfFile: "\(clients)/\(name).py", encoding: .utf8).split(separator: "\n")
      #expect(lines.count <= 30)
    }
    let python = try PythonEnvironment.interpreter.get()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("gnomon")
    let (endpoint, watch) = ("ipc://\(folder)/hub", "ipc://\(folder)/watch")

    func start(_ executable: URL, _ arguments: [String], output: String) throws -> Process {
      let process = Process()
      process.executableURL = executable
      process.arguments = arguments
      _ = FileManager.default.createFile(atPath: output, contents: nil)
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
      process.standardInput = FileHandle.nullDevice
      try process.run()
      return process
    }
    // Spectators connect before the hub is there; nothing that it shows later passes them by.
    let spectator = try start(python, ["\(clients)/spectator.py", watch], output: "\(folder)/seen.txt")
    defer {
      // Not `terminate`: the child may have inherited a mask that blocks its signal.
      kill(spectator.processIdentifier, SIGKILL)
    }
    let hub = try start(
      gnomon,
      [
        "hub", "\(package)/topologies/chiral.yaml", "--set", "duration=20 min", "--archive", "\(folder)/archive.h5",
        "--endpoint", endpoint, "--spectators", watch, "--quiet",
      ], output: "\(folder)/hub.txt")
    let nodes = try ["west", "east"].map { name in
      try start(
        python, ["\(clients)/node.py", endpoint, name, "north,across,along", "64", "8192"],
        output: "\(folder)/\(name).txt")
    }
    for process in nodes + [hub] {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    let reader = try ArchiveReader(opening: "\(folder)/archive.h5")
    #expect(try reader.status() == .complete)
    #expect(try ArchiveVerification(of: "\(folder)/archive.h5").isWhole)
    // The samples are those that numpy drew: block 1 from the seed 8192.
    let drawn = try PythonEnvironment.json(
      """
      import json, numpy
      samples = numpy.random.default_rng(8192).normal(size=(3, 8192))[1, :5]
      print(json.dumps({"samples": [sample.hex() for sample in samples.tolist()]}))
      """, [])
    let samples = try #require(drawn["samples"] as? [Any]).compactMap { ($0 as? String).flatMap(Double.init) }
    #expect(try reader.samples(stream: 0, channel: 1, 8192..<8197) == samples)

    // The last message is the status that the hub sends at its end; sockets need a moment to bring it here.
    let deadline = ContinuousClock.now + .seconds(30)
    var seen = ""
    while !seen.contains("[76800, 76800]"), ContinuousClock.now < deadline {
      seen = try String(contentsOfFile: "\(folder)/seen.txt", encoding: .utf8)
    }
    #expect(seen.contains("\"archived\": [76800, 76800]"))
    #expect(seen.contains("stream/east ") && seen.contains("stream/west ") && seen.contains("product/main "))
  }
}

import Foundation
import Testing

@Suite("Wrong use gets a clear answer")
struct WrongUseTests {
  static let quickstart = "topologies/quickstart.yaml"

  @Test(
    "Wrong command lines exit with 2 or 64 and name the argument",
    arguments: [
      (["dance"], "dance"), (["up"], "topology"), (["up", Self.quickstart, "--workers", "0"], "--workers"),
      (["up", Self.quickstart, "--speed"], "--speed"), (["up", Self.quickstart, "--seed", "minus one"], "--seed"),
      (["up", Self.quickstart, "--format", "xml"], "--format"), (["hub", Self.quickstart], "--archive"),
      (["node", Self.quickstart], "topology"), (["archive", "info"], "archive"),
      (["up", Self.quickstart, "--quiet", "--verbose"], "--quiet"),
      (["archive", "verify", "--format", "text"], "archive"),
    ] as [([String], String)])
  func commandLines(_ arguments: [String], _ named: String) throws {
    let result = try GnomonProcess.run(arguments)
    #expect(result.status == 2)
    #expect(result.errors.localizedCaseInsensitiveContains(named))
    #expect(result.output.isEmpty)
  }

  @Test(
    "Failures exit with 1, say what and why, and leave nothing behind",
    arguments: [
      (["up", "no-such-file.yaml"], ["no-such-file.yaml", "No such file"]),
      (["up", Self.quickstart, "--set", "nodes[0].rate=512"], ["rate", "Hz"]),
      (["up", Self.quickstart, "--set", "nodez=3"], ["nodez"]),
      (["up", Self.quickstart, "--endpoint", "tcp://192.0.2.1:5555"], ["192.0.2.1", "loopback"]),
      (["node", "atlantis", Self.quickstart, "--hub", "tcp://127.0.0.1:9"], ["atlantis", "mainz01"]),
      (["archive", "info", "README.md"], ["README.md"]),
      (["archive", "verify", "no-such-archive.h5"], ["no-such-archive.h5"]),
      (["analyze", "Package.swift"], ["Package.swift"]),
    ] as [([String], [String])])
  func failures(_ arguments: [String], _ named: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try GnomonProcess.run(arguments + (arguments[0] == "up" ? ["--output", folder.path + "/run"] : []))
    #expect(result.status == 1)
    for name in named { #expect(result.errors.contains(name), "\(result.errors)") }
    #expect(result.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run/archive.h5"))
  }
}

import Foundation
import Testing

/// The executable that was built beside these tests, and the top folder of the package.
private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path
private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: h5py and hashlib are not asked: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Strangers look at injections", .serialized, .enabled(if: canRun))
struct SealReaderTests {
  @Test("h5py finds only the affected samples changed, no truth in a sealed archive, and hashlib the commitment")
  func sealed() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func run(_ arguments: [String]) throws -> String {
      let result = try PythonEnvironment.run([gnomon] + arguments)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    _ = try run(["up", "\(package)/topologies/two-stations.yaml", "--output", folder, "--no-report", "--quiet"])
    let signal = """
      {name: late, from: 5 Hz, to: 19 Hz, spectrum: {density: 1e-25 T^2/Hz, reference: 10 Hz, index: 0},
      start: 20 s, stop: 24 s}
      """
    _ = try run([
      "inject", "\(folder)/archive.h5", "--signal", signal, "--nodes", "triad", "--blind", "--key", "\(folder)/key",
      "--output", "\(folder)/blind.h5", "--quiet",
    ])
    let opened = try run(["archive", "unblind", "\(folder)/blind.h5", "--key", "\(folder)/key", "--format", "json"])
    try opened.write(toFile: "\(folder)/opened.json", atomically: true, encoding: .utf8)
    let seen = try PythonEnvironment.json(
      """
      import sys, json, hashlib, h5py, numpy
      folder = sys.argv[1]
      opened = json.load(open(folder + "/opened.json"))[0]
      with h5py.File(folder + "/archive.h5") as old, h5py.File(folder + "/blind.h5") as new:
          text = new["sealed"][()]
          seal = json.loads(text if isinstance(text, (str, bytes)) else text.item())[0]
          differ = [numpy.flatnonzero(old["nodes/triad/north"][...] != new["nodes/triad/north"][...]),
                    numpy.flatnonzero(old["nodes/single/tilted"][...].view("u8")
                                      != new["nodes/single/tilted"][...].view("u8"))]
          result = {"first": int(differ[0][0]), "last": int(differ[0][-1]), "others": len(differ[1]),
                    "rows": [int(len(old["injections"])), int(len(new["injections"]))],
                    "commitment": seal["commitment"] == hashlib.sha256(opened["text"].encode()).hexdigest(),
                    "named": "late" in opened["text"]}
      print(json.dumps(result))
      """, [folder])
    // Without a rise the first sample is the one at 20 s, and the last the one before 24 s; the clock is 0.5 ms late.
    #expect(seen["first"] as? Int == 20 * 128 && seen["last"] as? Int == 24 * 128 - 1)
    #expect(seen["others"] as? Int == 0 && seen["rows"] as? [Int] == [1, 1])
    #expect(seen["commitment"] as? Bool == true && seen["named"] as? Bool == true)
  }
}

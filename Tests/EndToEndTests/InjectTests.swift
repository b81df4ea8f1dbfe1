import Archive
import Foundation
import Testing

@Suite("Injection into an archive", .serialized)
struct InjectTests {
  let folder: TemporaryFolder
  let noise: String

  init() throws {
    folder = try TemporaryFolder()
    let run = try GnomonProcess.run([
      "up", "topologies/two-stations.yaml", "--output", folder.path + "/noise", "--no-report", "--quiet", "--set",
      "signals[0].enabled=false",
    ])
    #expect(run.status == 0, "\(run.errors)")
    noise = folder.path + "/noise/archive.h5"
  }

  /// The signal of two-stations.yaml.
  static let signal = """
    - name: dark-photons
      from: 4 Hz
      to: 20 Hz
      spectrum: {density: 3e-26 T^2/Hz, reference: 10 Hz, index: 0}
      chirality: -0.5
    """

  func gnomon(_ arguments: [String], status: Int32 = 0) throws -> GnomonProcess.Result {
    let result = try GnomonProcess.run(arguments)
    #expect(result.status == status, "\(arguments): \(result.errors)")
    return result
  }

  @Test("A signal in the place it has in a topology gives the archive of that topology; the record says what was done")
  func equalsRun() throws {
    let file = try folder.write(Self.signal, to: "signal.yaml")
    let output = folder.path + "/injected.h5"
    let answer = try gnomon(["inject", noise, "--signal", file, "--index", "0", "--output", output])
    #expect(answer.output.contains("dark-photons") && answer.output.contains("changed from sample 0"))
    _ = try gnomon([
      "up", "topologies/two-stations.yaml", "--output", folder.path + "/run", "--no-report", "--quiet",
    ])
    let (made, run) = (try ArchiveReader(opening: output), try ArchiveReader(opening: folder.path + "/run/archive.h5"))
    for stream in run.streams.indices {
      let count = try run.sampleCount(stream: stream)
      for channel in run.streams[stream].channels.indices {
        let (a, b) = (
          try made.samples(stream: stream, channel: channel, 0..<count),
          try run.samples(stream: stream, channel: channel, 0..<count)
        )
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-26 || ($0.isNaN && $1.isNaN) })
      }
    }
    #expect(try made.injections() == run.injections())
    let provenance = try #require(
      try JSONSerialization.jsonObject(with: Data(made.provenance().utf8)) as? [String: Any])
    let input = try #require((provenance["inputs"] as? [[String: Any]])?.first)
    #expect(input["samples"] as? String == (try ArchiveReader(opening: noise).checksums()?.samples))
    #expect((provenance["commandLine"] as? [String])?.contains("inject") == true)
    #expect(try ArchiveVerification(of: output).findings.isEmpty)
    // Matrices are those of the new samples: a replay finds the same, over the wire too.
    _ = try gnomon(["replay", output, "--hub", "local", "--check"])
  }

  @Test("Signals may be written on the command line, several at once, with a seed of their own")
  func inline() throws {
    let output = folder.path + "/both.h5"
    let burst = """
      {name: b, kind: burst, time: 16 s, frequency: 20 Hz, width: 1 s, amplitude: 2 pT,
      source: {right-ascension: 30 deg, declination: 40 deg}, polarization: {x: 1, y: 0, z: 0}}
      """
    let answer = try gnomon([
      "inject", noise, "--signal", burst, "--signal", Self.signal, "--seed", "99", "--output", output, "--format",
      "json",
    ])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
    #expect((object["effects"] as? [[String: Any]])?.count == 2)
    let rows = try ArchiveReader(opening: output).injections()
    #expect(rows.map(\.model) == ["burst", "isotropic-background"] && rows.allSatisfy { $0.seed == 99 })
    #expect(rows.map { $0.details?.signalIndex } == [1, 2])
    let checksums = try #require(try ArchiveReader(opening: output).checksums())
    #expect(object["samples"] as? String == checksums.samples && object["products"] as? String == checksums.products)
  }

  @Test("A blind injection says only that it is there, in every command, until it is opened")
  func blind() throws {
    let file = try folder.write(
      Self.signal.replacing("dark-photons", with: "hush-hush").replacing("3e-26", with: "7.125e-26"),
      to: "hush-file.yaml")
    let (output, key) = (folder.path + "/blind.h5", folder.path + "/key")
    let answer = try gnomon(["inject", noise, "--signal", file, "--output", output, "--blind", "--key", key])
    #expect(!answer.output.contains("hush") && answer.output.contains("commitment"))
    let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let report = folder.path + "/report.html"
    let seen = [
      try gnomon(["archive", "info", output]).output,
      try gnomon(["archive", "info", output, "--format", "json"]).output,
      try gnomon(["analyze", output, "--no-store", "--report", report]).output,
      try gnomon(["analyze", output, "--no-store", "--format", "json"]).output,
      try String(contentsOfFile: report, encoding: .utf8),
    ]
    let commitment = try #require(try ArchiveReader(opening: output).sealedInjections().first?.commitment)
    let truth = try gnomon(["archive", "unblind", output, "--key", key, "--format", "json"]).output
    let opened = try #require(
      (try JSONSerialization.jsonObject(with: Data(truth.utf8)) as? [[String: Any]])?.first)
    #expect(opened["commitment"] as? String == commitment)
    let rows = try #require((opened["truth"] as? [String: Any])?["injections"] as? [[String: Any]])
    let seed = try #require(rows.first?["seed"] as? NSNumber)
    for text in seen {
      #expect(!text.contains("hush") && !text.contains("\(seed)") && !text.contains("7.125e-26"), "\(text)")
      #expect(text.contains(commitment))
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
    for word in ["hush-", "\(seed)", "7.125e-26"] { #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)") }
    #expect(try ArchiveReader(opening: output).injections().isEmpty)

    let wrong = try folder.write(String(repeating: "ab", count: 32), to: "wrong")
    #expect(try gnomon(["archive", "unblind", output, "--key", wrong], status: 1).errors.contains("does not open"))
    // The key is never replaced, for with it goes the truth.
    let again = try gnomon(
      ["inject", noise, "--signal", file, "--output", output, "--blind", "--key", key, "--force"], status: 1)
    #expect(again.errors.contains("key"))
    _ = try gnomon(["archive", "unblind", output, "--key", key, "--store"])
    #expect(try gnomon(["archive", "info", output]).output.contains("hush-hush"))
    #expect(try gnomon(["analyze", output, "--no-store"]).output.contains("injected"))
    #expect(try ArchiveVerification(of: output).findings.isEmpty)
  }

  @Test("What cannot be put in is refused: faults with file, line and key, and nothing is left behind")
  func refusals() throws {
    let output = folder.path + "/x.h5"
    let spoiled = try folder.write(Self.signal.replacing("3e-26 T^2/Hz", with: "3e-26 m"), to: "spoiled.yaml")
    let file = try folder.write(Self.signal, to: "signal.yaml")
    let high = "{name: h, kind: line, coupling: magnetic-dipole, rest-frequency: 900 Hz, strength: {rms: 1 pT}}"
    for (arguments, status, words) in [
      (["--signal", spoiled], 1, "spoiled.yaml:4"), (["--signal", high], 1, "rest-frequency"),
      (["--signal", folder.path + "/none.yaml"], 1, "none.yaml: cannot be read"),
      (["--signal", file, "--nodes", "tried"], 1, "no node tried"),
      (["--signal", file, "--signal", file], 1, "two signals are named"), (["--signal", file, "--blind"], 2, "--key"),
      (["--signal", file, "--key", "k"], 2, "--blind"), ([], 2, "--signal"),
    ] as [([String], Int32, String)] {
      let result = try gnomon(["inject", noise, "--output", output] + arguments, status: status)
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
    }
    let existing = try gnomon(["inject", noise, "--output", noise, "--signal", file], status: 1)
    #expect(existing.errors.contains("--force"))
    #expect(try ArchiveVerification(of: noise).isWhole)
  }

  @Test("On a full disk nothing is left but the words that say so")
  func fullDisk() throws {
    let file = try folder.write(Self.signal, to: "signal.yaml")
    let disk = folder.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    func tool(_ arguments: String...) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: arguments[0])
      process.arguments = Array(arguments.dropFirst())
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    guard try tool("/bin/mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", disk) == 0 else {
      print("SKIPPED: the full disk is not tested: mounting a small tmpfs needs root")
      return
    }
    defer { _ = try? tool("/bin/umount", disk) }
    let key = folder.path + "/key"
    let result = try gnomon(
      ["inject", noise, "--signal", file, "--output", disk + "/x.h5", "--blind", "--key", key], status: 1)
    #expect(result.errors.contains("no space left on the disk"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: disk + "/x.h5") && !FileManager.default.fileExists(atPath: key))
    #expect(try ArchiveVerification(of: noise).isWhole)
  }
}

import Archive
import Foundation
import Node
import Testing

@Suite("Injection into a running network", .serialized, .timeLimit(.minutes(5)))
struct LiveInjectionTests {
  private static let background = """
    name: wave
    kind: isotropic-background
    from: 6 Hz
    to: 50 Hz
    spectrum: {amplitude-density: 3 fT/Hz^0.5, reference: 20 Hz, index: 0}
    chirality: 0.4
    rise: 3 s
    """
  private static let line =
    "{name: hum, kind: line, coupling: magnetic-dipole, rest-frequency: 20 Hz, strength: {rms: 40 fT}}"

  /// Asks the hub of a network; the answer is JSON.
  private func inject(
    _ network: FaultyNetwork, _ arguments: [String], status: Int32 = 0
  ) throws -> (answer: [String: Any], errors: String) {
    let result = try GnomonProcess.run(["inject", "--live", network.endpoint, "--format", "json"] + arguments)
    #expect(result.status == status, "\(arguments): \(result.errors)")
    let answer = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return (answer ?? [:], result.errors)
  }

  /// The first sample of `alpha` that a change of the answer reaches.
  private func firstSample(_ answer: [String: Any], _ change: Int) throws -> Int {
    let list = try #require(answer["changes"] as? [[String: Any]])
    return try #require((list[change]["firstSamples"] as? [String: Int])?["alpha"])
  }

  @Test(
    "Signals begin, change and end at one sample for all, whoever is away or killed: the bits of a run that had them in its topology"
  )
  func equalsTopology() throws {
    let network = try FaultyNetwork(speed: 15)
    try network.startHub()
    let spool = ["--spool", network.folder.path + "/spool"]
    for name in FaultyNetwork.nodeNames { try network.startNode(name, name == "beta" ? spool : []) }
    for name in FaultyNetwork.nodeNames { try network.waitForData(seconds: 6, of: name) }

    // What nobody can record, and what is past, is refused, and changes nothing.
    let high = Self.line.replacing("20 Hz", with: "900 Hz")
    #expect(try inject(network, ["--signal", high], status: 1).errors.contains("rest-frequency"))
    #expect(try inject(network, ["--signal", Self.line, "--start", "1"], status: 1).errors.contains("is past"))
    #expect(try inject(network, ["--stop", "wave"], status: 1).errors.contains("no signal named wave"))

    // One node is away.
    network.nodes["gamma"]?.killNow()
    let file = try network.folder.write(Self.background, to: "wave.yaml")
    let begin = try inject(network, ["--signal", file]).answer
    #expect(begin["away"] as? [String] == ["gamma"])
    let start = try #require(begin["secondsFromEpoch"] as? Double)
    #expect(try firstSample(begin, 0) == Int(start * 512))
    // The truth is in the archive before anyone hears of it, and a new hub tells it to its nodes.
    let row = try #require(try ArchiveReader(opening: network.archive).injections().last)
    #expect(row.identifier == "wave" && row.details?.activation.start == Int64(start * 1e9))
    network.hub?.killNow()
    try network.startHub()
    try network.startNode("gamma")
    try network.waitForData(seconds: Int(start) + 4, of: "alpha")
    try network.waitForData(seconds: 6, of: "gamma")

    let change = try inject(network, ["--stop", "wave", "--signal", Self.line]).answer
    let turn = try #require(change["secondsFromEpoch"] as? Double)
    #expect(turn > start)
    #expect(try firstSample(change, 0) == Int(turn * 512) && firstSample(change, 1) == Int(turn * 512))
    // The rest as fast as it goes, with other processes.
    for name in FaultyNetwork.nodeNames { network.nodes[name]?.killNow() }
    for name in FaultyNetwork.nodeNames {
      try network.startNode(name, ["--speed", "max"] + (name == "beta" ? spool : []))
    }
    try network.finish()
    try network.expectWhole()

    let rows = try ArchiveReader(opening: network.archive).injections()
    #expect(rows.map(\.identifier) == ["photons", "wave", "hum"])
    #expect(rows.map { $0.details?.signalIndex } == [0, 1, 2])
    #expect(rows[1].details?.activation.stop == Int64(turn * 1e9) + 3_000_000_000)
    #expect(rows[2].details?.activation.start == Int64(turn * 1e9))

    // The same signals in a topology.
    func item(_ text: String, _ keys: String) -> String {
      "  - " + (text + "\n" + keys).replacing("\n", with: "\n    ") + "\n"
    }
    let hum = Self.line.dropFirst().dropLast().replacing(", strength", with: "\nstrength")
      .replacing(", rest", with: "\nrest").replacing(", coupling", with: "\ncoupling").replacing(
        ", kind", with: "\nkind")
    let signals =
      item(Self.background, "start: \(start) s\nstop: \(turn + 3) s") + item(String(hum), "start: \(turn) s")
    let text = try String(contentsOfFile: network.topology, encoding: .utf8)
      .replacing("\nnodes:\n", with: "\n\(signals)nodes:\n").replacing("speed: 15.0", with: "speed: max")
    let topology = try network.folder.write(text, to: "reference.yaml")
    let reference = try GnomonProcess.run([
      "up", topology, "--output", network.folder.path + "/reference", "--no-report", "--quiet",
    ])
    #expect(reference.status == 0, "\(reference.errors)")
    let expected = try ArchiveReader(opening: network.folder.path + "/reference/archive.h5")
    let checksums = try #require(try expected.checksums())
    #expect(try network.checksums() == [checksums.samples, checksums.products])
    #expect(try network.checksums() != FaultyNetwork.undisturbed.get())
    // And the same truth, but for how it came there.
    #expect(
      try rows.map { row in
        var row = row
        row.details?.live = nil
        return row
      } == expected.injections())
    // So every sample can be made again from what the archive says.
    for name in FaultyNetwork.nodeNames {
      let again = try StreamComparison(of: name, in: ArchiveReader(opening: network.archive))
      #expect(again.differing == 0 && again.absentSamples == 0, "\(name): \(again.firstDifference ?? "")")
    }
  }

  @Test("A run of `up` is named by its folder; what the command cannot do is said at once")
  func wrongUse() throws {
    let folder = try TemporaryFolder()
    for (arguments, status, words) in [
      (["--live", folder.path, "--signal", Self.line], 1, "endpoint cannot be read"),
      (["--live", "tcp://192.0.2.1:5555", "--signal", Self.line], 1, "--keys"),
      (["--live", "ipc:///x", "archive.h5", "--signal", Self.line], 2, "either an archive or"),
      (["--live", "ipc:///x"], 2, "--signal"),
      (["--live", "ipc:///x", "--signal", Self.line, "--blind", "--key", "k"], 2, "cannot be sealed"),
      (["archive.h5", "--output", "x", "--stop", "hum", "--signal", Self.line], 2, "--live"),
    ] as [([String], Int32, String)] {
      let result = try GnomonProcess.run(["inject"] + arguments)
      #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.errors)")
    }
  }
}

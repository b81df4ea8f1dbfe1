import Archive
import Foundation
import Launcher
import Testing

@Suite("A network under faults", .serialized)
struct FaultTests {
  @Test("A killed hub goes on with its archive, and the result is the same, bit for bit", arguments: [0, 1, 150, 550])
  func killedHub(seconds: Int) throws {
    let network = try FaultyNetwork(speed: 400)
    try network.startAll()
    if seconds > 0 { try network.waitForData(seconds: seconds) }
    network.hub?.killNow()
    // It may have died before there was an archive, or after all was in it.
    let wasThere = FileManager.default.fileExists(atPath: network.archive)
    try network.startHub()
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
    if wasThere {
      let resumptions = try ArchiveReader(opening: network.archive).resumptions()
      #expect(resumptions.count == 1 || seconds == 0)
    }
  }

  @Test("Hub and nodes killed one after the other, again and again: the same bits")
  func killedAgainAndAgain() throws {
    let network = try FaultyNetwork(speed: 100)
    try network.startAll()
    for (round, name) in ["alpha", "beta", "gamma", "alpha"].enumerated() {
      try network.waitForData(seconds: 40 + 100 * round)
      network.hub?.killNow()
      network.nodes[name]?.killNow()
      if round % 2 == 0 {
        try network.startHub()
        try network.startNode(name)
      } else {
        try network.startNode(name)
        try network.startHub()
      }
    }
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
    #expect(try ArchiveReader(opening: network.archive).resumptions().count == 4)
  }

  @Test("A killed node that is started again goes on where the hub is", arguments: FaultyNetwork.nodeNames)
  func killedNode(name: String) throws {
    let network = try FaultyNetwork(speed: 400)
    try network.startAll()
    try network.waitForData(seconds: 200, of: name)
    network.nodes[name]?.killNow()
    try network.startNode(name)
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
  }

  @Test("A hub or a node that stands still is waited for, also when it was given up meanwhile")
  func stoppedAndContinued() throws {
    let network = try FaultyNetwork(speed: 150, hubSettings: ", absence: 1 h")
    try network.startAll()
    try network.waitForData(seconds: 50)
    network.hub?.signal(SIGSTOP)
    try network.nodes["gamma"]?.waitForErrors("has been silent")
    network.hub?.signal(SIGCONT)
    try network.waitForData(seconds: 250)
    network.nodes["beta"]?.signal(SIGSTOP)
    try network.hub?.waitForErrors("beta has been silent")
    network.nodes["beta"]?.signal(SIGCONT)
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
  }

  @Test("A hub that is stopped in good order can be gone on with, too; a complete run or another topology cannot")
  func refusals() throws {
    let network = try FaultyNetwork(speed: 200)
    try network.startAll()
    try network.waitForData(seconds: 100)
    network.hub?.signal(SIGINT)
    for process in [network.hub].compactMap({ $0 }) + network.nodes.values { _ = try process.wait() }
    #expect(try ArchiveReader(opening: network.archive).status() == .interrupted("SIGINT"))

    let other = try FaultyNetwork(speed: 200, seed: 8)
    func hub(_ topology: String) throws -> GnomonProcess.Result {
      try GnomonProcess.run(["hub", topology, "--archive", network.archive, "--endpoint", network.endpoint])
    }
    let foreign = try hub(other.topology)
    #expect(foreign.status == 1 && foreign.errors.contains("another topology"), "\(foreign.errors)")
    #expect(foreign.errors.contains("--replace"))

    try network.startAll()
    try network.finish()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
    let again = try hub(network.topology)
    #expect(again.status == 1 && again.errors.contains("complete run"), "\(again.errors)")
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
  }

  @Test("A second node of a name, and one of another topology, are refused with the reason and disturb nothing")
  func impostors() throws {
    let network = try FaultyNetwork(speed: 100, hubSettings: ", outage: 1 h")
    let other = try FaultyNetwork(speed: 100, seed: 8)
    try network.startAll()
    try network.waitForData(seconds: 5, of: "alpha")
    let second = try GnomonProcess(["node", "alpha", network.topology, "--hub", network.endpoint])
    let stranger = try GnomonProcess(["node", "beta", other.topology, "--hub", network.endpoint]).wait()
    #expect(stranger.status == 1 && stranger.errors.contains("(topology)"), "\(stranger.errors)")
    let refused = try second.wait()
    #expect(refused.status == 1 && refused.errors.contains("(name-taken)"), "\(refused.errors)")
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
  }

  @Test(
    "A node that stays away is declared missing; what it sends when it is back is filled in, and analyze renews the products"
  )
  func away() throws {
    let network = try FaultyNetwork(speed: 100, hubSettings: ", absence: 0.5 s")
    try network.startAll()
    try network.waitForData(seconds: 60, of: "beta")
    network.nodes["beta"]?.killNow()
    try network.hub?.waitForErrors("are declared missing until it comes back")
    try network.startNode("beta")
    try network.finish()
    let row = try network.expectWhole()[1]
    #expect(row.late > 0)
    // All that is missing is the gap that the node itself declares: samples 8012.8 to 9984.
    #expect(row.declaredMissing == 9984 - 8013)
    // Closed before another process changes the file: HDF5 keeps what it knows of a file that is open.
    do {
      let reader = try ArchiveReader(opening: network.archive)
      let rows = try reader.index(stream: 1)
      #expect(rows.filter(\.isLate).count == Int(row.late))
      #expect(rows.filter(\.isAbsence).isEmpty)
      let stale = try reader.staleRows(band: 0)
      #expect(!stale.isEmpty)
    }
    let undisturbed = try FaultyNetwork.undisturbed.get()
    #expect(try network.checksums()[0] == undisturbed[0])
    #expect(try network.checksums()[1] != undisturbed[1])

    let analysis = try GnomonProcess.run(["analyze", network.archive])
    #expect(analysis.status == 0 && analysis.errors.contains("samples came late"), "\(analysis.errors)")
    #expect(try network.checksums() == undisturbed)
    #expect(try ArchiveReader(opening: network.archive).staleRows(band: 0).isEmpty)
    try network.expectWhole()
  }

  @Test("A node that never comes back is missing with its reason, and the run of the others ends")
  func neverBack() throws {
    let network = try FaultyNetwork(speed: 200, hubSettings: ", absence: 0.5 s")
    try network.startAll()
    try network.waitForData(seconds: 60, of: "beta")
    network.nodes["beta"]?.killNow()
    let hub = try #require(try network.hub?.wait())
    #expect(hub.status == 0, "\(hub.errors)")
    let row = try network.expectWhole()[1]
    #expect(row.sent == 600 * 256)
    #expect(row.declaredMissing > 9984 - 8013)
    let reader = try ArchiveReader(opening: network.archive)
    #expect(try reader.index(stream: 1).last?.reason == IndexRow.absence)
    #expect(try reader.quality(stream: 1).last == .absence)
    // The others are as they would have been.
    let whole = try FaultyNetwork.undisturbedStreams.get()
    let streams = try #require(try reader.checksums()).checksums.streams
    #expect(streams["alpha"] == whole["alpha"] && streams["gamma"] == whole["gamma"])
    #expect(streams["beta"] != whole["beta"])
  }

  @Test("With a spool, what a node made while the hub was away survives the death of both")
  func spool() throws {
    let network = try FaultyNetwork(speed: 200)
    let spool = network.folder.path + "/spool"
    try network.startHub()
    for name in FaultyNetwork.nodeNames { try network.startNode(name, ["--spool", spool]) }
    try network.waitForData(seconds: 60)
    network.hub?.killNow()
    func spooled() -> Int {
      let files = FileManager.default.enumerator(atPath: spool)?.compactMap { $0 as? String } ?? []
      return files.filter { $0.hasPrefix("alpha-") && $0.hasSuffix(".blocks") }.reduce(0) { total, file in
        let size = try? FileManager.default.attributesOfItem(atPath: "\(spool)/\(file)")[.size] as? Int
        return total + (size ?? 0)
      }
    }
    // More than 64 blocks of 16 KiB, which is all that memory holds: the source has not waited.
    try waitUntil("the spool grows") { spooled() > 100 * 16456 }
    network.nodes["alpha"]?.killNow()
    // As if it had been killed in mid-write: half a block at the end.
    let folder = try #require(
      try FileManager.default.contentsOfDirectory(atPath: spool).first { $0.hasPrefix("alpha-") })
    let segments = try FileManager.default.contentsOfDirectory(atPath: "\(spool)/\(folder)").filter {
      $0.hasSuffix(".blocks")
    }
    let last = try FileHandle(forUpdating: URL(fileURLWithPath: "\(spool)/\(folder)/\(segments.max() ?? "")"))
    try last.truncate(atOffset: try last.seekToEnd() - 5000)
    try last.close()
    try network.startHub()
    let alpha = try network.startNode("alpha", ["--spool", spool])
    try alpha.waitForErrors("blocks are in the spool")
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
    #expect(spooled() == 0)
  }

  @Test("Connections that are cut, that hang and that come back lose nothing")
  func links() throws {
    let network = try FaultyNetwork(speed: 100, hubSettings: ", absence: 1 h")
    let link = try FaultyLink(to: network.folder.path + "/hub")
    try network.startHub()
    for name in FaultyNetwork.nodeNames {
      try network.startNode(name, endpoint: name == "gamma" ? nil : "tcp://127.0.0.1:\(link.port)")
    }
    try network.waitForData(seconds: 50, of: "alpha")
    link.cut()
    try network.waitForData(seconds: 150, of: "alpha")
    link.set(.blocked)
    try network.hub?.waitForErrors("alpha has been silent")
    try network.nodes["alpha"]?.waitForErrors("has been silent")
    link.set(.slow)
    try network.waitForData(seconds: 250, of: "alpha")
    link.cut()
    try network.waitForData(seconds: 300, of: "alpha")
    link.set([])
    try network.finish()
    try network.expectWhole()
    #expect(try network.checksums() == FaultyNetwork.undisturbed.get())
  }
}

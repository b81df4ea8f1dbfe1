import Archive
import Foundation
import Testing

/// Rates from 40 to 512 Hz, blocks that fit to nothing, gaps of every kind, a clock that drifts, and complex baseband.
let unevenNetwork = """
  name: uneven
  seed: 3
  epoch: 2026-01-01T00:00:00Z
  duration: 64 s
  synthesis: {block: 2 s}
  bands:
    - {name: low, from: 11 Hz, to: 19 Hz, segment: 2 s, integration: 16 s}
    - {name: fine, from: 15 Hz, to: 17 Hz, segment: 8 s, overlap: 0, integration: 8 s, window: rectangular}
  signals:
    - {name: background, from: 9 Hz, to: 30 Hz, spectrum: {density: 3e-26 T^2/Hz, reference: 20 Hz, index: 0}}
  defaults:
    nodes: {noise: {white: 0.1 pT/Hz^0.5}, axes: [{name: up, azimuth: 0 deg, altitude: 90 deg}]}
  nodes:
    - name: fast
      site: {latitude: 50 deg, longitude: 8 deg}
      rate: 512 Hz
      block-samples: 1021
      gaps: {outages-per-hour: 300, mean-outage: 1 s}
    - name: slow
      site: {latitude: 38 deg, longitude: -122 deg}
      rate: 40 Hz
      block-samples: 7
      clock: {offset: 3 ms, drift: 1e-6, uncertainty: 20 us, jitter: 5 us}
      gaps: {intervals: [{start: 0 s, length: 3 s, reason: maintenance}, {start: 63 s, length: 1 s, reason: outage}]}
    - name: coil
      site: {latitude: 31 deg, longitude: -12 deg}
      rate: 64 Hz
      baseband: 40.5 Hz
      block-samples: 100
      axes: [{name: east, azimuth: 90 deg, altitude: 0 deg}, {name: up, azimuth: 20 deg, altitude: 70 deg}]
      clock: {offset: -4 ms}
      gaps: {intervals: [{start: 20.5 s, length: 3 s, reason: calibration}]}

  """

private func up(_ topology: String, _ folder: String, _ more: [String] = []) throws -> String {
  let run = try GnomonProcess.run(["up", topology, "--output", folder, "--no-report", "--quiet"] + more)
  #expect(run.status == 0, "\(run.errors)")
  return folder + "/archive.h5"
}

private func checksums(_ path: String) throws -> ArchiveChecksums {
  try #require(try ArchiveReader(opening: path).checksums()).checksums
}

/// Runs `gnomon replay ... --check --format json`.
private func check(_ arguments: [String]) throws -> (status: Int32, answer: [String: Any]) {
  let result = try GnomonProcess.run(["replay"] + arguments + ["--check", "--format", "json", "--quiet"])
  let answer = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
  return (result.status, try #require(answer, "\(result.errors)"))
}

@Suite("Replay", .serialized)
struct ReplayTests {
  /// Every topology of the repository, with what makes it short; long segments still fill an integration and a half.
  static let shipped: [(name: String, overrides: [String])] = {
    let folder = GnomonProcess.package.appendingPathComponent("topologies").path
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.sorted().map { file in
      let text = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
      // Clocks are slow, and have no bands.
      if text.contains("kind: clock") { return (file, ["--set", "duration=13 d"]) }
      let duration = text.contains("segment: 600 s") ? "1200 s" : file == "two-stations.yaml" ? "32 s" : "90 s"
      return (file, ["--set", "duration=\(duration)", "--set", "bands[0].analysis=none"])
    }
  }()

  @Test("A live run, its replay over the wire and its direct correlation are the same bits", arguments: shipped)
  func shippedTopologies(name: String, overrides: [String]) throws {
    let folder = try TemporaryFolder()
    let archive = try up("topologies/\(name)", folder.path + "/run", overrides)
    let reader = try ArchiveReader(opening: archive)
    for band in reader.bands.indices { #expect(try reader.productRowCount(band: band) > 0) }
    let (status, answer) = try check([archive, "--hub", "local"])
    #expect(status == 0 && answer["equal"] as? Bool == true, "\(answer)")
    let sums = try ["stored", "direct", "wire"].map { try #require(answer[$0] as? NSDictionary) }
    #expect(sums[0] == sums[1] && sums[0] == sums[2])
  }

  @Test(
    "So they are with gaps, drifting clocks, several rates, odd blocks and complex baseband, at any speed and with any hub"
  )
  func uneven() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(unevenNetwork, to: "uneven.yaml")
    let archive = try up(file, folder.path + "/run")
    let stored = try checksums(archive)
    #expect(try ArchiveReader(opening: archive).accounting().allSatisfy { $0.declaredMissing > 0 })
    #expect(try check([archive, "--hub", "local", "--workers", "1", "--speed", "80"]).status == 0)
    let copy = folder.path + "/copy.h5"
    #expect(try GnomonProcess.run(["replay", archive, "--output", copy]).status == 0)
    #expect(try checksums(copy) == stored)
    #expect(try ArchiveVerification(of: copy).findings.isEmpty)

    // A hub of its own that takes the topology from the archive.
    let endpoint = "ipc://\(folder.path)/hub"
    let again = folder.path + "/again.h5"
    let hub = try GnomonProcess(["hub", archive, "--archive", again, "--endpoint", endpoint, "--quiet"])
    let replay = try GnomonProcess.run(["replay", archive, "--hub", endpoint, "--quiet"])
    #expect(replay.status == 0 && replay.output.contains("Msamples/s"), "\(replay.errors)")
    let end = try hub.wait()
    #expect(end.status == 0, "\(end.errors)")
    #expect(try checksums(again) == stored)
    #expect(try ArchiveVerification(of: again).findings.isEmpty)
    let (first, second) = (try ArchiveReader(opening: archive), try ArchiveReader(opening: again))
    for stream in first.streams.indices {
      #expect(try first.index(stream: stream) == second.index(stream: stream))
      #expect(try first.quality(stream: stream) == second.quality(stream: stream))
    }
    #expect(try first.accounting() == second.accounting() && first.injections() == second.injections())
  }

  @Test("So they are for a run that was stopped early")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run/archive.h5"
    let run = try GnomonProcess([
      "up", "topologies/quickstart.yaml", "--output", folder.path + "/run", "--speed", "20", "--no-report",
    ])
    while run.process.isRunning {
      if let reader = try? ArchiveReader(opening: path), let count = try? reader.sampleCount(stream: 0), count > 40_000
      {
        break
      }
    }
    kill(run.process.processIdentifier, SIGINT)
    _ = try run.wait()
    #expect(try ArchiveReader(opening: path).status() != .complete)
    let (status, answer) = try check([path, "--hub", "local"])
    #expect(status == 0, "\(answer)")
  }

  @Test("A part of the time and of the nodes: what is left out is declared missing, over the wire as directly")
  func excerpt() throws {
    let folder = try TemporaryFolder()
    let archive = try up(try folder.write(unevenNetwork, to: "uneven.yaml"), folder.path + "/run")
    let part = ["--from", "2026-01-01T00:00:16Z", "--until", "48", "--nodes", "fast,coil"]
    let (wire, direct) = (folder.path + "/wire.h5", folder.path + "/direct.h5")
    let runs = [[archive, "--hub", "local", "--output", wire], [archive, "--output", direct]]
    for arguments in runs {
      let result = try GnomonProcess.run(["replay"] + arguments + part)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try checksums(wire) == checksums(direct))
    let (whole, excerpt) = (try ArchiveReader(opening: archive), try ArchiveReader(opening: wire))
    #expect(try ArchiveVerification(of: wire).isWhole && ArchiveVerification(of: direct).isWhole)
    for (stream, rate, first) in [(0, 512, 8 * 1021), (2, 64, 10 * 100)] {
      // Whole blocks: of 1021 samples the one from sample 8168 on holds 16 s x 512 Hz = 8192.
      let end = try excerpt.sampleCount(stream: stream)
      #expect(end >= 48 * rate && end < 48 * rate + 1021)
      let size = whole.streams[stream].sampleKind.size
      let old = try whole.samples(stream: stream, channel: 0, 0..<end)
      let new = try excerpt.samples(stream: stream, channel: 0, 0..<end)
      #expect(new[..<(first * size)].allSatisfy { $0.isNaN })
      for index in first * size..<end * size {
        #expect(new[index] == old[index] || (new[index].isNaN && old[index].isNaN))
      }
    }
    let left = try excerpt.samples(stream: 1, channel: 0, 0..<excerpt.sampleCount(stream: 1))
    #expect(left.count >= 48 * 40 && left.allSatisfy { $0.isNaN })
    // Integration 1 of `low`, 16 to 32 s, is that of the whole run for the node that has no gap of others in it.
    #expect(try excerpt.products(band: 0).allSatisfy { !$0.present[1] })
  }

  @Test("Sent twice, the second turn continues the first, into a hub that waits for twice the time")
  func loop() throws {
    let folder = try TemporaryFolder()
    let archive = try up("topologies/two-stations.yaml", folder.path + "/run")
    let twice = folder.path + "/twice.h5"
    let endpoint = "ipc://\(folder.path)/hub"
    let hub = try GnomonProcess([
      "hub", archive, "--archive", twice, "--endpoint", endpoint, "--set", "duration=64 s", "--quiet",
    ])
    let replay = try GnomonProcess.run(["replay", archive, "--hub", endpoint, "--loop", "2", "--quiet"])
    #expect(replay.status == 0, "\(replay.errors)")
    #expect(try hub.wait().status == 0)
    let (once, both) = (try ArchiveReader(opening: archive), try ArchiveReader(opening: twice))
    #expect(try ArchiveVerification(of: twice).findings.isEmpty)
    for stream in once.streams.indices {
      let count = try once.sampleCount(stream: stream)
      #expect(try both.sampleCount(stream: stream) == 2 * count)
      let old = try once.samples(stream: stream, channel: 0, 0..<count).map(\.bitPattern)
      #expect(try both.samples(stream: stream, channel: 0, 0..<count).map(\.bitPattern) == old)
      #expect(try both.samples(stream: stream, channel: 0, count..<2 * count).map(\.bitPattern) == old)
    }
  }

  @Test("A bit that changed is found, in the samples and in the matrices that were stored")
  func differences() throws {
    let folder = try TemporaryFolder()
    let archive = try up("topologies/two-stations.yaml", folder.path + "/run")
    let value = try ArchiveReader(opening: archive).samples(stream: 0, channel: 1, 3000..<3001)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: archive))
    let place = try #require(bytes.range(of: value.withUnsafeBytes { Data($0) }))
    bytes[place.lowerBound] ^= 1
    let damaged = folder.path + "/damaged.h5"
    try bytes.write(to: URL(fileURLWithPath: damaged))
    let (status, answer) = try check([damaged])
    #expect(status == 1 && answer["equal"] as? Bool == false)
    let found = try #require(answer["differences"] as? [[String: Any]])
    #expect(found.compactMap { $0["subject"] as? String } == ["stream triad", "band low"])
    let wire = try GnomonProcess.run(["replay", damaged, "--hub", "local"])
    #expect(wire.status == 1 && wire.errors.contains("CRC"), "\(wire.errors)")
  }

  @Test("Wrong use is refused with exit code 2, wrong input with 1, and both say what to do")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let archive = try up("topologies/two-stations.yaml", folder.path + "/run")
    for (arguments, status, words) in [
      (["--check", "--loop", "2", "--hub", "local"], 2, "does not go with"),
      (["--check", "--hub", "tcp://127.0.0.1:5"], 2, "--hub local"), (["--loop", "2"], 2, "give --hub"),
      (["--speed", "0", "--hub", "local"], 2, "positive"),
      (["--hub", "tcp://127.0.0.1:5", "--output", "x.h5"], 2, "leave --output out"),
      (["--nodes", "tried"], 1, "no node tried; it has triad, single"), (["--from", "40"], 1, "nothing of it"),
      (["--until", "soon"], 1, "UTC"), (["--output", archive], 1, "--force"),
      (["--output", archive, "--force"], 1, "archive that is read"),
      (["--hub", "local", "--output", archive, "--force"], 1, "archive that is read"),
      (["--hub", "tcp://10.0.0.1:5"], 1, "loopback"),
    ] as [([String], Int32, String)] {
      let result = try GnomonProcess.run(["replay", archive] + arguments)
      #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    #expect(try ArchiveVerification(of: archive).isWhole)
    let other = try up("topologies/two-stations.yaml", folder.path + "/other", ["--seed", "8"])
    let endpoint = "ipc://\(folder.path)/hub"
    let hub = try GnomonProcess(["hub", other, "--archive", folder.path + "/x.h5", "--endpoint", endpoint, "--quiet"])
    let result = try GnomonProcess.run(["replay", archive, "--hub", endpoint])
    #expect(result.status == 1 && result.errors.contains("different topologies"), "\(result.errors)")
    kill(hub.process.processIdentifier, SIGINT)
    _ = try hub.wait()
  }
}

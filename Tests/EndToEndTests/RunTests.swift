import Archive
import Foundation
import Testing
import ZeroMQ

private let quickstart = "topologies/quickstart.yaml"

/// Runs `gnomon up` on a shortened quickstart.
private func up(_ folder: String, seconds: Int = 120, _ more: [String] = []) throws -> GnomonProcess.Result {
  try GnomonProcess.run(
    ["up", quickstart, "--output", folder, "--set", "duration=\(seconds) s", "--no-report"] + more)
}

private func checksums(_ archive: String) throws -> (samples: String, products: String) {
  let stored = try #require(try ArchiveReader(opening: archive).checksums())
  return (stored.samples, stored.products)
}

@Suite("A whole network", .serialized)
struct RunTests {
  @Test("The same topology gives the same archive, bit for bit, in another order of starting and at another speed")
  func reproducible() throws {
    let folder = try TemporaryFolder()
    let first = try up(folder.path + "/a")
    #expect(first.status == 0, "\(first.errors)")
    let second = try up(
      folder.path + "/b",
      ["--start-order", "reverse", "--speed", "60", "--endpoint", "ipc://\(folder.path)/hub", "--workers", "1"])
    #expect(second.status == 0, "\(second.errors)")
    let (a, b) = (try checksums(folder.path + "/a/archive.h5"), try checksums(folder.path + "/b/archive.h5"))
    #expect(a == b)
    let other = try up(folder.path + "/c", ["--seed", "2"])
    #expect(other.status == 0, "\(other.errors)")
    let c = try checksums(folder.path + "/c/archive.h5")
    #expect(a.samples != c.samples)
    #expect(a.products != c.products)
  }

  @Test("A band is asked what its topology says: for a line no background is fitted, and none is left alone")
  func analyses() throws {
    let folder = try TemporaryFolder()
    let line = try up(folder.path + "/line", seconds: 60, ["--set", "bands[0].analysis=line"])
    #expect(line.status == 0, "\(line.errors)")
    #expect(line.output.contains("Band main: no line is found") && !line.output.contains("sotropic background"))
    let none = try up(folder.path + "/none", seconds: 60, ["--set", "bands[0].analysis=none"])
    #expect(none.status == 0 && !none.output.contains("Band main"), "\(none.errors)")
    let info = try GnomonProcess.run(["archive", "info", folder.path + "/none/archive.h5"])
    #expect(info.output.contains("dark-photons  isotropic-background  from sample 0  made by covariance-factor"))
  }

  @Test("The first samples do not depend on how long the run is")
  func prefix() throws {
    let folder = try TemporaryFolder()
    #expect(try up(folder.path + "/short", seconds: 20).status == 0)
    #expect(try up(folder.path + "/long", seconds: 40).status == 0)
    let short = try ArchiveReader(opening: folder.path + "/short/archive.h5")
    let long = try ArchiveReader(opening: folder.path + "/long/archive.h5")
    for stream in short.streams.indices {
      let count = try short.sampleCount(stream: stream)
      #expect(count == 20 * 512)
      let same = try long.samples(stream: stream, channel: 0, 0..<count)
      #expect(try short.samples(stream: stream, channel: 0, 0..<count) == same)
    }
  }

  @Test("SIGINT in mid-run leaves a whole archive whose accounting is its data", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let run = try GnomonProcess(["up", quickstart, "--output", folder.path + "/run", "--speed", "30", "--no-report"])
    let path = folder.path + "/run/archive.h5"
    let archived = try waitForSamples(5 * 8192, in: path, of: run)
    kill(run.process.processIdentifier, signal)
    let result = try run.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains(signal == SIGINT ? "SIGINT" : "SIGTERM"))

    let verification = try ArchiveVerification(of: path)
    #expect(verification.isWhole, "\(verification.findings)")
    let reader = try ArchiveReader(opening: path)
    #expect(try reader.status().description.hasPrefix("interrupted"))
    for (stream, row) in try reader.accounting().enumerated() {
      let count = try reader.sampleCount(stream: stream)
      #expect(row.sent == row.archived + row.declaredMissing)
      #expect(row.archived + row.declaredMissing == Int64(count))
      #expect(count < 600 * 512)
    }
    #expect(try reader.sampleCount(stream: 0) >= archived)
  }

  @Test("When one node dies, everything stops and the answer says which, how, and its last words")
  func deadNode() throws {
    let folder = try TemporaryFolder()
    let run = try GnomonProcess(["up", quickstart, "--output", folder.path + "/run", "--speed", "30", "--no-report"])
    let path = folder.path + "/run/archive.h5"
    try waitForSamples(8192, in: path, of: run)
    let victims = try children(of: run.process.processIdentifier, withArgument: "krakow01")
    let victim = try #require(victims.first)
    kill(victim, SIGKILL)
    let result = try run.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("node krakow01"))
    #expect(result.errors.contains("signal 9"))
    #expect(result.errors.contains("welcomed"))
    #expect(try children(of: run.process.processIdentifier, withArgument: "gnomon").isEmpty)
    #expect(try ArchiveVerification(of: path).isWhole)
    #expect(try ArchiveReader(opening: path).status() != .complete)
  }

  @Test("A killed supervisor leaves no process behind")
  func killedSupervisor() throws {
    let folder = try TemporaryFolder()
    let run = try GnomonProcess(["up", quickstart, "--output", folder.path + "/run", "--speed", "30", "--no-report"])
    let path = folder.path + "/run/archive.h5"
    try waitForSamples(8192, in: path, of: run)
    let family = try children(of: run.process.processIdentifier, withArgument: "gnomon")
    #expect(family.count == 13)
    kill(run.process.processIdentifier, SIGKILL)
    _ = try run.wait()
    // Each ends by itself when the supervisor's pipe does; the test's time limit is the only bound.
    for child in family { while kill(child, 0) == 0 {} }
    #expect(try ArchiveVerification(of: path).isWhole)
  }

  @Test("A run too short to fit keeps its archive and report, and says what is missing")
  func tooShort() throws {
    let folder = try TemporaryFolder()
    let result = try GnomonProcess.run(
      ["up", quickstart, "--output", folder.path + "/run", "--set", "duration=5 s"])
    #expect(result.status == 0)
    #expect(result.output.contains("nothing can be said") && result.output.contains("run longer"))
    #expect(result.output.contains("0 lost"))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/run/report.html"))
    #expect(try ArchiveVerification(of: folder.path + "/run/archive.h5").isWhole)
  }

  @Test("A busy port is named")
  func busyPort() throws {
    let folder = try TemporaryFolder()
    let context = try Context()
    let socket = try Socket(.router, in: context)
    let endpoint = try socket.bind("tcp://127.0.0.1:*")
    let result = try up(folder.path + "/run", ["--endpoint", endpoint])
    #expect(result.status == 1)
    #expect(result.errors.contains(endpoint))
    #expect(result.errors.contains("another process listens there"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run/archive.h5"))
  }

  @Test("An archive that is there is not overwritten without being asked")
  func existingArchive() throws {
    let folder = try TemporaryFolder()
    #expect(try up(folder.path, seconds: 20).status == 0)
    let before = try checksums(folder.path + "/archive.h5")
    let again = try up(folder.path, seconds: 20, ["--seed", "9"])
    #expect(again.status == 1)
    #expect(again.errors.contains("--replace"))
    #expect(try checksums(folder.path + "/archive.h5") == before)
    #expect(try up(folder.path, seconds: 20, ["--seed", "9", "--replace"]).status == 0)
    #expect(try checksums(folder.path + "/archive.h5") != before)
  }

  @Test("A folder that cannot be written is named")
  func readOnlyFolder() throws {
    let result = try up("/proc/gnomon-run")
    #expect(result.status == 1)
    #expect(result.errors.contains("/proc/gnomon-run"))
  }

  @Test(
    "On a full disk the run waits, says so, and goes on when there is space; no half archive passes for a whole one")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let mount = Process()
    mount.executableURL = URL(fileURLWithPath: "/bin/mount")
    mount.arguments = ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder.path]
    mount.standardError = FileHandle.nullDevice
    try mount.run()
    mount.waitUntilExit()
    guard mount.terminationStatus == 0 else {
      print("SKIPPED: the full disk is not tested: mounting a small tmpfs needs root")
      return
    }
    defer {
      let unmount = Process()
      unmount.executableURL = URL(fileURLWithPath: "/bin/umount")
      unmount.arguments = [folder.path]
      try? unmount.run()
      unmount.waitUntilExit()
    }
    let whole = try TemporaryFolder()
    #expect(try up(whole.path + "/run", seconds: 600).status == 0)
    let arguments = ["up", quickstart, "--set", "duration=600 s", "--no-report", "--output"]
    // A user who has no space to give stops the run.
    let stopped = try GnomonProcess(arguments + [folder.path + "/stopped"])
    try stopped.waitForErrors("no space left on the disk")
    kill(stopped.process.processIdentifier, SIGINT)
    let end = try stopped.wait()
    #expect(end.status == 1)
    #expect(!end.output.contains("Isotropic background"))
    if let reader = try? ArchiveReader(opening: folder.path + "/stopped/archive.h5") {
      #expect(try reader.status() != .complete)
    }
    try FileManager.default.removeItem(atPath: folder.path + "/stopped")
    // Another makes room.
    let run = try GnomonProcess(arguments + [folder.path + "/run"])
    try run.waitForErrors("no space left on the disk")
    let remount = Process()
    remount.executableURL = URL(fileURLWithPath: "/bin/mount")
    remount.arguments = ["-o", "remount,size=200m", folder.path]
    try remount.run()
    remount.waitUntilExit()
    let result = try run.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("the run goes on"))
    #expect(try checksums(folder.path + "/run/archive.h5") == checksums(whole.path + "/run/archive.h5"))
  }
}

/// Follows the archive of a run until it holds so many samples of the first stream.
/// - Returns: how many it holds.
@discardableResult
private func waitForSamples(_ wanted: Int, in path: String, of run: GnomonProcess) throws -> Int {
  // Asked of the system, because Foundation's word rests on a descriptor of this process, in which other suites spoil files.
  while isAlive(run.process.processIdentifier) {
    guard FileManager.default.fileExists(atPath: path), let reader = try? ArchiveReader(opening: path),
      let count = try? reader.sampleCount(stream: 0), count >= wanted
    else { continue }
    return count
  }
  let result = try run.wait()
  throw RunEnded(description: "the run ended with \(result.status) before there was data: \(result.errors)")
}

private func isAlive(_ process: Int32) -> Bool {
  guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return false }
  return !status.contains("State:\tZ")
}

private struct RunEnded: Error, CustomStringConvertible {
  var description: String
}

/// Processes whose parent is `parent` and whose command line contains `argument`.
private func children(of parent: Int32, withArgument argument: String) throws -> [Int32] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { process in
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let command = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
    else { return false }
    return status.contains("PPid:\t\(parent)\n") && command.contains(argument)
  }
}

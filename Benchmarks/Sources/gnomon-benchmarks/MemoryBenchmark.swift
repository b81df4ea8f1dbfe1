import Foundation
import Hub

/// Resident memory of a hub process and of a node process as the run gets longer.
enum MemoryBenchmark {
  /// The largest sizes in MiB that were seen of a process: resident in all, and of that what it shares with no other
  /// (the rest are pages of libraries).
  struct Size {
    var resident = 0.0
    var anonymous = 0.0

    mutating func include(status: String) {
      for line in status.split(separator: "\n") {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count > 1, let kibibytes = Double(words[1]) else { continue }
        if words[0] == "VmHWM:" { resident = max(resident, kibibytes / 1024) }
        if words[0] == "RssAnon:" { anonymous = max(anonymous, kibibytes / 1024) }
      }
    }
  }

  /// A hub and one node of the quickstart, for a run of `minutes` simulated minutes.
  static func run(minutes: Int, gnomon: String, folder: String) throws -> (hub: Size, node: Size) {
    let topology = "\(folder)/memory.yaml"
    var arguments = ["--set", "duration=\(minutes) min"]
    let quickstart = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("topologies/quickstart.yaml")
    try String(contentsOf: quickstart, encoding: .utf8).write(toFile: topology, atomically: true, encoding: .utf8)
    arguments += ["--output", "\(folder)/memory", "--replace", "--no-report", "--quiet", "--format", "json"]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: gnomon)
    process.arguments = ["up", topology] + arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var (hub, node) = (Size(), Size())
    while process.isRunning {
      for child in children(of: process.processIdentifier) {
        guard let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8),
          let command = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
        else { continue }
        if command.contains("\0hub\0") { hub.include(status: status) }
        if command.contains("\0node\0") { node.include(status: status) }
      }
      usleep(2000)
    }
    guard process.terminationStatus == 0 else {
      throw BenchmarkError(description: "the run of \(minutes) minutes ended with \(process.terminationStatus)")
    }
    return (hub, node)
  }

  private static func children(of parent: Int32) -> [Int32] {
    let text = (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
    // Any thread of the parent may have started the child.
    let lists = all.compactMap { try? String(contentsOfFile: "/proc/\(parent)/task/\($0)/children", encoding: .utf8) }
    return ([text] + lists).flatMap { $0.split(separator: " ").compactMap { Int32($0) } }
  }
}

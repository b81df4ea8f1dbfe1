import Foundation
import Synchronization

/// A node process that has no right to the name it asks for, and the log in which it says what it was told.
final class Intruder: Sendable {
  private let child: ChildProcess
  private let exit = Exited()

  private final class Exited: Sendable {
    let status = Mutex<Int32?>(nil)
  }

  /// - Parameters:
  ///   - node: the name that it takes.
  ///   - arguments: of `gnomon node` after the name: topology file, endpoint and others.
  init(node: String, executable: URL, arguments: [String], logPath: String) throws {
    child = try ChildProcess(
      name: "intruder \(node)", executable: executable, arguments: ["node", node] + arguments + ["--supervised"],
      logPath: logPath, onLine: { _ in }, onExit: { [exit] result in exit.status.withLock { $0 = result.status } })
  }

  /// What the hub told it; nil as long as it does not know.
  func outcome(of kind: ChaosFault.Kind) -> ChaosReport.Outcome? {
    let ended = exit.status.withLock { $0 }
    let log = (try? String(contentsOfFile: child.logPath, encoding: .utf8)) ?? ""
    // A second node tries for a while, as if it were the first one after a broken connection.
    let words = kind == .wrongTopology ? ["(topology)"] : ["is already sending", "(ended)"]
    if words.contains(where: log.contains) { return .refused }
    guard let ended else { return nil }
    return ended == 0 ? .welcomed : .tooLate
  }

  func end() { child.kill() }
}

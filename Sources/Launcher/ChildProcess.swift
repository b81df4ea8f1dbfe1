import Foundation
import Synchronization
import Threads

/// One process of the network on this machine, with its log in a file.
///
/// The child holds the reading end of a pipe from this process and ends when the pipe does, so that nothing is left behind
/// when this process is killed.
final class ChildProcess: Sendable {
  /// How the process ended.
  struct Exit: Sendable {
    var name: String
    var status: Int32
    var bySignal: Bool
  }

  let name: String
  let logPath: String
  private let process: Mutex<Process>
  private let lifeline = Pipe()

  /// Starts the process.
  /// - Parameters:
  ///   - continuesLog: keeps what the log has and appends.
  ///   - onLine: called with each line of its standard output, on a thread of its own.
  ///   - onExit: called once when it has ended and all its output is read.
  /// - Throws: what Foundation says when the program cannot be started or the log not be written.
  init(
    name: String, executable: URL, arguments: [String], logPath: String, continuesLog: Bool = false,
    onLine: @escaping @Sendable (String) -> Void, onExit: @escaping @Sendable (Exit) -> Void
  ) throws {
    self.name = name
    self.logPath = logPath
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = lifeline
    let output = Pipe()
    process.standardOutput = output
    guard continuesLog || FileManager.default.createFile(atPath: logPath, contents: nil),
      let log = FileHandle(forWritingAtPath: logPath)
    else {
      throw LaunchError.log(path: logPath)
    }
    _ = try? log.seekToEnd()
    process.standardError = log
    try process.run()
    try? log.close()
    let reading = output.fileHandleForReading
    let running = UncheckedProcess(process)
    self.process = Mutex(process)
    _ = Worker("\(name) output") {
      var rest = Data()
      readToEnd(of: reading.fileDescriptor) { data in
        rest.append(data)
        while let newline = rest.firstIndex(of: 10) {
          onLine(String(decoding: rest[rest.startIndex..<newline], as: UTF8.self))
          rest = Data(rest[(newline + 1)...])
        }
      }
      // The handle closes the descriptor with its own end.
      withExtendedLifetime(reading) {}
      running.process.waitUntilExit()
      onExit(
        Exit(
          name: name, status: running.process.terminationStatus,
          bySignal: running.process.terminationReason == .uncaughtSignal))
    }
  }

  var identifier: Int32 { process.withLock { $0.processIdentifier } }

  var isRunning: Bool { process.withLock { $0.isRunning } }

  /// Asks the process to end in good order.
  func terminate() {
    process.withLock { if $0.isRunning { $0.terminate() } }
  }

  /// Ends the process at once.
  func kill() { signal(SIGKILL) }

  /// Sends a signal, unless the process has ended.
  func signal(_ signal: Int32) {
    process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, signal) } }
  }

  /// The last lines of the process's log.
  func lastLogLines(_ count: Int) -> [String] {
    guard let text = try? String(contentsOfFile: logPath, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").suffix(count).map(String.init)
  }
}

/// Carries a process to the thread that waits for its end; waiting and signalling are safe from different threads.
private struct UncheckedProcess: @unchecked Sendable {
  let process: Process
  init(_ process: Process) { self.process = process }
}

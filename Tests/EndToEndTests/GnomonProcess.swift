import Foundation
import Testing

/// The real executable, run as a user would.
struct GnomonProcess {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The `gnomon` that was built beside these tests.
  static let executable: URL = {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("gnomon")
  }()

  /// The top folder of the package.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  let process = Process()
  private let output = Pipe()
  private let folder: TemporaryFolder
  private var errorsPath: String { "\(folder.path)/errors" }

  /// Starts `gnomon` with arguments.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    _ = FileManager.default.createFile(atPath: errorsPath, contents: nil)
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = Self.package
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: errorsPath)
    try process.run()
  }

  /// What the process has written to standard error so far.
  var errors: String { (try? String(contentsOfFile: errorsPath, encoding: .utf8)) ?? "" }

  /// Waits until standard error has a text.
  func waitForErrors(_ text: String, seconds: Double = 60) throws {
    try waitUntil("\(process.arguments?.first ?? "") says \"\(text)\"", seconds: seconds) {
      if errors.contains(text) { return true }
      guard process.isRunning else {
        throw DeadlinePassed(description: "ended without saying \"\(text)\": \(errors)")
      }
      return false
    }
  }

  func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Kills the process and waits until it is gone.
  func killNow() {
    signal(SIGKILL)
    process.waitUntilExit()
  }

  /// Waits for the end and collects the output; what hangs is killed after ten minutes, so that it fails here, by name.
  func wait() throws -> Result {
    let identifier = process.processIdentifier
    let rescue = DispatchWorkItem { kill(identifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 600, execute: rescue)
    defer { rescue.cancel() }
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self), errors: errors)
  }

  /// Runs to the end.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
    try GnomonProcess(arguments, environment: environment).wait()
  }
}

/// Waits for something that happens elsewhere, looking again and again.
/// - Throws: ``DeadlinePassed`` when it has not happened in time.
func waitUntil(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    guard .now < deadline else { throw DeadlinePassed(description: "not within \(seconds) s: \(what)") }
    poll(nil, 0, 2)
  }
}

struct DeadlinePassed: Error, CustomStringConvertible {
  var description: String
}

/// A folder that is deleted with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file into the folder and returns its path.
  func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}

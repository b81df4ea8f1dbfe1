import Archive
import ArgumentParser
import Foundation
import Logging
import Topology

/// The topology file and what overrides it, for every command that reads one.
struct TopologyArguments: ParsableArguments {
  @Argument(help: "The topology file (YAML), or an archive, whose topology is then taken.")
  var topology: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Override a value of the file, such as nodes[0].rate='256 Hz'; may be repeated.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Override the seed (environment: GNOMON_SEED).")
  var seed: UInt64?

  @Option(help: "Override the speed: max, 1 for real time, or any factor (environment: GNOMON_SPEED).")
  var speed: String?

  /// Overrides in ascending precedence: environment, then flags.
  var allOverrides: [String] {
    let environment = ProcessInfo.processInfo.environment
    var list: [String] = []
    if let seed = environment["GNOMON_SEED"] { list.append("seed=\(seed)") }
    if let speed = environment["GNOMON_SPEED"] { list.append("speed=\(speed)") }
    list += overrides
    if let seed { list.append("seed=\(seed)") }
    if let speed { list.append("speed=\(speed)") }
    return list
  }

  /// Whether the file is an archive: it begins as every file of HDF5 does.
  var isArchive: Bool {
    let signature = Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    guard let file = FileHandle(forReadingAtPath: topology) else { return false }
    return (try? file.read(upToCount: signature.count)) == signature
  }

  /// Reads and checks the file; warnings go to standard error.
  func load() throws -> NetworkTopology {
    let text: String
    let isArchive = isArchive
    if isArchive { try CrashGuard.look(at: topology, with: ["archive", "info", topology]) }
    do {
      text =
        isArchive
        ? try ArchiveReader(opening: topology).topology().canonicalText
        : try String(contentsOfFile: topology, encoding: .utf8)
    } catch let error as ArchiveError {
      throw error
    } catch {
      throw CommandError("\(topology): cannot be read: \(describe(error))")
    }
    let result = NetworkTopology.parse(text: text, file: topology, overrides: allOverrides)
    for warning in result.warnings { complain("\(warning)") }
    guard let network = result.topology, result.faults.isEmpty else {
      for fault in result.faults { complain("\(fault)") }
      let count = result.faults.count
      throw CommandError("\(topology): \(count) \(count == 1 ? "fault" : "faults"); nothing was started")
    }
    return network
  }
}

/// How much the command says about its work.
struct LoggingArguments: ParsableArguments {
  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  @Flag(help: "Log every step to standard error.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// A logger to standard error.
  func logger(_ label: String) -> Logger {
    var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = quiet ? .error : verbose ? .debug : .info
    return logger
  }
}

extension LoggingArguments {
  /// A logger for work that a progress line describes: only warnings, unless everything is asked for.
  func quietLogger(_ label: String) -> Logger {
    var logger = logger(label)
    if !verbose { logger.logLevel = quiet ? .error : .warning }
    return logger
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

/// A failure of a command that says all there is to say.
struct CommandError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Writes a line to standard error.
func complain(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Prints a value as JSON.
func printJSON(_ value: some Encodable) throws {
  print(try jsonText(value))
}

/// A value as JSON for people and programs.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// What went wrong, in words, for errors of Foundation too.
func describe(_ error: any Error) -> String {
  let cocoa = error as NSError
  if let reason = (cocoa.userInfo[NSUnderlyingErrorKey] as? NSError).map({ String(cString: strerror(Int32($0.code))) })
  {
    return reason
  }
  return type(of: error) is NSError.Type ? cocoa.localizedDescription : "\(error)"
}

/// A name for a run that sorts by time.
func runIdentifier(_ topology: String) -> String {
  let formatter = DateFormatter()
  formatter.locale = Locale(identifier: "en_US_POSIX")
  formatter.timeZone = TimeZone(identifier: "UTC")
  formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
  return "\(topology)-\(formatter.string(from: Date()))"
}

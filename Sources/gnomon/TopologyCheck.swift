import ArgumentParser
import Foundation
import Topology

/// `gnomon topology check`: all faults of the files in one run, or a summary of each network.
struct TopologyCheck: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks topology files; exit code 1 when one has a fault.")

  @Argument(help: "Topology files.", completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  @Option(name: .customLong("set"), help: "Replaces a value: key.path=value, such as nodes.mainz01.rate='256 Hz'.")
  var overrides: [String] = []

  @Flag(help: "Accepts a hub that listens where other machines can reach it.")
  var insecure = false

  @Option(help: "How to print the result.")
  var format: Format = .text

  func run() throws {
    var reports: [Report] = []
    for file in files {
      do {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        let parsed = NetworkTopology.parse(
          text: text, file: file, overrides: overrides, allowsOpenEndpoint: insecure)
        reports.append(Report(file: file, parsed: parsed))
      } catch {
        reports.append(Report(file: file, unreadable: error))
      }
    }
    switch format {
    case .text:
      for report in reports { report.print() }
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(reports), as: UTF8.self))
    }
    if !reports.allSatisfy(\.valid) { throw ExitCode.failure }
  }
}

/// What there is to say about one file.
private struct Report: Encodable {
  var file: String
  var valid: Bool
  var faults: [TopologyFault]
  var warnings: [TopologyFault]
  var summary: TopologySummary?

  init(file: String, parsed: ParsedTopology) {
    self.file = file
    valid = parsed.topology != nil
    (faults, warnings) = (parsed.faults, parsed.warnings)
    summary = parsed.topology.map(TopologySummary.init)
  }

  init(file: String, unreadable error: any Error) {
    self.file = file
    valid = false
    faults = [
      TopologyFault(
        location: SourceLocation(file: file, line: 1, column: 1), key: "",
        reason: "cannot be read: \((error as NSError).localizedDescription)",
        remedy: "check the path and its permissions")
    ]
    warnings = []
  }

  /// Faults and warnings on standard error, the summary on standard output.
  func print() {
    for fault in faults + warnings {
      FileHandle.standardError.write(Data("\(fault)\n".utf8))
    }
    if let summary {
      Swift.print(summary.text)
    } else {
      let count = faults.count
      FileHandle.standardError.write(Data("\(file): \(count) fault\(count == 1 ? "" : "s")\n".utf8))
    }
  }
}

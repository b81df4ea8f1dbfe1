import Foundation
import Topology

/// The text of signals that an option gives, or whose file it names.
struct SignalText {
  let text: String
  /// Where it comes from, for faults.
  let file: String

  /// - Parameters:
  ///   - source: a file, or YAML in braces, in brackets or of several lines.
  ///   - option: that has the source, such as `--signal`.
  /// - Throws: ``CommandError`` when the file cannot be read.
  init(_ source: String, option: String) throws {
    let isText = source.contains("\n") || source.hasPrefix("{") || source.hasPrefix("[")
    file = isText ? option : source
    do {
      text = isText ? source : try String(contentsOfFile: source, encoding: .utf8)
    } catch {
      throw CommandError("\(source): cannot be read: \(describe(error))")
    }
  }

  /// The signals, as the network of a topology can have them; warnings and faults go to standard error.
  /// - Parameters:
  ///   - topology: of the network.
  ///   - consequence: what a fault means, such as `nothing was injected`.
  /// - Throws: ``CommandError`` when there are faults.
  func signals(for topology: NetworkTopology, orElse consequence: String) throws -> [Signal] {
    let parsed = topology.parseSignals(text: text, file: file)
    for warning in parsed.warnings { complain("\(warning)") }
    for fault in parsed.faults { complain("\(fault)") }
    guard parsed.faults.isEmpty else {
      let count = parsed.faults.count
      throw CommandError("\(file): \(count) \(count == 1 ? "fault" : "faults"); \(consequence)")
    }
    return parsed.signals
  }
}

import ArgumentParser
import Foundation
import Node
import Protocol
import Security
import Sky

/// `gnomon inject --live`: asks the hub of a running network.
struct LiveInjection {
  /// An endpoint, or the folder of a run of `gnomon up`.
  var hub: String
  var request: ControlMessage.InjectionRequest
  var security: SecurityArguments
  /// Whose key is used.
  var operatorName: String

  /// When the change is in the data, as people read it.
  private struct Answer: Encodable {
    var run: String
    /// UTC.
    var from: String
    var secondsFromEpoch: Double
    var changes: [ControlMessage.Injected.Change]
    var away: [String]
  }

  /// Sends the request and prints the answer.
  func run(format: OutputFormat) throws {
    let endpoint = try endpoint()
    try security.check(endpoint)
    guard ControlMessage.request(request).encoded().count <= ControlMessage.sizeLimit else {
      throw CommandError("the signals are longer than the \(ControlMessage.sizeLimit) bytes of a message: send fewer")
    }
    let keys = try security.folder.map { try PeerKeys(folder: $0, role: .operator, name: operatorName) }
    let injected = try InjectionClient.send(request, to: endpoint, keys: keys)
    for warning in injected.warnings { complain(warning) }
    let answer = Answer(
      run: injected.run, from: GPSTime(nanoseconds: injected.fromGPSNanoseconds).utcString,
      secondsFromEpoch: Double(injected.fromNanoseconds) / 1e9, changes: injected.changes, away: injected.away)
    switch format {
    case .json: try printJSON(answer)
    case .text: print(describe(answer))
    }
  }

  private func endpoint() throws -> String {
    guard !hub.contains("://") else { return hub }
    let path = "\(hub)/endpoint"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandError(
        "\(hub) is neither an endpoint such as tcp://127.0.0.1:5555 nor the folder of a run: \(path) cannot be read")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func describe(_ answer: Answer) -> String {
    var lines = ["run        \(answer.run)", "from       \(answer.from), \(answer.secondsFromEpoch) s after the epoch"]
    for change in answer.changes {
      lines.append("\(change.kind == "start" ? "begins    " : "ends      ") \(change.name)")
      for (node, sample) in change.firstSamples.sorted(by: { $0.key < $1.key }) {
        let settled = change.steadySamples[node].map {
          change.kind == "start" ? ", steady from \($0)" : ", gone from \($0)"
        }
        lines.append("  \(node): from sample \(sample)\(settled ?? "")")
      }
    }
    if !answer.away.isEmpty {
      lines.append(
        "away       \(answer.away.joined(separator: ", ")): carried from the same time on when they come back")
    }
    return lines.joined(separator: "\n")
  }
}

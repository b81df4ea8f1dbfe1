import Foundation

/// What a hub process tells whoever started it: one line of JSON each on its standard output.
public enum HubEvent: Sendable, Codable {
  /// Nodes can connect at this endpoint.
  case listening(endpoint: String)
  case progress(HubProgress.Snapshot)
  case finished(Hub.Outcome)

  /// The event as one line of JSON, without a newline.
  public func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads a line; nil when it is no event.
  public init?(line: String) {
    guard let event = try? JSONDecoder().decode(HubEvent.self, from: Data(line.utf8)) else { return nil }
    self = event
  }
}

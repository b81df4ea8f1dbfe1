import Foundation
import ZeroMQ

/// The public keys that a hub admits, each bound to a name and to what its owner may do.
///
/// One line of text for every key: `node NAME PUBLIC-KEY`, `spectator NAME PUBLIC-KEY` or `operator NAME PUBLIC-KEY`; lines
/// that begin with `#` and empty ones say nothing.
public struct AllowList: Hashable, Sendable {
  /// What the owner of a key may do.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Send the stream of the node of its name.
    case node
    /// Watch.
    case spectator
    /// Put signals into the running network, at the door of the nodes.
    case `operator`
  }

  public struct Entry: Hashable, Sendable {
    public var role: Role
    public var name: String

    public init(role: Role, name: String) {
      self.role = role
      self.name = name
    }
  }

  /// Entries by public key (Z85).
  public private(set) var entries: [String: Entry] = [:]

  public init() {}

  /// Reads a list.
  /// - Parameters:
  ///   - text: the list's lines.
  ///   - path: its file, for errors.
  /// - Throws: ``KeyError/allowList(path:line:problem:)``.
  public init(text: String, path: String) throws(KeyError) {
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      func fault(_ problem: String) -> KeyError { .allowList(path: path, line: number + 1, problem: problem) }
      guard words.count == 3 else { throw fault("\(words.count) words where three are due") }
      guard let role = Role(rawValue: first) else { throw fault("'\(first)' is no role") }
      guard CurveKeyPair.isKey(words[2]) else { throw fault("'\(words[2])' is no public key") }
      guard entries[words[2]] == nil else { throw fault("the key is in the list already") }
      entries[words[2]] = Entry(role: role, name: words[1])
    }
  }

  /// Adds a key, or gives it to another name.
  public mutating func admit(_ publicKey: String, as entry: Entry) {
    entries[publicKey] = entry
  }

  /// Takes away all keys of a name.
  public mutating func withdraw(_ entry: Entry) {
    entries = entries.filter { $0.value != entry }
  }

  /// The list as its file holds it, sorted by role and name.
  public var text: String {
    let lines = entries.sorted {
      ($0.value.role.rawValue, $0.value.name, $0.key) < ($1.value.role.rawValue, $1.value.name, $1.key)
    }.map { "\($0.value.role.rawValue) \($0.value.name) \($0.key)\n" }
    return "# Public keys that the hub admits: role, name, key.\n" + lines.joined()
  }
}

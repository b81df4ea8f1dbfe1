import Foundation
import ZeroMQ

/// The keys of one network in a folder.
///
///     hub.key  hub.key_secret            the hub's
///     nodes/NAME.key, .key_secret        one pair for every node
///     spectators/NAME.key, .key_secret   one pair for every spectator
///     operators/NAME.key, .key_secret    one pair for everyone who may put signals in
///     allowed-keys                       whom the hub admits
///
/// The hub's machine needs `hub.key_secret` and `allowed-keys`; that of a node `hub.key` and the node's own secret key.
public struct KeyFolder: Hashable, Sendable {
  public var path: String

  public init(path: String) {
    self.path = path
  }

  public var hubPublic: KeyFile { KeyFile(path: path + "/hub.key") }
  public var hubSecret: KeyFile { KeyFile(path: path + "/hub.key_secret") }
  public var allowListPath: String { path + "/allowed-keys" }

  /// The file with the secret key of a node, spectator or operator.
  public func secret(_ role: AllowList.Role, _ name: String) -> KeyFile {
    KeyFile(path: "\(path)/\(role.rawValue)s/\(name).key_secret")
  }

  /// Whom the hub admits.
  /// - Throws: ``KeyError``.
  public func allowList() throws(KeyError) -> AllowList {
    let text: String
    do {
      text = try String(contentsOfFile: allowListPath, encoding: .utf8)
    } catch {
      throw .unreadable(path: allowListPath, reason: String(cString: strerror(errno)))
    }
    return try AllowList(text: text, path: allowListPath)
  }

  /// Makes the keys of a network that are not there yet, and the list that admits them.
  ///
  /// - Parameters:
  ///   - nodes: names of nodes.
  ///   - spectators: names of spectators.
  ///   - operators: names of those who may put signals into the running network.
  ///   - replacing: makes new keys also for who has some; the old ones are no longer admitted.
  /// - Returns: the paths of the files that were made.
  /// - Throws: ``KeyError``.
  public func makeKeys(
    nodes: [String], spectators: [String], operators: [String] = [], replacing: Bool
  ) throws(KeyError) -> [String] {
    for name in nodes + spectators + operators where !Self.isName(name) { throw .name(name) }
    var made: [String] = []
    for folder in ["", "/nodes", "/spectators", "/operators"] {
      do {
        try FileManager.default.createDirectory(
          atPath: path + folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      } catch {
        throw .unwritable(path: path + folder, reason: error.localizedDescription)
      }
    }
    func make(_ stem: String) throws(KeyError) -> String? {
      let secret = KeyFile(path: stem + ".key_secret")
      guard replacing || !FileManager.default.fileExists(atPath: secret.path) else { return nil }
      let keys: CurveKeyPair
      do {
        keys = try CurveKeyPair()
      } catch {
        throw .unwritable(path: secret.path, reason: error.description)
      }
      try secret.write(keys, withSecret: true)
      try KeyFile(path: stem + ".key").write(keys, withSecret: false)
      made += [stem + ".key_secret", stem + ".key"]
      return keys.publicKey
    }
    _ = try make(path + "/hub")
    var list = FileManager.default.fileExists(atPath: allowListPath) ? try allowList() : AllowList()
    for (role, names) in [(AllowList.Role.node, nodes), (.spectator, spectators), (.operator, operators)] {
      for name in names {
        guard let key = try make("\(path)/\(role.rawValue)s/\(name)") else { continue }
        let entry = AllowList.Entry(role: role, name: name)
        list.withdraw(entry)
        list.admit(key, as: entry)
      }
    }
    try writeFile(list.text, to: allowListPath, permissions: 0o644)
    made.append(allowListPath)
    return made
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains($0))
      }
  }
}

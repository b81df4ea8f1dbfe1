import ArgumentParser
import Foundation
import Security

/// Keys, for every command that talks to another process.
struct SecurityArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Encrypt with the keys in this folder, made by gnomon keys (environment: GNOMON_KEYS). Needed for addresses that \
      other machines reach.
      """, valueName: "folder"))
  var keys: String?

  @Flag(help: "Serve other machines without keys: whoever reaches the port can send and read.")
  var insecure = false

  /// The folder of keys, when there is one.
  var folder: KeyFolder? {
    (keys ?? ProcessInfo.processInfo.environment["GNOMON_KEYS"]).map(KeyFolder.init(path:))
  }

  /// Refuses addresses that other machines reach, unless the connection is encrypted or the user insists.
  func check(_ endpoint: String) throws {
    let isLocal =
      endpoint.hasPrefix("ipc://")
      || ["tcp://127.", "tcp://localhost:", "tcp://[::1]:"].contains { endpoint.hasPrefix($0) }
    guard isLocal || folder != nil || insecure else {
      throw CommandError(
        "\(endpoint) is no loopback address, and the connection would not be encrypted: make keys with gnomon keys and "
          + "name their folder with --keys, or give --insecure when all who can reach it may send and read")
    }
  }

  /// The arguments as a child process is to be given them.
  var forwarded: [String] {
    (folder.map { ["--keys", $0.path] } ?? []) + (insecure ? ["--insecure"] : [])
  }
}

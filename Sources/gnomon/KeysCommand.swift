import ArgumentParser
import Foundation
import Security
import Topology

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Makes the keys with which hub and nodes of a network know each other across machines.",
    discussion: """
      Writes one CURVE key pair for the hub, for every node of the topology and for every --spectator and --operator \
      into a folder, and allowed-keys, the list of public keys that the hub admits, each bound to its name. Keys \
      that are there already are kept, so the command can be run again when a node joins.

      The hub is started with --keys FOLDER. A node on another machine needs, in a folder of its own, hub.key and its own \
      nodes/NAME.key_secret; it is started with --keys too. Files ending in _secret must stay where they are used.
      """)

  @Argument(help: "The topology file (YAML) whose nodes get keys.")
  var topology: String

  @Option(name: .shortAndLong, help: "The folder.")
  var output = "keys"

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Also make a key with which to watch; may be repeated.", valueName: "name"))
  var spectator: [String] = []

  @Option(
    name: .customLong("operator"), parsing: .singleValue,
    help: ArgumentHelp(
      "Also make a key with which signals can be put into the running network; may be repeated.", valueName: "name"))
  var operators: [String] = []

  @Flag(help: "Make new keys for all, also for those that have some; the old ones are no longer admitted.")
  var replace = false

  @Option(help: "Output: one path a line, or JSON.")
  var format = OutputFormat.text

  func run() throws {
    let arguments = try TopologyArguments.parse([topology])
    let network = try arguments.load()
    let made = try KeyFolder(path: output).makeKeys(
      nodes: network.nodes.map(\.name), spectators: spectator, operators: operators, replacing: replace)
    switch format {
    case .text: print(made.joined(separator: "\n"))
    case .json: try printJSON(made)
    }
  }
}

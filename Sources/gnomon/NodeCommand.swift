import ArgumentParser
import Foundation
import Node
import Security
import Threads
import Topology

struct NodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node",
    abstract: "Simulates one sensor of a topology and streams its samples to a hub.",
    discussion: """
      Computes its own share of the common fields from the topology and the seed alone. SIGINT or SIGTERM ends the stream \
      early and in good order.
      """)

  @Argument(help: "Name of the node in the topology.")
  var name: String

  @OptionGroup var input: TopologyArguments
  @OptionGroup var logging: LoggingArguments
  @OptionGroup var security: SecurityArguments

  @Option(help: "Where the hub listens, such as tcp://127.0.0.1:5555; default: the topology's endpoint.")
  var hub: String?

  @Option(help: "Output: a sentence at the end, or JSON.")
  var format = OutputFormat.text

  @Flag(help: .hidden)
  var supervised = false

  func run() throws {
    let topology = try input.load()
    let endpoint = hub ?? topology.hub.endpoint
    guard !endpoint.hasSuffix(":*") else {
      throw CommandError("the hub's port is not fixed by the topology: name it with --hub tcp://127.0.0.1:PORT")
    }
    try security.check(endpoint)
    let keys = try security.folder.map { try PeerKeys(folder: $0, role: .node, name: name) }
    let node = try NodeRunner(name, topology: topology, endpoint: endpoint, keys: keys, logger: logging.logger(name))
    let termination = Termination(supervised: supervised) { node.stop(reason: $0) }
    let summary = try node.run()
    withExtendedLifetime(termination) {}
    switch format {
    case .json: try printJSON(summary)
    case .text:
      let fate =
        if let archived = summary.archived, let missing = summary.missing {
          "\(archived) archived, \(missing) declared missing"
        } else {
          "all acknowledged"
        }
      print("\(summary.node): \(summary.samples) samples sent, \(fate) (\(summary.reason))")
    }
  }
}

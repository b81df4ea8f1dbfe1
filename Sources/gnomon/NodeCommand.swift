import ArgumentParser
import Foundation
import Node
import Security
import Threads
import Topology

struct NodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node",
    abstract: "Simulates a sensor of a topology, or several, and streams its samples to a hub.",
    discussion: """
      Computes its own share of the common fields from the topology and the seed alone. SIGINT or SIGTERM ends the stream \
      early and in good order.

      When the hub goes away, the node looks for it until the topology's hub.outage is over and then sends from the block \
      on that the hub asks for. About 4 MiB wait in memory; a node whose time does not wait for the hub (speed: 1) wants a \
      --spool on disk.

      Several nodes in one process need less memory than a process each; when one of them fails all end, as if killed.
      """)

  @Argument(help: "Name of the node in the topology; or several, separated by commas.")
  var name: String

  @OptionGroup var input: TopologyArguments
  @OptionGroup var logging: LoggingArguments
  @OptionGroup var security: SecurityArguments

  @Option(help: "Where the hub listens, such as tcp://127.0.0.1:5555; default: the topology's endpoint.")
  var hub: String?

  @Option(
    help: "Folder for blocks that the hub has not acknowledged: neither its absence nor this process's death loses any."
  )
  var spool: String?

  @Option(help: ArgumentHelp("Most that the spool may hold; then the node waits for the hub.", valueName: "MiB"))
  var spoolLimit = 1024

  @Option(help: "Output: a sentence at the end, or JSON.")
  var format = OutputFormat.text

  @Flag(help: .hidden)
  var supervised = false

  func validate() throws {
    guard (1...(1 << 30)).contains(spoolLimit) else { throw ValidationError("--spool-limit must be positive") }
  }

  func run() throws {
    let topology = try input.load()
    let endpoint = hub ?? topology.hub.endpoint
    guard !endpoint.hasSuffix(":*") else {
      throw CommandError("the hub's port is not fixed by the topology: name it with --hub tcp://127.0.0.1:PORT")
    }
    try security.check(endpoint)
    let list = names(in: name)
    guard !list.isEmpty, Set(list).count == list.count else {
      throw CommandError("'\(name)' names no node, or one twice: give names separated by commas")
    }
    let nodes = NodeGroup(
      try list.map { name in
        let keys = try security.folder.map { try PeerKeys(folder: $0, role: .node, name: name) }
        let runner = try NodeRunner(
          name, topology: topology, endpoint: endpoint, keys: keys,
          spool: spool.map { .init(folder: $0, limit: spoolLimit << 20) }, logger: logging.logger(name))
        return (name, runner)
      })
    let termination = Termination(supervised: supervised) { nodes.stop(reason: $0) }
    let summaries = try nodes.run()
    withExtendedLifetime(termination) {}
    switch format {
    case .json: if summaries.count == 1 { try printJSON(summaries[0]) } else { try printJSON(summaries) }
    case .text: for summary in summaries { print(describe(summary)) }
    }
  }

  private func describe(_ summary: StreamSender.Summary) -> String {
    let fate =
      if let archived = summary.archived, let missing = summary.missing {
        "\(archived) archived, \(missing) declared missing"
      } else {
        "all acknowledged"
      }
    return "\(summary.node): \(summary.samples) samples sent, \(fate) (\(summary.reason))"
  }
}

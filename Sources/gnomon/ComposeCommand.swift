import ArgumentParser
import Foundation
import Launcher
import Topology

struct ComposeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose",
    abstract: "Prints the docker-compose file that runs a topology as containers.",
    discussion: """
      One container for the hub and one for every node, on a private network, with CURVE keys that a service of their own \
      makes at the first start. The topology is in the file, with all overrides: the file needs nothing but the image \
      (docker/Dockerfile). The archive is the one of gnomon up, bit for bit.

        gnomon compose topologies/quickstart.yaml > compose.yaml && docker compose up
      """)

  @OptionGroup var input: TopologyArguments

  @Option(help: "The image that docker/Dockerfile builds.")
  var image = "gnomon:\(Gnomon.version)"

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Make a key with which to watch, and show the run to who has it; may be repeated.", valueName: "name"))
  var spectator: [String] = []

  @Option(
    help: ArgumentHelp(
      "Let other machines reach the hub at this address of the host, such as 0.0.0.0; default: nobody outside.",
      valueName: "address"))
  var publish: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Leave this node out: it runs on another machine; may be repeated.", valueName: "node"))
  var without: [String] = []

  @Option(help: ArgumentHelp("Put this many nodes into one container.", valueName: "nodes"))
  var scaleBy = 1

  @Option(help: ArgumentHelp("Most memory of the hub.", valueName: "MiB"))
  var hubMemory = 4096

  @Option(help: ArgumentHelp("Most memory of each node.", valueName: "MiB"))
  var nodeMemory = 512

  func validate() throws {
    guard scaleBy > 0 else { throw ValidationError("--scale-by must be positive") }
    guard hubMemory >= 64, nodeMemory >= 64 else {
      throw ValidationError("--hub-memory and --node-memory must be 64 MiB or more")
    }
    if let publish, !Self.isAddress(publish) {
      throw ValidationError("--publish takes an IPv4 address of this host, or 0.0.0.0 for all of them")
    }
  }

  func run() throws {
    let file = try ComposeFile(
      topology: try input.load(),
      options: .init(
        image: image, spectators: spectator, publish: publish, elsewhere: Set(without), nodesPerContainer: scaleBy,
        hubMemory: hubMemory, nodeMemory: nodeMemory))
    print(try file.text(), terminator: "")
  }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

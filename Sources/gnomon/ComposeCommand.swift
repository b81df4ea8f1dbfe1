import Archive
import ArgumentParser
import Foundation
import Launcher
import Security
import Topology

struct ComposeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose",
    abstract: "Prints the file that runs a topology as containers: for docker-compose, Swarm or Kubernetes.",
    discussion: """
      One container for the hub and one for every node, on a private network, with CURVE keys that a service of their own \
      makes at the first start. The topology is in the file, with all overrides: the file needs nothing but the image \
      (docker/Dockerfile). The archive is the one of gnomon up, bit for bit.

        gnomon compose topologies/quickstart.yaml > compose.yaml && docker compose up
        gnomon compose run.h5 --replay run.h5 > compose.yaml        replayers in place of the nodes
        gnomon compose FILE --inject stream.yaml > compose.yaml     then a copy of the archive with a signal put in
        gnomon compose FILE --chaos 7 --speed 60 > compose.yaml     containers that are killed and stopped on purpose

      Over several hosts (--format stack, for docker stack deploy) and for Kubernetes the keys are made before:

        gnomon keys FILE --output keys
        gnomon compose FILE --format stack --keys keys > stack.yaml
        gnomon compose FILE --format kubernetes --keys keys > network.yaml
      """)

  @OptionGroup var input: TopologyArguments

  @Option(help: "What reads the file.")
  var format = Format.compose

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

  @Option(help: ArgumentHelp("Put this many nodes into one container, as one process.", valueName: "nodes"))
  var scaleBy = 1

  @Option(help: ArgumentHelp("Send this archive again, in place of what nodes compute.", valueName: "archive"))
  var replay: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Put a signal into a copy of the finished archive, injected.h5 beside it: a file or YAML in braces, as for gnomon \
      inject; may be repeated.
      """, valueName: "file|yaml"))
  var inject: [String] = []

  @Option(
    help: ArgumentHelp(
      "Let every container be killed or stopped three times by the schedule of this seed; a last one verifies the archive.",
      valueName: "seed"))
  var chaos: UInt64?

  @Option(
    help: ArgumentHelp(
      "Folder with the keys of gnomon keys, for stack and kubernetes (environment: GNOMON_KEYS; default: keys).",
      valueName: "folder"))
  var keys: String?

  @Option(help: ArgumentHelp("Most memory of the hub.", valueName: "MiB"))
  var hubMemory = 4096

  @Option(help: ArgumentHelp("Most memory of each node.", valueName: "MiB"))
  var nodeMemory = 512

  @Option(help: ArgumentHelp("Room for the archive that is claimed of Kubernetes.", valueName: "GiB"))
  var storage = 10

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case compose, stack, kubernetes
  }

  func validate() throws {
    guard scaleBy > 0 else { throw ValidationError("--scale-by must be positive") }
    guard hubMemory >= 64, nodeMemory >= 64 else {
      throw ValidationError("--hub-memory and --node-memory must be 64 MiB or more")
    }
    guard storage > 0 else { throw ValidationError("--storage must be positive") }
    if let publish, !Self.isAddress(publish) {
      throw ValidationError("--publish takes an IPv4 address of this host, or 0.0.0.0 for all of them")
    }
    guard format != .compose else {
      guard keys == nil else {
        throw ValidationError("--keys goes with --format stack and kubernetes: here the service setup makes them")
      }
      return
    }
    guard replay == nil, inject.isEmpty, chaos == nil else {
      throw ValidationError("--replay, --inject and --chaos go with --format compose")
    }
    guard format != .stack || publish == nil || publish == "0.0.0.0" else {
      throw ValidationError("a stack publishes on all addresses of the hub's host: --publish 0.0.0.0")
    }
    guard format != .kubernetes || (publish == nil && without.isEmpty) else {
      throw ValidationError("--publish and --without do not go with --format kubernetes: write a Service of your own")
    }
  }

  func run() throws {
    let topology = try input.load()
    var options = ContainerNetwork.Options(image: image)
    options.spectators = spectator
    options.publish = publish
    options.elsewhere = Set(without)
    options.nodesPerContainer = scaleBy
    options.hubMemory = hubMemory
    options.nodeMemory = nodeMemory
    options.replay = try replay.map { try readReplay($0, topology) }
    options.signals = try inject.map { source in
      let signal = try SignalText(source, option: "--inject")
      _ = try signal.signals(for: topology, orElse: "nothing was written")
      return signal.text
    }
    options.chaos = chaos
    let network = try ContainerNetwork(topology: topology, options: options)
    let folder = KeyFolder(path: keys ?? ProcessInfo.processInfo.environment["GNOMON_KEYS"] ?? "keys")
    let text =
      switch format {
      case .compose: try ComposeFile(network).text()
      case .stack: try StackFile(network, keys: folder).text()
      case .kubernetes: try KubernetesManifests(network, keys: folder, storage: storage).text()
      }
    print(text, terminator: "")
  }

  /// The archive to be replayed, which must be one of the topology; speed alone may differ.
  private func readReplay(_ path: String, _ topology: NetworkTopology) throws -> ContainerNetwork.Replay {
    try CrashGuard.look(at: path, with: ["archive", "info", path])
    var archived = try ArchiveReader(opening: path).topology()
    archived.speed = topology.speed
    guard archived == topology else {
      throw CommandError(
        "\(path): this archive is of another topology than \(input.topology), or of other overrides: "
          + "gnomon compose \(path) --replay \(path) takes its own")
    }
    return .init(archive: URL(fileURLWithPath: path).standardizedFileURL.path, speed: input.speed ?? "max")
  }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

import Foundation
import Topology

/// A whole topology as containers, whatever runs them: who shares a container, and what each one is told to do.
public struct ContainerNetwork: Sendable {
  /// What the topology does not say.
  public struct Options: Sendable {
    /// Name of the image that docker/Dockerfile builds.
    public var image: String
    /// Names of spectators who get a key; without any, nothing is shown.
    public var spectators: [String] = []
    /// Address of the host at which the hub can be reached from outside; nil for the private network only.
    public var publish: String?
    /// Nodes that run elsewhere: they get keys, but no container.
    public var elsewhere: Set<String> = []
    /// Nodes in one container, all of them in one process.
    public var nodesPerContainer = 1
    /// Most memory of the hub's container, and for each node, in MiB.
    public var hubMemory = 4096
    public var nodeMemory = 512
    /// An archive that is sent once more in place of what nodes would compute.
    public var replay: Replay?
    /// Signals to put into the finished archive, as YAML.
    public var signals: [String] = []
    /// Seed of faults that every container does to itself; nil for none.
    public var chaos: UInt64?

    /// The defaults: every node in a container of its own, and nothing published.
    public init(image: String) {
      self.image = image
    }
  }

  /// An archive to send.
  public struct Replay: Sendable {
    /// Its path on the machine that runs the containers.
    public var archive: String
    /// `max`, or a factor as text.
    public var speed: String

    /// An archive and how fast it is sent.
    public init(archive: String, speed: String) {
      self.archive = archive
      self.speed = speed
    }
  }

  /// Nodes that share a container.
  struct Group: Sendable {
    var service: String
    var nodes: [String]
  }

  /// Ports of the hub in its container: for nodes, and for spectators.
  static let ports = (nodes: 5555, spectators: 5556)
  /// Where containers see things.
  static let archivePath = "/archive/archive.h5"
  static let replayedPath = "/replayed.h5"
  /// Seconds that a hub needs to close its archive beside its patience with nodes that are away.
  private static let closingTime = 40
  /// Linux refuses to start a process with an environment variable of more than 128 KiB; some of them are needed to name it.
  private static let longestPiece = 120 << 10
  /// Kubernetes takes no more in a ConfigMap, and Linux at most twice that in all variables of a process.
  private static let longestTopology = 1 << 20

  let topology: NetworkTopology
  let options: Options
  let topologyText: String
  /// Environment variables that have the topology together, in order: TOPOLOGY, TOPOLOGY_2 ...
  let topologyPieces: [(name: String, text: String)]
  let groups: [Group]

  /// Puts nodes into containers.
  /// - Parameters:
  ///   - topology: with all overrides; its canonical text goes with the containers.
  ///   - options: what the topology does not say.
  /// - Throws: ``ContainerError/unknownNode(_:known:)`` or ``ContainerError/tooLong(bytes:limit:)``.
  public init(topology: NetworkTopology, options: Options) throws(ContainerError) {
    let names = topology.nodes.map(\.name)
    if let stranger = options.elsewhere.subtracting(names).min() {
      throw .unknownNode(stranger, known: names)
    }
    self.topology = topology
    self.options = options
    topologyText = topology.canonicalText
    let length = topologyText.utf8.count
    guard length <= Self.longestTopology else { throw .tooLong(bytes: length, limit: Self.longestTopology) }
    topologyPieces = Self.pieces(of: topologyText)
    let local = names.filter { !options.elsewhere.contains($0) }
    let size = max(options.nodesPerContainer, 1)
    if size == 1 {
      groups = local.map { Group(service: "node-\($0)", nodes: [$0]) }
    } else {
      groups = stride(from: 0, to: local.count, by: size).enumerated().map { number, first in
        Group(service: "nodes-\(number + 1)", nodes: Array(local[first..<min(first + size, local.count)]))
      }
    }
  }

  /// Cuts a text at ends of lines.
  private static func pieces(of text: String) -> [(name: String, text: String)] {
    var pieces = [""]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if pieces[pieces.count - 1].utf8.count + line.utf8.count >= longestPiece { pieces.append("") }
      pieces[pieces.count - 1] += line + "\n"
    }
    return pieces.enumerated().map { ($0 == 0 ? "TOPOLOGY" : "TOPOLOGY_\($0 + 1)", $1) }
  }

  var nodeCount: Int { groups.reduce(0) { $0 + $1.nodes.count } }

  /// Ports that the hub listens on.
  var hubPorts: [Int] { [Self.ports.nodes] + (options.spectators.isEmpty ? [] : [Self.ports.spectators]) }

  /// Arguments of gnomon in the hub's container.
  func hubCommand(topology: String, keys: String) -> [String] {
    var command = ["hub", options.replay == nil ? topology : Self.replayedPath, "--archive", Self.archivePath]
    command += ["--endpoint", "tcp://0.0.0.0:\(Self.ports.nodes)", "--keys", keys]
    if !options.spectators.isEmpty { command += ["--spectators", "tcp://0.0.0.0:\(Self.ports.spectators)"] }
    return command
  }

  /// The command that says whether the hub is well.
  func healthCommand(topology: String) -> [String] {
    ["gnomon", "hub", topology, "--archive", Self.archivePath, "--health"]
  }

  /// Arguments of gnomon in a container of nodes.
  func nodeCommand(_ group: Group, hub: String, topology: String, keys: String) -> [String] {
    let names = group.nodes.joined(separator: ",")
    let endpoint = ["--hub", "tcp://\(hub):\(Self.ports.nodes)", "--keys", keys]
    guard let replay = options.replay else {
      return ["node", names, topology] + endpoint + ["--spool", "/state/spool"]
    }
    return ["replay", Self.replayedPath, "--nodes", names, "--speed", replay.speed] + endpoint
  }

  /// Seconds that a hub which is told to stop may take: it waits for nodes that are away no longer than its patience.
  var hubGrace: Int { Int(topology.hub.patience.rounded(.up)) + Self.closingTime }
}

/// Why a topology cannot become containers.
public enum ContainerError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownNode(String, known: [String])
  case tooLong(bytes: Int, limit: Int)
  case keys(reason: String, folder: String)

  public var description: String {
    switch self {
    case .unknownNode(let name, let known):
      "no node of the topology is called '\(name)'; its nodes are \(known.joined(separator: ", "))"
    case .tooLong(let bytes, let limit):
      "the resolved topology has \(bytes) bytes, but a container can be given only \(limit): start hub and nodes by hand "
        + "with gnomon hub and gnomon node"
    case .keys(let reason, let folder):
      "\(reason); this format needs the keys of all nodes: make them with gnomon keys TOPOLOGY --output \(folder)"
    }
  }
}

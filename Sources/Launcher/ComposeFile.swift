import Foundation
import Topology
import Yams

/// A whole topology as containers: the file that `docker compose` reads.
///
/// A service `setup` runs once, without a network: it makes the CURVE keys that are not there yet and gives every other
/// service, in a volume of its own, the topology and no other keys than it needs. So no node's container holds the secret of
/// the hub or of another node. Then the hub starts, and the nodes when it listens. All but `setup` run without privileges, on
/// a read-only root. The same topology and options give the same text; Compose 1.29 and version 2 read it.
public struct ComposeFile: Sendable {
  /// What the topology does not say.
  public struct Options: Sendable {
    /// Name of the image that docker/Dockerfile builds.
    public var image: String
    /// Names of spectators who get a key; without any, nothing is shown.
    public var spectators: [String]
    /// Address of the host at which the hub can be reached from outside; nil for the private network only.
    public var publish: String?
    /// Nodes that run elsewhere: they get keys, but no container.
    public var elsewhere: Set<String>
    /// Nodes in one container.
    public var nodesPerContainer: Int
    /// Most memory of the hub's container, and for each node, in MiB.
    public var hubMemory: Int
    public var nodeMemory: Int

    public init(
      image: String, spectators: [String] = [], publish: String? = nil, elsewhere: Set<String> = [],
      nodesPerContainer: Int = 1, hubMemory: Int = 4096, nodeMemory: Int = 512
    ) {
      self.image = image
      self.spectators = spectators
      self.publish = publish
      self.elsewhere = elsewhere
      self.nodesPerContainer = nodesPerContainer
      self.hubMemory = hubMemory
      self.nodeMemory = nodeMemory
    }
  }

  /// Ports of the hub in its container: for nodes, and for spectators.
  public static let ports = (nodes: 5555, spectators: 5556)
  /// Linux refuses to start a process with a longer environment variable.
  private static let longestVariable = 128 << 10

  private let topology: NetworkTopology
  private let options: Options
  private let topologyText: String
  /// The containers of nodes: service and names.
  private let groups: [(service: String, nodes: [String])]

  /// - Throws: ``ComposeError``.
  public init(topology: NetworkTopology, options: Options) throws(ComposeError) {
    let names = topology.nodes.map(\.name)
    if let stranger = options.elsewhere.subtracting(names).min() {
      throw .unknownNode(stranger, known: names)
    }
    self.topology = topology
    self.options = options
    topologyText = topology.canonicalText
    // The text becomes NAME=TEXT and a zero byte.
    let length = topologyText.utf8.count + 16
    guard length < Self.longestVariable else { throw .tooLong(bytes: length, limit: Self.longestVariable) }
    let local = names.filter { !options.elsewhere.contains($0) }
    let size = max(options.nodesPerContainer, 1)
    if size == 1 {
      groups = local.map { ("node-\($0)", [$0]) }
    } else {
      groups = stride(from: 0, to: local.count, by: size).enumerated().map { number, first in
        ("nodes-\(number + 1)", Array(local[first..<min(first + size, local.count)]))
      }
    }
  }

  /// The file's text.
  /// - Throws: what Yams says when it cannot write it.
  public func text() throws -> String {
    var services: [(Yams.Node, Yams.Node)] = [("setup", setup), ("hub", hub)]
    services += groups.map { (.init($0.service), nodes($0.service, $0.nodes)) }
    let volumes = ["network", "archive", "hub"] + groups.map(\.service)
    let root: Yams.Node = [
      "services": .mapping(.init(services)),
      "networks": ["private": ["driver": "bridge", "internal": flag(options.publish == nil)]],
      "volumes": .mapping(.init(volumes.map { (.init($0), .mapping(.init([]))) })),
    ]
    return """
      # \(topology.name): a hub and \(groups.flatMap(\.nodes).count) nodes as containers. Written by gnomon compose.
      #
      #   docker compose -f THIS-FILE up       run it; GNOMON_SEED and GNOMON_SPEED in the environment override the topology
      #   docker compose -f THIS-FILE down     stop it; `up` goes on where it stopped. `down -v` also deletes archive and keys

      """ + (try Yams.serialize(node: root, width: -1, sortKeys: false))
  }

  private var setup: Yams.Node {
    let services = ["hub"] + groups.map(\.service)
    var command = ["/usr/local/lib/gnomon/setup-network"]
    for name in options.spectators { command += ["--spectator", name] }
    command += groups.map { "\($0.service)=\($0.nodes.joined(separator: ","))" }
    return [
      "image": quoted(options.image),
      "entrypoint": list(command),
      "environment": ["TOPOLOGY": .scalar(.init(escaped(topologyText), .init(.str), .literal))],
      // Root, to give each service files of its own; with no more power than that, and no network.
      "user": quoted("0:0"),
      "network_mode": quoted("none"),
      "read_only": flag(true),
      "cap_drop": list(["ALL"]),
      "cap_add": list(["CHOWN", "DAC_OVERRIDE", "FOWNER"]),
      "security_opt": list(["no-new-privileges:true"]),
      "tmpfs": list(["/tmp"]),
      "volumes": list(["network:/network"] + services.map { "\($0):/services/\($0)" }),
      "restart": quoted("no"),
      "mem_limit": quoted("256m"),
      "pids_limit": number(64),
    ]
  }

  private var hub: Yams.Node {
    let archive = ["/state/topology.yaml", "--archive", "/archive/archive.h5"]
    var command = ["hub"] + archive + ["--endpoint", "tcp://0.0.0.0:\(Self.ports.nodes)", "--keys", "/state/keys"]
    var ports = [Self.ports.nodes]
    if !options.spectators.isEmpty {
      command += ["--spectators", "tcp://0.0.0.0:\(Self.ports.spectators)"]
      ports.append(Self.ports.spectators)
    }
    var entries = service(command: command, memory: options.hubMemory)
    if let address = options.publish {
      entries.append(("ports", list(ports.map { "\(address):\($0):\($0)" })))
    }
    entries += [
      ("volumes", list(["hub:/state", "archive:/archive"])),
      (
        "healthcheck",
        [
          "test": list(["CMD", "gnomon", "hub"] + archive + ["--health"]),
          "interval": quoted("3s"), "timeout": quoted("20s"), "retries": number(5), "start_period": quoted("120s"),
        ]
      ),
      ("depends_on", ["setup": ["condition": quoted("service_completed_successfully")]]),
      // A hub that is told to stop waits for nodes that are away no longer than its patience.
      ("stop_grace_period", quoted("\(Int(topology.hub.patience.rounded(.up)) + 40)s")),
    ]
    return .mapping(.init(entries))
  }

  private func nodes(_ name: String, _ nodes: [String]) -> Yams.Node {
    let hub = "tcp://hub:\(Self.ports.nodes)"
    let isSingle = options.nodesPerContainer <= 1
    var entries = service(
      command: isSingle
        ? [
          "node", nodes[0], "/state/topology.yaml", "--hub", hub, "--keys", "/state/keys", "--spool",
          "/state/spool/\(nodes[0])",
        ] : [hub] + nodes, memory: options.nodeMemory * nodes.count)
    if !isSingle { entries.append(("entrypoint", list(["/usr/local/lib/gnomon/run-nodes"]))) }
    entries += [
      ("cpus", number(1)),
      ("volumes", list(["\(name):/state"])),
      (
        "depends_on",
        [
          "setup": ["condition": quoted("service_completed_successfully")],
          "hub": ["condition": quoted("service_healthy")],
        ]
      ),
      // SIGTERM would end the stream for good. A container that stops is only away: its spool keeps what the hub has not
      // acknowledged, and it goes on from there.
      ("stop_signal", quoted("SIGKILL")),
    ]
    return .mapping(.init(entries))
  }

  /// What hub and nodes have in common.
  private func service(command: [String], memory: Int) -> [(Yams.Node, Yams.Node)] {
    [
      ("image", quoted(options.image)),
      ("command", list(command)),
      // Taken from whoever calls Compose. OpenBLAS has other kernels, with other last bits, for each type of processor.
      ("environment", list(["GNOMON_SEED", "GNOMON_SPEED", "OPENBLAS_CORETYPE"])),
      ("networks", list(["private"])),
      ("read_only", flag(true)),
      ("cap_drop", list(["ALL"])),
      ("security_opt", list(["no-new-privileges:true"])),
      ("tmpfs", list(["/tmp"])),
      ("restart", quoted("on-failure:10")),
      ("mem_limit", quoted("\(memory)m")),
      ("pids_limit", number(1024)),
    ]
  }

  private func quoted(_ text: String) -> Yams.Node {
    .scalar(.init(escaped(text), .init(.str), .doubleQuoted))
  }

  private func list(_ texts: [String]) -> Yams.Node {
    .sequence(.init(texts.map(quoted), .implicit, .flow))
  }

  private func number(_ value: Int) -> Yams.Node { .scalar(.init("\(value)", .init(.int))) }

  private func flag(_ value: Bool) -> Yams.Node { .scalar(.init("\(value)", .init(.bool))) }

  /// Compose replaces `$NAME` in every text.
  private func escaped(_ text: String) -> String { text.replacingOccurrences(of: "$", with: "$$") }
}

/// Why a topology cannot become a compose file.
public enum ComposeError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownNode(String, known: [String])
  case tooLong(bytes: Int, limit: Int)

  public var description: String {
    switch self {
    case .unknownNode(let name, let known):
      "no node of the topology is called '\(name)'; its nodes are \(known.joined(separator: ", "))"
    case .tooLong(let bytes, let limit):
      "the resolved topology has \(bytes) bytes, but a container can be given only \(limit): start hub and nodes by hand "
        + "with gnomon hub and gnomon node"
    }
  }
}

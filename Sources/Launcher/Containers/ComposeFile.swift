import Foundation
import Topology
import Yams

/// A network as one file for `docker compose` that needs nothing beside it.
///
/// A service `setup` runs once, without a network: it makes the CURVE keys that are not there yet and gives every other
/// service, in a volume of its own, the topology and no other keys than it needs. So no node's container holds the secret of
/// the hub or of another node. Then the hub starts, and the nodes when it listens. All but `setup` run without privileges, on
/// a read-only root. The same topology and options give the same text; Compose 1.29 and version 2 read it.
public struct ComposeFile: Sendable {
  private let network: ContainerNetwork

  /// Threads that every container but the setup may have; a node has four.
  private static let leastThreads = 1024

  /// Describes a network for Compose.
  public init(_ network: ContainerNetwork) {
    self.network = network
  }

  private var options: ContainerNetwork.Options { network.options }
  private var groups: [ContainerNetwork.Group] { network.groups }

  /// The file's text.
  /// - Throws: what Yams says when it cannot write it.
  public func text() throws -> String {
    var services = [("setup", setup), ("hub", hub)]
    services += groups.map { ($0.service, nodes($0)) }
    if !options.signals.isEmpty { services.append(("inject", inject)) }
    if options.chaos != nil { services.append(("verify", verify)) }
    let volumes = ["network", "archive", "hub"] + groups.map(\.service)
    let root = Yams.Node.entries([
      ("services", .entries(services)),
      ("networks", ["private": ["driver": "bridge", "internal": .flag(options.publish == nil)]]),
      ("volumes", .entries(volumes.map { ($0, .nothing) })),
    ])
    let overrides =
      options.replay == nil ? "GNOMON_SEED, GNOMON_SPEED and GNOMON_IMAGE" : "GNOMON_ARCHIVE and GNOMON_IMAGE"
    return """
      # \(network.topology.name): a hub and \(network.nodeCount) nodes as containers. Written by gnomon compose.
      #
      #   docker compose -f THIS-FILE up       run it; \(overrides) in the environment override the file
      #   docker compose -f THIS-FILE down     stop it; `up` goes on where it stopped. `down -v` also deletes archive and keys

      """ + (try root.file())
  }

  private var image: Yams.Node { .text("${GNOMON_IMAGE:-\(options.image.keptFromSubstitution)}") }

  private var setup: Yams.Node {
    var command = ["/usr/local/lib/gnomon/setup-network"]
    for name in options.spectators { command += ["--spectator", name] }
    command += groups.map { "\($0.service)=\($0.nodes.joined(separator: ","))" }
    return [
      "image": image,
      "entrypoint": .texts(command),
      "environment": .entries(network.topologyPieces.map { ($0.name, .lines($0.text.keptFromSubstitution)) }),
      // Root, to give each service files of its own; with no more power than that, and no network.
      "user": .text("0:0"),
      "network_mode": .text("none"),
      "read_only": .flag(true),
      "cap_drop": .texts(["ALL"]),
      "cap_add": .texts(["CHOWN", "DAC_OVERRIDE", "FOWNER"]),
      "security_opt": .texts(["no-new-privileges:true"]),
      "tmpfs": .texts(["/tmp"]),
      "volumes": .texts(["network:/network"] + (["hub"] + groups.map(\.service)).map { "\($0):/services/\($0)" }),
      "restart": .text("no"),
      "mem_limit": .text("256m"),
      "pids_limit": .number(64),
    ]
  }

  private var hub: Yams.Node {
    let topology = "/state/topology.yaml"
    var entries = service(
      "hub", command: network.hubCommand(topology: topology, keys: "/state/keys"), memory: options.hubMemory,
      volumes: ["hub:/state", "archive:/archive"])
    if let address = options.publish {
      entries.append(("ports", .texts(network.hubPorts.map { "\(address):\($0):\($0)" })))
    }
    entries += [
      (
        "healthcheck",
        [
          "test": .texts(["CMD"] + network.healthCommand(topology: topology)),
          "interval": .text("3s"), "timeout": .text("20s"), "retries": .number(5), "start_period": .text("120s"),
        ]
      ),
      ("depends_on", ["setup": Self.whenDone]),
      ("stop_grace_period", .text("\(network.hubGrace)s")),
    ]
    return .entries(entries)
  }

  private func nodes(_ group: ContainerNetwork.Group) -> Yams.Node {
    var entries = service(
      group.service,
      command: network.nodeCommand(group, hub: "hub", topology: "/state/topology.yaml", keys: "/state/keys"),
      memory: options.nodeMemory * group.nodes.count, threads: max(Self.leastThreads, 8 * group.nodes.count),
      volumes: ["\(group.service):/state"])
    entries += [
      ("cpus", .number(1)),
      ("depends_on", ["setup": Self.whenDone, "hub": ["condition": .text("service_healthy")]]),
      // SIGTERM would end the stream for good. A container that stops is only away: its spool keeps what the hub has not
      // acknowledged, and it goes on from there.
      ("stop_signal", .text("SIGKILL")),
    ]
    return .entries(entries)
  }

  /// Puts the signals into a copy of the finished archive.
  private var inject: Yams.Node {
    let signals = options.signals.flatMap { ["--signal", $0.hasSuffix("\n") ? $0 : $0 + "\n"] }
    return tool(["inject", ContainerNetwork.archivePath, "--output", "/archive/injected.h5"] + signals)
  }

  /// Says whether the archive of a network that was disturbed is whole.
  private var verify: Yams.Node { tool(["archive", "verify", ContainerNetwork.archivePath]) }

  /// What is done with the finished archive.
  private func tool(_ command: [String]) -> Yams.Node {
    .entries(
      confined(command: command, memory: options.hubMemory) + [
        ("network_mode", .text("none")),
        ("restart", .text("no")),
        ("volumes", .texts(["archive:/archive"])),
        ("depends_on", ["hub": Self.whenDone]),
      ])
  }

  private static var whenDone: Yams.Node { ["condition": .text("service_completed_successfully")] }

  /// What hub and nodes have in common.
  private func service(
    _ name: String, command: [String], memory: Int, threads: Int = Self.leastThreads, volumes: [String]
  ) -> [(String, Yams.Node)] {
    var entries = confined(command: command, memory: memory, threads: threads)
    if let chaos = options.chaos {
      entries.append(("entrypoint", .texts(["/usr/local/lib/gnomon/disturbed", "\(chaos)", name])))
    }
    var mounts = volumes.map(Yams.Node.text)
    if let replay = options.replay {
      mounts.append([
        "type": .text("bind"), "source": .text("${GNOMON_ARCHIVE:-\(replay.archive.keptFromSubstitution)}"),
        "target": .text(ContainerNetwork.replayedPath), "read_only": .flag(true),
      ])
    }
    entries += [
      ("networks", .texts(["private"])),
      ("restart", .text("on-failure:10")),
      ("volumes", .items(mounts)),
    ]
    return entries
  }

  /// What all but the setup have in common.
  private func confined(
    command: [String], memory: Int, threads: Int = Self.leastThreads
  ) -> [(String, Yams.Node)] {
    // Taken from whoever calls Compose. OpenBLAS has other kernels, with other last bits, for each type of processor.
    let environment = (options.replay == nil ? ["GNOMON_SEED", "GNOMON_SPEED"] : []) + ["OPENBLAS_CORETYPE"]
    return [
      ("image", image),
      ("command", .texts(command.map(\.keptFromSubstitution))),
      ("environment", .texts(environment)),
      ("read_only", .flag(true)),
      ("cap_drop", .texts(["ALL"])),
      ("security_opt", .texts(["no-new-privileges:true"])),
      ("tmpfs", .texts(["/tmp"])),
      ("mem_limit", .text("\(memory)m")),
      ("pids_limit", .number(threads)),
    ]
  }
}

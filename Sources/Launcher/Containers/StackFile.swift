import Foundation
import Security
import Yams

/// A network as a stack of Docker Swarm, whose services run on several hosts.
///
/// Services of a stack cannot wait for each other and share no volumes, so the keys are there before it starts: files that
/// Swarm hands out as secrets, to each container those that it needs. Nodes that come before the hub are started again.
/// `docker compose` reads the file as well, version 1.29 and 2.
public struct StackFile: Sendable {
  private let network: ContainerNetwork
  private let keys: KeyFolder

  /// Describes a network for Swarm.
  /// - Parameters:
  ///   - network: what is to run.
  ///   - keys: where the keys are, now and as seen from the folder of the file.
  /// - Throws: ``ContainerError/keys(reason:folder:)`` when one is not there.
  public init(_ network: ContainerNetwork, keys: KeyFolder) throws(ContainerError) {
    self.network = network
    self.keys = keys
    _ = try ContainerKeys(network, in: keys)
  }

  /// The file's text.
  /// - Throws: what Yams says when it cannot write it.
  public func text() throws -> String {
    let services = [("hub", hub)] + network.groups.map { ($0.service, nodes($0)) }
    let folder = keys.path.hasPrefix("/") || keys.path.hasPrefix(".") ? keys.path : "./" + keys.path
    func secret(_ file: String) -> Yams.Node { ["file": .text("\(folder)/\(file)".keptFromSubstitution)] }
    var secrets = [
      ("hub-key", secret("hub.key")), ("hub-secret", secret("hub.key_secret")),
      ("allowed-keys", secret("allowed-keys")),
    ]
    secrets += network.groups.flatMap(\.nodes).map { ("node-\($0)", secret("nodes/\($0).key_secret")) }
    let volumes = ["archive"] + network.groups.map(\.service)
    // A node of Yams does not keep its anchor alive.
    let anchors = network.topologyPieces.map { Anchor(rawValue: $0.name) }
    defer { withExtendedLifetime(anchors) {} }
    let topology = zip(network.topologyPieces, anchors).map { piece, anchor in
      ("x-\(piece.name)", Yams.Node.lines(piece.text.keptFromSubstitution, anchor: anchor))
    }
    // Swarm refuses a file without a version; version 2 of Compose says that it no longer needs one.
    let root = Yams.Node.entries(
      [("version", .text("3.8"))] + topology + [
        ("services", .entries(services)),
        // An overlay network in a stack.
        ("networks", ["private": ["internal": .flag(network.options.publish == nil)]]),
        ("volumes", .entries(volumes.map { ($0, .nothing) })),
        ("secrets", .entries(secrets)),
      ])
    let name = network.topology.name
    return """
      # \(name): a hub and \(network.nodeCount) nodes for Docker Swarm. Written by gnomon compose.
      #
      #   docker stack deploy -c THIS-FILE \(name)     run it; GNOMON_SEED, GNOMON_SPEED and GNOMON_IMAGE override the file,
      #                                          GNOMON_HUB_PLACEMENT says where the hub runs, such as node.hostname == desk
      #   docker stack rm \(name)                      stop it; the archive stays in a volume of the hub's host

      """ + (try root.file())
  }

  private var hub: Yams.Node {
    var entries = service(
      command: network.hubCommand(topology: "/tmp/topology.yaml", keys: "/tmp/keys"),
      memory: network.options.hubMemory,
      // The archive is in a volume of one host.
      constraint: "${GNOMON_HUB_PLACEMENT:-node.role == manager}", volume: "archive:/archive",
      secrets: [("hub-key", "hub.key"), ("hub-secret", "hub.key_secret"), ("allowed-keys", "allowed-keys")])
    if network.options.publish != nil {
      let ports = network.hubPorts.map { port -> Yams.Node in
        ["target": .number(port), "published": .number(port), "protocol": .text("tcp"), "mode": .text("host")]
      }
      entries.append(("ports", .items(ports)))
    }
    entries += [
      (
        "healthcheck",
        [
          "test": .texts(["CMD"] + network.healthCommand(topology: "/tmp/topology.yaml")),
          "interval": .text("3s"), "timeout": .text("20s"), "retries": .number(5), "start_period": .text("120s"),
        ]
      ),
      ("stop_grace_period", .text("\(network.hubGrace)s")),
    ]
    return .entries(entries)
  }

  private func nodes(_ group: ContainerNetwork.Group) -> Yams.Node {
    .entries(
      service(
        command: network.nodeCommand(group, hub: "hub", topology: "/tmp/topology.yaml", keys: "/tmp/keys"),
        memory: network.options.nodeMemory * group.nodes.count, constraint: "node.platform.os == linux",
        volume: "\(group.service):/state",
        secrets: [("hub-key", "hub.key")] + group.nodes.map { ("node-\($0)", "node.\($0).key_secret") })
        // A container that stops is only away: its spool keeps what the hub has not acknowledged.
        + [("stop_signal", .text("SIGKILL"))])
  }

  /// What hub and nodes have in common; secrets are pairs of a name and a file name.
  private func service(
    command: [String], memory: Int, constraint: String, volume: String, secrets: [(String, String)]
  ) -> [(String, Yams.Node)] {
    let inherited = ["GNOMON_SEED", "GNOMON_SPEED", "OPENBLAS_CORETYPE"]
    let files = secrets.map { name, file -> Yams.Node in
      // The user of the image, and 0400.
      [
        "source": .text(name), "target": .text(file), "uid": .text("10001"), "gid": .text("10001"),
        "mode": .number(256),
      ]
    }
    return [
      ("image", .text("${GNOMON_IMAGE:-\(network.options.image.keptFromSubstitution)}")),
      ("entrypoint", .texts(["/usr/local/lib/gnomon/orchestrated"])),
      ("command", .texts(command.map(\.keptFromSubstitution))),
      (
        "environment",
        .entries(
          network.topologyPieces.map { ($0.name, .alias(.init(.init(rawValue: $0.name)))) }
            + inherited.map { ($0, .scalar(.init("", .init(.null)))) })
      ),
      ("networks", .texts(["private"])),
      ("secrets", .items(files)),
      // Swarm passes over `tmpfs:`.
      ("volumes", .items([.text(volume), ["type": "tmpfs", "target": "/tmp"]])),
      ("read_only", .flag(true)),
      ("cap_drop", .texts(["ALL"])),
      (
        "deploy",
        [
          "replicas": .number(1),
          // One task each: no virtual address before it.
          "endpoint_mode": .text("dnsrr"),
          "placement": ["constraints": .texts([constraint])],
          "restart_policy": ["condition": .text("on-failure"), "delay": .text("2s")],
          "resources": ["limits": ["memory": .text("\(memory)M")]],
        ]
      ),
    ]
  }
}

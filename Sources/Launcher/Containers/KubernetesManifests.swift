import Foundation
import Security
import Yams

/// A network as manifests of Kubernetes: the hub a StatefulSet with a claim for its archive, nodes Deployments, the topology a
/// ConfigMap, and the keys Secrets, of which each pod sees those that it needs.
///
/// Kubernetes starts again whatever ends, so containers stay when their work is done: the hub's pod gives out the archive.
public struct KubernetesManifests: Sendable {
  private let network: ContainerNetwork
  private let keys: ContainerKeys
  private let storage: Int
  /// What names begin with.
  private let prefix: String
  private let groupNames: [String]

  /// The user of the image.
  private static let user = 10001
  private static let longestName = 63
  private static let topologyPath = "/config/topology.yaml"

  /// Describes a network for Kubernetes.
  /// - Parameters:
  ///   - network: what is to run.
  ///   - keys: where the keys are; the manifests contain them.
  ///   - storage: GiB to claim for the archive.
  /// - Throws: ``ContainerError/keys(reason:folder:)`` when one is not there.
  public init(_ network: ContainerNetwork, keys: KeyFolder, storage: Int) throws(ContainerError) {
    self.network = network
    self.storage = storage
    self.keys = try ContainerKeys(network, in: keys)
    let prefix = String(Self.label(network.topology.name).prefix(Self.longestName - 20))
    let names = network.groups.map { Self.label("\(prefix)-\($0.service)") }
    let areUsable = Set(names).count == names.count && names.allSatisfy { $0.utf8.count <= Self.longestName }
    self.prefix = prefix
    groupNames = areUsable ? names : names.indices.map { "\(prefix)-nodes-\($0 + 1)" }
  }

  /// The text of all manifests.
  /// - Throws: what Yams says when it cannot write it.
  public func text() throws -> String {
    let pods = zip(groupNames, network.groups).flatMap { name, group in
      [secret(name, nodeKeys(group)), deployment(name, group)]
    }
    let hubKeys = [("hub.key", keys.hubPublic), ("hub.key_secret", keys.hubSecret), ("allowed-keys", keys.allowed)]
    let all = [configuration, secret(hubName, hubKeys), claim, hubService, policy, hub] + pods
    let name = network.topology.name
    return """
      # \(name): a hub and \(network.nodeCount) nodes for Kubernetes. Written by gnomon compose. SECRET: the keys are in it.
      #
      #   kubectl apply -f THIS-FILE
      #   kubectl create configmap \(prefix)-environment --from-literal GNOMON_SEED=7     before that: another seed
      #   kubectl cp \(hubName)-0:\(ContainerNetwork.archivePath) archive.h5     when the hub's log says that it is done

      """ + (try all.map { try $0.file() }.joined(separator: "---\n"))
  }

  private var hubName: String { "\(prefix)-hub" }

  private func object(
    _ version: String, _ kind: String, _ name: String, _ rest: [(String, Yams.Node)]
  ) -> Yams.Node {
    .entries(
      [
        ("apiVersion", .text(version)), ("kind", .text(kind)),
        ("metadata", ["name": .text(name), "labels": labels([:])]),
      ] + rest)
  }

  private func labels(_ more: [String: String]) -> Yams.Node {
    let all = ["app.kubernetes.io/name": "gnomon", "app.kubernetes.io/instance": prefix].merging(more) { $1 }
    return .entries(all.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
  }

  private var configuration: Yams.Node {
    object("v1", "ConfigMap", "\(prefix)-topology", [("data", ["topology.yaml": .lines(network.topologyText)])])
  }

  private func secret(_ name: String, _ files: [(String, String)]) -> Yams.Node {
    object(
      "v1", "Secret", "\(name)-keys",
      [("type", .text("Opaque")), ("stringData", .entries(files.map { ($0.0, .lines($0.1)) }))])
  }

  private func nodeKeys(_ group: ContainerNetwork.Group) -> [(String, String)] {
    [("hub.key", keys.hubPublic)]
      + group.nodes.compactMap { name in keys.nodes[name].map { ("node.\(name).key_secret", $0) } }
  }

  private var claim: Yams.Node {
    object(
      "v1", "PersistentVolumeClaim", "\(prefix)-archive",
      [
        (
          "spec",
          [
            "accessModes": .texts(["ReadWriteOnce"]), "resources": ["requests": ["storage": .text("\(storage)Gi")]],
          ]
        )
      ])
  }

  private var hubService: Yams.Node {
    let ports = zip(["nodes", "spectators"], network.hubPorts).map { name, port -> Yams.Node in
      ["name": .text(name), "port": .number(port), "protocol": .text("TCP")]
    }
    return object(
      "v1", "Service", hubName,
      [
        (
          "spec",
          [
            // One pod, found by its own address, also before it is ready.
            "clusterIP": .text("None"), "publishNotReadyAddresses": .flag(true),
            "selector": labels(["app.kubernetes.io/component": "hub"]), "ports": .items(ports),
          ]
        )
      ])
  }

  /// Only nodes of this network reach the hub.
  private var policy: Yams.Node {
    object(
      "networking.k8s.io/v1", "NetworkPolicy", hubName,
      [
        (
          "spec",
          [
            "podSelector": ["matchLabels": labels([:])],
            "policyTypes": .texts(["Ingress"]),
            "ingress": .items([["from": .items([["podSelector": ["matchLabels": labels([:])]]])]]),
          ]
        )
      ])
  }

  private var hub: Yams.Node {
    let selector = labels(["app.kubernetes.io/component": "hub"])
    let container = container(
      "hub", command: network.hubCommand(topology: Self.topologyPath, keys: "/tmp/keys"), done: "/archive/done",
      memory: network.options.hubMemory, requested: 256, storage: "/archive",
      readiness: .texts(network.healthCommand(topology: Self.topologyPath)))
    return object(
      "apps/v1", "StatefulSet", hubName,
      [
        (
          "spec",
          [
            "serviceName": .text(hubName), "replicas": .number(1), "selector": ["matchLabels": selector],
            "template": [
              "metadata": ["labels": selector],
              "spec": pod(
                container, keys: hubName, grace: network.hubGrace,
                storage: ["name": "storage", "persistentVolumeClaim": ["claimName": .text("\(prefix)-archive")]]),
            ],
          ]
        )
      ])
  }

  private func deployment(_ name: String, _ group: ContainerNetwork.Group) -> Yams.Node {
    let selector = labels(["app.kubernetes.io/component": name])
    let container = container(
      "node",
      command: network.nodeCommand(group, hub: hubName, topology: Self.topologyPath, keys: "/tmp/keys"),
      done: "/state/done", memory: network.options.nodeMemory * group.nodes.count,
      requested: 64 + 8 * group.nodes.count,
      storage: "/state", readiness: nil)
    return object(
      "apps/v1", "Deployment", name,
      [
        (
          "spec",
          [
            "replicas": .number(1),
            // Never two of one name.
            "strategy": ["type": .text("Recreate")],
            "selector": ["matchLabels": selector],
            "template": [
              "metadata": ["labels": selector],
              // No grace: a node that is told to stop ends its stream for good, one that is killed is only away.
              "spec": pod(
                container, keys: name, grace: 0, storage: ["name": "storage", "emptyDir": .nothing]),
            ],
          ]
        )
      ])
  }

  private func pod(_ container: Yams.Node, keys: String, grace: Int, storage: Yams.Node) -> Yams.Node {
    [
      "automountServiceAccountToken": .flag(false),
      "enableServiceLinks": .flag(false),
      "terminationGracePeriodSeconds": .number(grace),
      "securityContext": [
        "runAsNonRoot": .flag(true), "runAsUser": .number(Self.user), "runAsGroup": .number(Self.user),
        "fsGroup": .number(Self.user), "seccompProfile": ["type": .text("RuntimeDefault")],
      ],
      "containers": .items([container]),
      "volumes": .items([
        storage,
        ["name": "keys", "secret": ["secretName": .text("\(keys)-keys")]],
        ["name": "config", "configMap": ["name": .text("\(prefix)-topology")]],
        ["name": "scratch", "emptyDir": ["medium": .text("Memory")]],
      ]),
    ]
  }

  /// - Parameters:
  ///   - done: a file that says that the work is done.
  ///   - memory: most MiB.
  ///   - requested: MiB to be set aside.
  private func container(
    _ name: String, command: [String], done: String, memory: Int, requested: Int, storage: String, readiness: Yams.Node?
  ) -> Yams.Node {
    var entries: [(String, Yams.Node)] = [
      ("name", .text(name)),
      ("image", .text(network.options.image)),
      ("command", .texts(["/usr/local/lib/gnomon/orchestrated"])),
      // Kubernetes replaces $(NAME).
      ("args", .texts(command.map { $0.replacingOccurrences(of: "$(", with: "$$(") })),
      (
        "env",
        .items([
          ["name": "GNOMON_STAY", "value": .text(done)]
        ])
      ),
      ("envFrom", .items([["configMapRef": ["name": .text("\(prefix)-environment"), "optional": .flag(true)]]])),
      (
        "resources",
        [
          "requests": ["memory": .text("\(requested)Mi"), "cpu": .text("100m")],
          "limits": ["memory": .text("\(memory)Mi")],
        ]
      ),
      (
        "securityContext",
        [
          "allowPrivilegeEscalation": .flag(false), "readOnlyRootFilesystem": .flag(true),
          "capabilities": ["drop": .texts(["ALL"])],
        ]
      ),
      (
        "volumeMounts",
        .items([
          ["name": "storage", "mountPath": .text(storage)],
          ["name": "keys", "mountPath": .text("/run/secrets"), "readOnly": .flag(true)],
          ["name": "config", "mountPath": .text("/config"), "readOnly": .flag(true)],
          ["name": "scratch", "mountPath": .text("/tmp")],
        ])
      ),
    ]
    if let readiness {
      entries.append(("readinessProbe", ["exec": ["command": readiness], "periodSeconds": .number(5)]))
    }
    if name == "hub" {
      let ports = network.hubPorts.map { port -> Yams.Node in ["containerPort": .number(port)] }
      entries.append(("ports", .items(ports)))
    }
    return .entries(entries)
  }

  /// A text as names of Kubernetes are: small letters, digits and hyphens.
  private static func label(_ text: String) -> String {
    let characters = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(characters).trimmingCharacters(in: CharacterSet(charactersIn: "-"))
  }
}

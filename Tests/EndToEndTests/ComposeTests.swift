import Foundation
import Testing
import Yams

@Suite("Compose files", .timeLimit(.minutes(5)))
struct ComposeTests {
  static let chiral = "topologies/chiral.yaml"

  /// The services of a compose file, by name, as a reader of YAML that is not Compose sees them.
  private func services(_ arguments: [String]) throws -> (all: [String: [String: Any]], file: [String: Any]) {
    let result = try GnomonProcess.run(["compose"] + arguments)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return try parsed(result.output)
  }

  private func parsed(_ text: String) throws -> (all: [String: [String: Any]], file: [String: Any]) {
    let file = try #require(try Yams.load(yaml: text) as? [String: Any])
    return (try #require(file["services"] as? [String: [String: Any]]), file)
  }

  private static func shipped() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: GnomonProcess.package.path + "/topologies")
      .filter { $0.hasSuffix(".yaml") }.sorted().map { "topologies/\($0)" }
  }

  @Test("Every topology that comes with the package becomes a hub and its nodes, confined, as in docker/compose")
  func shipped() throws {
    for topology in try Self.shipped() {
      let source = try String(contentsOfFile: GnomonProcess.package.path + "/" + topology, encoding: .utf8)
      let network = try #require(try Yams.load(yaml: source) as? [String: Any])
      let names = try #require(network["nodes"] as? [[String: Any]]).map { $0["name"] as? String ?? "?" }
      let text = try GnomonProcess.run(["compose", topology]).output
      let name = try #require(topology.split(separator: "/").last)
      let shipped = try? String(contentsOfFile: GnomonProcess.package.path + "/docker/compose/\(name)", encoding: .utf8)
      #expect(
        text == shipped, "run docker/write-compose-files.sh: docker/compose/\(name) is not what gnomon compose prints")
      let (all, file) = try parsed(text)
      #expect(Set(all.keys) == Set(["setup", "hub"] + names.map { "node-\($0)" }))
      let volumes = Set(try #require(file["volumes"] as? [String: Any]).keys)
      let networks = try #require(file["networks"] as? [String: [String: Any]])
      #expect(networks["private"]?["internal"] as? Bool == true)
      // Neither `version` nor `name`: one of the two Compose would complain.
      #expect(Set(file.keys) == ["services", "networks", "volumes"])
      for (name, service) in all {
        #expect(service["ports"] == nil && service["privileged"] == nil && service["build"] == nil)
        #expect(service["read_only"] as? Bool == true)
        #expect(service["cap_drop"] as? [String] == ["ALL"])
        #expect(service["security_opt"] as? [String] == ["no-new-privileges:true"])
        #expect(service["mem_limit"] is String && service["pids_limit"] is Int)
        let volumesOfService: [String] = try #require(service["volumes"] as? [String])
        let mounts: [String] = volumesOfService.compactMap { $0.components(separatedBy: ":").first }
        #expect(mounts.allSatisfy { volumes.contains($0) })
        guard name != "setup" else {
          #expect(service["network_mode"] as? String == "none")
          continue
        }
        // The volume with all keys is the setup's alone; no node sees the hub's or another node's.
        #expect(mounts == (name == "hub" ? ["hub", "archive"] : [name]))
        #expect(service["user"] == nil && service["networks"] as? [String] == ["private"])
        #expect((service["command"] as? [String])?.contains("--keys") == true)
        #expect(service["environment"] as? [String] == ["GNOMON_SEED", "GNOMON_SPEED", "OPENBLAS_CORETYPE"])
      }
    }
  }

  @Test("The topology in the file is the resolved one, with overrides, and gives the same compose file again")
  func embedded() throws {
    let overrides = ["--set", "description='costs $HOME and $$5'", "--seed", "77"]
    let result = try GnomonProcess.run(["compose", Self.chiral] + overrides)
    let (all, _) = try services([Self.chiral] + overrides)
    let environment = try #require(all["setup"]?["environment"] as? [String: String])
    // As Compose substitutes.
    let text = try #require(environment["TOPOLOGY"]).replacingOccurrences(of: "$$", with: "$")
    let network = try #require(try Yams.load(yaml: text) as? [String: Any])
    #expect(network["description"] as? String == "costs $HOME and $$5")
    #expect(network["seed"] as? Int == 77)
    let folder = try TemporaryFolder()
    let again = try GnomonProcess.run(["compose", try folder.write(text, to: "topology.yaml")])
    #expect(again.output == result.output)
  }

  @Test("A topology too long for one variable of the environment is cut in pieces")
  func pieces() throws {
    let text = try String(contentsOfFile: GnomonProcess.package.path + "/" + Self.chiral, encoding: .utf8)
    let head = try #require(text.range(of: "\nnodes:\n"))
    let nodes = (0..<300).map {
      "  - {name: s\($0), site: {latitude: \($0 % 90) deg, longitude: \($0 % 180) deg}, noise: {white: 9 fT/Hz^0.5}, "
        + "axes: [{name: up, azimuth: 0 deg, altitude: 90 deg}]}\n"
    }
    let folder = try TemporaryFolder()
    let path = try folder.write(text[..<head.upperBound] + nodes.joined(), to: "long.yaml")
    let (all, _) = try services([path, "--scale-by", "50"])
    let environment = try #require(all["setup"]?["environment"] as? [String: String])
    #expect(Set(environment.keys) == ["TOPOLOGY", "TOPOLOGY_2"])
    #expect(environment.values.allSatisfy { $0.utf8.count < 128 << 10 })
    let whole = (environment["TOPOLOGY"] ?? "") + (environment["TOPOLOGY_2"] ?? "")
    let network = try #require(try Yams.load(yaml: whole) as? [String: Any])
    #expect((network["nodes"] as? [[String: Any]])?.count == 300)
    #expect(all.count == 8)
  }

  @Test("Spectators, published ports, nodes elsewhere and groups of nodes")
  func options() throws {
    let (all, file) = try services([
      "topologies/quickstart.yaml", "--spectator", "desk", "--publish", "192.0.2.7", "--scale-by", "5", "--without",
      "mainz01", "--image", "registry.example/gnomon:9", "--node-memory", "100",
    ])
    // Eleven of twelve nodes in groups of five.
    #expect(Set(all.keys) == ["setup", "hub", "nodes-1", "nodes-2", "nodes-3"])
    #expect(all["hub"]?["ports"] as? [String] == ["192.0.2.7:5555:5555", "192.0.2.7:5556:5556"])
    #expect(all.filter { $0.key != "hub" }.allSatisfy { $0.value["ports"] == nil })
    #expect((file["networks"] as? [String: [String: Any]])?["private"]?["internal"] as? Bool == false)
    #expect(all.values.allSatisfy { $0["image"] as? String == "${GNOMON_IMAGE:-registry.example/gnomon:9}" })
    let commands = ["nodes-1", "nodes-2", "nodes-3"].map { all[$0]?["command"] as? [String] ?? ["", ""] }
    #expect(commands.allSatisfy { $0[0] == "node" && $0.contains("tcp://hub:5555") })
    let groups = commands.map { $0[1].split(separator: ",") }
    #expect(groups.map(\.count) == [5, 5, 1])
    #expect(!groups.joined().contains("mainz01") && Set(groups.joined()).count == 11)
    #expect(all["nodes-1"]?["mem_limit"] as? String == "500m")
    let setup = try #require(all["setup"]?["entrypoint"] as? [String])
    #expect(setup.contains("desk") && setup.contains { $0.hasPrefix("nodes-3=") })
  }

  @Test(
    "What is wrong is said before anything is printed",
    arguments: [
      (["--set", "nodes[0].rate=64"], 1, "rate"), (["--without", "atlantis"], 1, "atlantis"),
      (["--scale-by", "0"], 2, "--scale-by"), (["--publish", "everywhere"], 2, "--publish"),
      (["--node-memory", "1"], 2, "--node-memory"), (["--replay", "no.h5"], 1, "no.h5"),
      (["--inject", "{name: x, kind: tune}"], 1, "kind"), (["--chaos", "1", "--format", "stack"], 2, "--chaos"),
      (["--format", "kubernetes", "--keys", "nowhere"], 1, "gnomon keys"), (["--keys", "keys"], 2, "--format"),
    ] as [([String], Int32, String)])
  func refused(_ arguments: [String], _ status: Int32, _ named: String) throws {
    let result = try GnomonProcess.run(["compose", Self.chiral] + arguments)
    #expect(result.status == status && result.output.isEmpty)
    #expect(result.errors.contains(named), "\(result.errors)")
  }

  @Test("For Swarm and Kubernetes every container is given the topology, and no secret but its own")
  func orchestrated() throws {
    let folder = try TemporaryFolder()
    let keys = "\(folder.path)/keys"
    #expect(try GnomonProcess.run(["keys", Self.chiral, "--output", keys]).status == 0)
    let (all, stack) = try services([Self.chiral, "--format", "stack", "--keys", keys])
    #expect(Set(all.keys) == ["hub", "node-west", "node-east"])
    let secrets = try #require(stack["secrets"] as? [String: [String: String]])
    #expect(secrets["node-west"]?["file"] == "\(keys)/nodes/west.key_secret")
    for (name, service) in all {
      let given = try #require(service["secrets"] as? [[String: Any]]).compactMap { $0["source"] as? String }
      #expect(Set(given) == (name == "hub" ? ["hub-key", "hub-secret", "allowed-keys"] : ["hub-key", name]))
      #expect((service["environment"] as? [String: Any])?["TOPOLOGY"] as? String == stack["x-TOPOLOGY"] as? String)
    }

    let result = try GnomonProcess.run(["compose", Self.chiral, "--format", "kubernetes", "--keys", keys])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let objects = try Yams.load_all(yaml: result.output).map { try #require($0 as? [String: Any]) }
    func named(_ kind: String) -> [String: [String: Any]] {
      let pairs = objects.filter { $0["kind"] as? String == kind }
        .map { (($0["metadata"] as? [String: Any])?["name"] as? String ?? "?", $0) }
      return Dictionary(pairs) { $1 }
    }
    #expect(Set(named("Deployment").keys) == ["chiral-node-west", "chiral-node-east"])
    #expect(Set(named("StatefulSet").keys) == ["chiral-hub"])
    let west = try #require(named("Secret")["chiral-node-west-keys"]?["stringData"] as? [String: String])
    #expect(Set(west.keys) == ["hub.key", "node.west.key_secret"])
    #expect(
      west["node.west.key_secret"] == (try String(contentsOfFile: "\(keys)/nodes/west.key_secret", encoding: .utf8)))
    let topology = try #require(named("ConfigMap")["chiral-topology"]?["data"] as? [String: String])
    #expect(topology["topology.yaml"] == stack["x-TOPOLOGY"] as? String)
  }

  @Test("A fault in the topology is named with file and line")
  func fault() throws {
    let text = try String(contentsOfFile: GnomonProcess.package.path + "/" + Self.chiral, encoding: .utf8)
    let line = try #require(
      text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0 == "seed: 1" })
    let folder = try TemporaryFolder()
    let path = try folder.write(text.replacingOccurrences(of: "\nseed: 1\n", with: "\nseed: soon\n"), to: "bad.yaml")
    let result = try GnomonProcess.run(["compose", path])
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errors.contains("bad.yaml:\(line + 1):"), "\(result.errors)")
  }

  @Test("A hub is healthy while it writes its archive, and not before or after")
  func health() throws {
    let folder = try TemporaryFolder()
    let archive = folder.path + "/archive.h5"
    let question = ["hub", Self.chiral, "--archive", archive, "--health"]
    #expect(try GnomonProcess.run(question).status == 1)
    let hub = try GnomonProcess(["hub", Self.chiral, "--archive", archive, "--endpoint", "ipc://\(folder.path)/hub"])
    defer { hub.killNow() }
    try waitUntil("the hub is healthy") { try GnomonProcess.run(question).status == 0 }
    hub.killNow()
    let dead = try GnomonProcess.run(question)
    #expect(dead.status == 1 && dead.errors.contains(archive))
  }
}

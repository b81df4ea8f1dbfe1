import Archive
import Foundation
import Protocol
import Security
import Testing
import ZeroMQ

@Suite("Networks with keys", .timeLimit(.minutes(2)))
struct NetworkSecurityTests {
  @Test("With keys a whole network runs as without; strangers, wrong keys, borrowed names and floods get nothing")
  func keys() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let topology = "topologies/chiral.yaml"
    let keys = "\(folder)/keys"
    let made = try GnomonProcess.run(["keys", topology, "--output", keys, "--spectator", "desk", "--operator", "lab"])
    #expect(made.status == 0, "\(made.errors)")

    // All interfaces, as between machines; without keys that is refused.
    let refused = try GnomonProcess.run(["up", topology, "--endpoint", "tcp://0.0.0.0:*", "--output", "\(folder)/no"])
    #expect(refused.status == 1 && refused.errors.contains("--keys"))

    let port = 20_000 + Int(getpid()) % 20_000
    let endpoint = "tcp://127.0.0.1:\(port)"
    // The first block is as long as any may be, the second is not.
    let duration = ["--set", "duration=3 min"]
    let hub = try GnomonProcess(
      ["hub", topology, "--archive", "\(folder)/a.h5", "--endpoint", "tcp://0.0.0.0:\(port)", "--keys", keys] + duration
    )
    defer { hub.killNow() }
    let context = try Context()
    let secrets = KeyFolder(path: keys)
    let hubKey = try secrets.hubPublic.publicKey()
    func stranger(_ pair: CurveKeyPair?) throws -> Socket {
      let socket = try Socket(.dealer, in: context)
      try socket.setLinger(milliseconds: 0)
      if let pair { try socket.useCurve(pair, server: hubKey) }
      try socket.connect(endpoint)
      return socket
    }
    let hello = ControlMessage.hello(
      .init(
        node: "west", topology: "", channels: ["north", "across", "along"], rateNumerator: 64, rateDenominator: 1,
        blockSamples: 8192)
    ).encoded()
    // No key, an unknown key, a spectator's key at the nodes' door; garbage beside them.
    let outsiders = [
      try stranger(nil), try stranger(CurveKeyPair()), try stranger(secrets.secret(.spectator, "desk").keyPair()),
    ]
    for socket in outsiders { try socket.send(hello) }
    // The right key, but of another node.
    let neighbour = try stranger(secrets.secret(.node, "east").keyPair())
    try neighbour.send(hello)
    let message = Message()
    try waitUntil("the neighbour is answered") {
      try neighbour.wait(milliseconds: 10)
      return try neighbour.receive(into: message)
    }
    guard case .refused(let refusal) = try ControlMessage(decoding: Data(message.bytes)) else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.code == "key")
    // Only an operator may put signals in; that one is heard.
    let hum = "{name: hum, kind: line, coupling: magnetic-dipole, rest-frequency: 9 Hz, strength: {rms: 1 pT}}"
    try neighbour.send(ControlMessage.request(.init(signals: [hum], files: ["hum"])).encoded())
    while try !neighbour.receive(into: message) { try neighbour.wait(milliseconds: 1000) }
    guard case .refused(let denial) = try ControlMessage(decoding: Data(message.bytes)) else {
      Issue.record("not refused")
      return
    }
    #expect(denial.code == "key" && denial.detail.contains("operator"))
    let heard = try GnomonProcess.run(
      ["inject", "--live", endpoint, "--keys", keys, "--operator", "lab", "--signal", hum])
    #expect(heard.status == 1 && heard.errors.contains("west has not joined yet"), "\(heard.errors)")
    try hub.waitForErrors("unknown key")
    try hub.waitForErrors("the key of a spectator")
    // Far more than one address may have: the first are refused for what they say, the others for their number.
    var flood = GarbageFlood(port: port, connections: 300)
    defer { flood.end() }
    #expect(flood.count == 300)
    for reason in ["no ZeroMQ", "too many connections at once", "too many connections in a short time"] {
      try hub.waitForErrors("turned away a connection from \(GarbageFlood.address): \(reason)")
    }

    // A node whose folder lacks its key says so at once.
    let keyless = try GnomonProcess.run(
      ["node", "west", topology, "--hub", endpoint, "--keys", "\(folder)/empty"] + duration)
    #expect(keyless.status == 1 && keyless.errors.contains("west.key_secret"))
    // Both in one process, each with its own key.
    let nodes = try GnomonProcess(["node", "west,east", topology, "--hub", endpoint, "--keys", keys] + duration)
    var more = GarbageFlood(port: port, connections: 300)
    defer { more.end() }
    let both = try nodes.wait()
    #expect(both.status == 0 && both.output.contains("west: ") && both.output.contains("east: "), "\(both.errors)")
    // A greeting of 64 bytes that says how to speak is all that a stranger hears.
    #expect(max(flood.longestAnswer(), more.longestAnswer()) <= 64)
    let end = try hub.wait()
    #expect(end.status == 0)
    // What the strangers did is counted.
    for reason in ["unknown key", "the key of a spectator", "too many connections"] {
      #expect(end.errors.split(separator: "\n").contains { $0.contains("at the door") && $0.contains(reason) })
    }
    for socket in outsiders { #expect(try !socket.receive(into: message)) }

    // The same bits as in the clear.
    let clear = try GnomonProcess.run(
      ["up", topology, "--output", "\(folder)/clear", "--no-report", "--quiet"] + duration)
    #expect(clear.status == 0, "\(clear.errors)")
    let checksums = try ["\(folder)/a.h5", "\(folder)/clear/archive.h5"].map {
      try ArchiveReader(opening: $0).checksums()
    }
    #expect(checksums[0]?.samples == checksums[1]?.samples && checksums[0]?.products == checksums[1]?.products)
    #expect(checksums[0]?.samples != nil)
    // What the strangers did is on record in the archive, where it was counted, and nothing of the kind in the other.
    let counted = try ArchiveReader(opening: "\(folder)/a.h5").refusedPeers()
    for reason in [
      "unknown key", "the key of a spectator", "greeting: key", "too many connections at once",
      "too many connections in a short time",
    ] {
      #expect(counted[reason] ?? 0 > 0, "\(counted)")
    }
    #expect(try ArchiveReader(opening: "\(folder)/clear/archive.h5").refusedPeers().isEmpty)
  }
}

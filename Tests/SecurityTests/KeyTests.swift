import Foundation
import Logging
import Security
import Testing
import ZeroMQ

private func temporaryFolder() throws -> String {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}

@Suite("Keys on disk")
struct KeyFolderTests {
  @Test("Keys are made once, read back, bound to their names, and secret ones are closed to others")
  func roundTrip() throws {
    let path = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = KeyFolder(path: path + "/keys")
    let made = try folder.makeKeys(nodes: ["alpha", "beta"], spectators: ["desk"], replacing: false)
    #expect(made.count == 9)
    let alpha = try folder.secret(.node, "alpha").keyPair()
    #expect(try KeyFile(path: folder.path + "/nodes/alpha.key").publicKey() == alpha.publicKey)
    #expect(try folder.allowList().entries[alpha.publicKey] == .init(role: .node, name: "alpha"))
    let mode = try FileManager.default.attributesOfItem(atPath: folder.hubSecret.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)

    // A node that joins later leaves the others' keys alone.
    #expect(try folder.makeKeys(nodes: ["alpha", "gamma"], spectators: [], replacing: false).count == 3)
    #expect(try folder.secret(.node, "alpha").keyPair() == alpha)
    #expect(try folder.allowList().entries.count == 4)
    // A new key puts the old one out of use.
    _ = try folder.makeKeys(nodes: ["alpha"], spectators: [], replacing: true)
    let list = try folder.allowList()
    #expect(list.entries[alpha.publicKey] == nil)
    #expect(list.entries.values.filter { $0.name == "alpha" }.count == 1)
  }

  @Test("What is wrong with a key or a list is said with its file, and its line")
  func wrongFiles() throws {
    let path = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = KeyFolder(path: path)
    #expect(throws: KeyError.self) { try folder.hubSecret.keyPair() }
    _ = try folder.makeKeys(nodes: [], spectators: [], replacing: false)
    chmod(folder.hubSecret.path, 0o644)
    #expect(throws: KeyError.readableByOthers(path: folder.hubSecret.path)) { try folder.hubSecret.keyPair() }
    #expect(throws: KeyError.noKey(path: folder.hubPublic.path, field: "secret-key")) {
      try folder.hubPublic.keyPair()
    }
    let key = try CurveKeyPair().publicKey
    for (text, line) in [
      ("node a \(key)\nnode b \(key)", 2), ("# keys\n\nking a \(key)", 3), ("node a", 1),
      ("node a \(key.dropLast())", 1),
    ] {
      let error = #expect(throws: KeyError.self) { try AllowList(text: text, path: "list") }
      #expect(error?.description.hasPrefix("list:\(line):") ?? false)
    }
    for name in ["../evil", "", ".hidden", "a b", "é"] {
      #expect(throws: KeyError.name(name)) {
        try folder.makeKeys(nodes: [name], spectators: [], replacing: false)
      }
    }
  }

  @Test("A secret key gives the public key that libzmq's manual pairs with it, and Z85 text stands for 32 bytes")
  func publishedKeys() throws {
    // The pair in the manual page of zmq_curve.
    let pair = try CurveKeyPair(secretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")
    #expect(pair.publicKey == "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")
    #expect(throws: ZeroMQError.self) { try CurveKeyPair(secretKey: "short") }
    #expect(!CurveKeyPair.isKey(String(repeating: "~", count: 40)))
  }
}

@Suite("Admission")
struct AdmissionTests {
  /// A router behind a desk that admits one node, and the sockets that try to come in.
  private func network(
    _ body: (
      _ context: Context, _ endpoint: String, _ keys: [String: CurveKeyPair], _ router: Socket, _ desk: AdmissionDesk
    )
      throws -> Void
  ) throws {
    let keys = try Dictionary(
      uniqueKeysWithValues: ["hub", "alpha", "desk", "stranger"].map { ($0, try CurveKeyPair()) })
    var list = AllowList()
    list.admit(try #require(keys["alpha"]).publicKey, as: .init(role: .node, name: "alpha"))
    list.admit(try #require(keys["desk"]).publicKey, as: .init(role: .spectator, name: "desk"))
    var logger = Logger(label: "admission")
    logger.logLevel = .critical
    let context = try Context()
    let desk = try AdmissionDesk(context: context, list: list, logger: logger)
    defer { desk.close() }
    let router = try Socket(.router, in: context)
    try router.setLinger(milliseconds: 0)
    try router.serveCurve(try #require(keys["hub"]), domain: AllowList.Role.node.rawValue)
    try body(context, try router.bind("tcp://127.0.0.1:*"), keys, router, desk)
  }

  @Test("Only a listed key of the right role comes in, and its messages carry its name")
  func admission() throws {
    try network { _, endpoint, keys, router, desk in
      let outside = try Context()
      let hub = try #require(keys["hub"]).publicKey
      let wrongServer = try #require(keys["stranger"]).publicKey
      // In this order: no key at all, an unknown key, a spectator's key, the right key for another server.
      var sockets: [Socket] = []
      for (name, server) in [(nil, hub), ("stranger", hub), ("desk", hub), ("alpha", wrongServer)] {
        let socket = try Socket(.dealer, in: outside)
        try socket.setLinger(milliseconds: 0)
        if let name { try socket.useCurve(try #require(keys[name]), server: server) }
        try socket.connect(endpoint)
        try socket.send(Data("let me in".utf8))
        sockets.append(socket)
      }
      let alpha = try Socket(.dealer, in: outside)
      try alpha.setLinger(milliseconds: 0)
      try alpha.useCurve(try #require(keys["alpha"]), server: hub)
      try alpha.connect(endpoint)
      try alpha.send(Data("good morning".utf8))

      let message = Message()
      func next() throws -> (sender: String?, text: String) {
        while try !router.receive(into: message) { try router.wait(milliseconds: 1000) }
        while try !router.receive(into: message) { try router.wait(milliseconds: 1000) }
        return (message.sender, String(decoding: message.bytes, as: UTF8.self))
      }
      #expect(try next() == ("alpha", "good morning"))
      // Two refusals come from the desk; the other two sockets fail before they can ask.
      while desk.counts.refused.values.reduce(0, +) < 2 { try router.wait(milliseconds: 10) }
      #expect(desk.counts.admitted == 1)
      #expect(Set(desk.counts.refused.keys) == ["unknown key", "the key of a spectator"])
      try alpha.send(Data("still here".utf8))
      #expect(try next() == ("alpha", "still here"))
      withExtendedLifetime(sockets) {}
    }
  }
}

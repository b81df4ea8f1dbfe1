import Archive
import Foundation
import Protocol
import Testing
import ZeroMQ

private let line =
  "{name: hum, kind: line, coupling: magnetic-dipole, rest-frequency: 20 Hz, strength: {rms: 1 pT}}"

@Test("Nodes are asked from when on, told what was decided when it is archived, and let go when nothing comes of it")
func liveInjection() throws {
  let topology = topology()
  let run = try RunningHub(topology)
  let context = try Context()
  let desk = try Peer("desk", topology, context, run.endpoint)
  func ask(_ change: (inout ControlMessage.InjectionRequest) -> Void = { _ in }) throws {
    var request = ControlMessage.InjectionRequest(signals: [line], files: ["hum.yaml"])
    change(&request)
    try desk.socket.send(ControlMessage.request(request).encoded())
  }
  func welcome(_ peer: Peer, injects: Bool?) throws -> ControlMessage.Welcome? {
    try peer.hello { ($0.injects, $0.instance) = (injects, peer.name) }
    guard case .welcome(let welcome) = try peer.next() else { return nil }
    return welcome
  }
  func prepared(_ peer: Peer) throws -> ControlMessage.Injection {
    guard case .prepare(let injection) = try peer.next() else { throw NoMessage() }
    return injection
  }
  func ready(_ peer: Peer, _ injection: ControlMessage.Injection, seconds: Double, problem: String? = nil) throws {
    let earliest = Int64(seconds * 1e9)
    try peer.socket.send(
      ControlMessage.ready(
        .init(identifier: injection.identifier, earliestNanoseconds: earliest, problem: problem)
      ).encoded())
  }

  let (alpha, beta) = (
    try Peer("alpha", topology, context, run.endpoint), try Peer("beta", topology, context, run.endpoint)
  )
  _ = try welcome(alpha, injects: true)
  try ask()
  #expect(try desk.refusal().detail.contains("beta has not joined"))
  _ = try welcome(beta, injects: nil)
  try ask()
  #expect(try desk.refusal().detail.contains("beta cannot put signals"))
  try ask { $0.signals[0] = line.replacing("1 pT", with: "1 kg") }
  #expect(try desk.refusal().detail.contains("hum.yaml:1"))

  // Without the node that cannot; the other one finds that it cannot either.
  try ask { $0.nodes = ["alpha"] }
  try ready(alpha, prepared(alpha), seconds: 0, problem: "no coil")
  let problem = try desk.refusal()
  #expect(problem.code == "injection" && problem.detail.contains("alpha") && problem.detail.contains("no coil"))
  guard case .abandon = try alpha.next() else { throw NoMessage() }

  // A second request waits for its turn; a sample for all is a whole second here.
  try ask { $0.nodes = ["alpha"] }
  let asked = try prepared(alpha)
  #expect(asked.signals.map(\.name) == ["hum"] && asked.signals.map(\.index) == [0])
  try ask()
  #expect(try desk.refusal().code == "busy")
  try ready(alpha, asked, seconds: 6.2)
  guard case .inject(let told) = try alpha.next(), case .injected(let answer) = try desk.next() else {
    throw NoMessage()
  }
  #expect(answer.fromNanoseconds == 7_000_000_000 && answer.away.isEmpty)
  #expect(answer.fromGPSNanoseconds == 1_400_000_007_000_000_000)
  #expect(answer.changes.map(\.firstSamples) == [["alpha": 700]])
  #expect(try topology.signal(text: told.signals[0].text).activation.start == 7_000_000_000)
  // A node that cannot carry it is no substitute for one that does; one that can is told at once.
  let other = try Peer("alpha", topology, context, run.endpoint)
  try other.hello { $0.instance = "alpha" }
  #expect(try other.refusal().code == "signals")
  #expect(try welcome(alpha, injects: true)?.signals == told.signals)
  #expect(try welcome(beta, injects: nil)?.signals == nil)

  for peer in [alpha, beta] {
    for block in 0..<4 { try peer.block(UInt64(block)) }
    #expect(try peer.goodbye(blocks: 4) == .farewell(.init(archived: 2000, missing: 0)))
  }
  _ = try run.outcome()
  let row = try #require(try ArchiveReader(opening: run.archive).injections().first)
  #expect(row.identifier == "hum" && row.details?.firstSamples == ["alpha": 700])
  #expect(row.details?.live?.nodes == ["alpha"])
}

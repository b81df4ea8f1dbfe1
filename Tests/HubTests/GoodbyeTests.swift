import Archive
import Protocol
import Testing
import ZeroMQ

@Test("What is refused after a goodbye may come again, or is declared missing; the farewell waits for either")
func refusedAfterGoodbye() throws {
  let topology = topology(absence: 0.3)
  let run = try RunningHub(topology)
  let context = try Context()
  func goodbye(_ peer: Peer, blocks: UInt64) throws {
    try peer.socket.send(
      ControlMessage.goodbye(.init(blocks: blocks, samples: Int64(blocks) * 500, reason: "complete")).encoded())
  }
  // The last two blocks are corrupted on their way; the goodbye follows before the answer.
  let alpha = try Peer("alpha", topology, context, run.endpoint)
  let credit = try alpha.welcome().credit
  for block in 0..<4 {
    try alpha.block(UInt64(block)) { if block >= 2 { $1[7] += 1 } }
  }
  try goodbye(alpha, blocks: 4)
  // Block 3 came where 2 was due.
  for code in ["payload-checksum", "sequence"] {
    let refusal = try alpha.refusal()
    #expect(refusal.code == code && refusal.resumeSequence == 2)
  }
  try alpha.block(4) { header, _ in header.sequence = 5 }
  #expect(try alpha.refusal().code == "after-goodbye")
  try goodbye(alpha, blocks: credit + 1)
  #expect(try alpha.refusal().code == "goodbye")
  for block in 2..<4 { try alpha.block(UInt64(block)) }
  #expect(try alpha.next() == .farewell(.init(archived: 2000, missing: 0)))

  // This one stays, and never sends its last block again.
  let beta = try Peer("beta", topology, context, run.endpoint)
  _ = try beta.welcome()
  for block in 0..<4 {
    try beta.block(UInt64(block)) { if block == 3 { $1[7] += 1 } }
  }
  try goodbye(beta, blocks: 4)
  #expect(try beta.refusal().resumeSequence == 3)
  #expect(try beta.next() == .farewell(.init(archived: 1500, missing: 500)))

  let outcome = try run.outcome()
  #expect(outcome.status == .complete)
  #expect(outcome.accounting.map(\.sent) == [2000, 2000])
  #expect(outcome.accounting.map(\.archived) == [2000, 1500])
  #expect(outcome.accounting.map(\.declaredMissing) == [0, 500])
  #expect(try ArchiveVerification(of: run.archive).isWhole)
  let samples = try ArchiveReader(opening: run.archive).samples(stream: 0, channel: 0, 1000..<2000)
  #expect(samples.enumerated().allSatisfy { $1 == sinOfSample(1000 + $0) })
}

@Test("A hub that is stopped while a node that said goodbye is away declares missing what it did not send again")
func awayAfterGoodbye() throws {
  let topology = topology()
  let run = try RunningHub(topology)
  let context = try Context()
  do {
    let alpha = try Peer("alpha", topology, context, run.endpoint)
    _ = try alpha.welcome()
    try alpha.block(0) { $1[7] += 1 }
    try alpha.socket.send(ControlMessage.goodbye(.init(blocks: 1, samples: 500, reason: "SIGTERM")).encoded())
    #expect(try alpha.refusal().code == "payload-checksum")
  }
  run.stop()
  let row = try run.outcome().accounting[0]
  #expect([row.sent, row.archived, row.declaredMissing] == [500, 0, 500])
  #expect(try ArchiveVerification(of: run.archive).isWhole)
}

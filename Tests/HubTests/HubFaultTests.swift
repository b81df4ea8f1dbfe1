import Archive
import Correlator
import Foundation
import Protocol
import Testing
import ZeroMQ

@Test("A clock that steps forward, backward and home again: the index has its claims, the samples their numbers")
func clockSteps() throws {
  let topology = topology(duration: 2000)
  let run = try RunningHub(topology)
  let context = try Context()
  let claims = (0..<400).map { block in
    switch block {
    case 50..<120: 0.004
    case 120..<200: -0.003
    // Home again, well after the slabs in which it was away are done.
    case 200..<350: 0.0
    default: block < 50 ? 0.0 : 0.001
    }
  }
  for name in ["alpha", "beta"] {
    let peer = try Peer(name, topology, context, run.endpoint)
    #expect(try peer.welcome().nextSequence == 0)
    for block in 0..<400 {
      try peer.block(UInt64(block)) { header, _ in
        if name == "alpha" { header.clockOffset = claims[block] }
      }
    }
    #expect(try peer.goodbye(blocks: 400) == .farewell(.init(archived: 200_000, missing: 0)))
  }
  #expect(try run.outcome().status == .complete)
  let reader = try ArchiveReader(opening: run.archive)
  let rows = try reader.index(stream: 0)
  #expect(rows.map(\.clockOffset) == claims)
  #expect(rows.map(\.firstSample) == (0..<400).map { $0 * 500 })
  // What the hub made while blocks came is what follows from index and samples.
  var direct: [CrossSpectra] = []
  try ArchiveCorrelation(reader, duration: topology.duration, workers: 1).run(reader.bands[0]) { direct.append($0) }
  let live = try reader.products(band: 0)
  #expect(live.map(\.integration) == direct.map(\.integration))
  #expect(live.map(\.values) == direct.map(\.values))
}

@Test("Late blocks are taken once, in any order, and only as they were declared")
func lateBlocks() throws {
  let topology = topology(duration: 2000, absence: 0.3)
  let run = try RunningHub(topology)
  let context = try Context()
  let beta = try Peer("beta", topology, context, run.endpoint)
  _ = try beta.welcome()
  do {
    let alpha = try Peer("alpha", topology, context, run.endpoint)
    _ = try alpha.welcome()
    try alpha.block(0)
    let isDurable = try alpha.acknowledgement { $0.durable == 1 }
    #expect(isDurable.late == nil)
  }
  // Its connection is closed: the hub notices, waits, and declares what the other has as missing, slab by slab.
  for block in 0..<300 { try beta.block(UInt64(block)) }
  var alpha: Peer
  var welcome: ControlMessage.Welcome
  repeat {
    // A short look: as long as the node is here nothing is declared, and when it has gone the time begins anew.
    try beta.pause()
    alpha = try Peer("alpha", topology, context, run.endpoint)
    welcome = try alpha.welcome()
  } while welcome.gaps == nil
  let gap = try #require(welcome.gaps?.first)
  #expect(welcome.gaps?.count == 1)
  #expect(gap.firstSequence == 1 && gap.firstSample == 500)
  #expect(gap.endSample == welcome.nextSample && gap.endSample == Int64(welcome.nextSequence) * 500)
  #expect(welcome.nextSample >= 65536)

  let end = welcome.nextSequence
  let spoils: [(String, (inout BlockHeader, inout [Double]) -> Void)] = [
    ("payload-checksum", { $1[7] += 1 }), ("sample-index", { header, _ in header.firstSample += 500 }),
    ("time", { header, _ in header.time = header.time.advanced(byNanoseconds: 1) }),
    ("payload-length", { $1.removeLast() }),
    (
      "other-length",
      { header, samples in
        samples.removeLast()
        header.sampleCount = 499
        header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
      }
    ),
  ]
  for (code, spoil) in spoils {
    try alpha.block(end - 1, spoil: spoil)
    #expect(try alpha.refusal().code == code)
  }
  for sequence in (1..<end).reversed() {
    try alpha.block(sequence)
    let taken = try alpha.acknowledgement { $0.late == [sequence] }
    #expect(taken.durable >= 1)
  }
  // Once more: it is there already.
  try alpha.block(end - 1)
  for sequence in end..<400 { try alpha.block(sequence) }
  #expect(try alpha.goodbye(blocks: 400) == .farewell(.init(archived: 200_000, missing: 0)))
  for block in 300..<400 { try beta.block(UInt64(block)) }
  #expect(try beta.goodbye(blocks: 400) == .farewell(.init(archived: 200_000, missing: 0)))

  let row = try run.outcome().accounting[0]
  #expect([row.sent, row.archived, row.declaredMissing] == [200_000, 200_000, 0])
  #expect([row.late, row.duplicate, row.refused] == [Int64(end) - 1, 1, 5])
  let verification = try ArchiveVerification(of: run.archive)
  #expect(verification.isWhole, "\(verification.findings)")
  let reader = try ArchiveReader(opening: run.archive)
  let samples = try reader.samples(stream: 0, channel: 0, 0..<200_000)
  #expect(samples.enumerated().allSatisfy { $1 == sin(Double($0 / 500 * 500) + Double($0 % 500)) })
  #expect(try reader.index(stream: 0).map(\.isLate) == (0..<400).map { (1..<end).contains(UInt64($0)) })
}

import Archive
import Foundation
import Hub
import Logging
import Protocol
import Testing
import Threads
import ZeroMQ

@Test("Whatever a peer sends, the hub answers with the reason, keeps what is right, and archives it all")
func refusals() throws {
  let topology = topology()
  let run = try RunningHub(topology)
  let endpoint = run.endpoint
  let context = try Context()

  // Strangers.
  let stranger = try Peer("gamma", topology, context, endpoint)
  try stranger.block(0)
  #expect(try stranger.refusal().code == "not-welcomed")
  try stranger.hello()
  #expect(try stranger.refusal().code == "unknown-node")
  try stranger.socket.send(Data("nonsense".utf8))
  #expect(try stranger.refusal().code == "message")
  let old = try Peer("alpha", topology, context, endpoint)
  try old.hello { $0.protocolVersion = 7 }
  #expect(try old.refusal().code == "version")
  try old.hello { $0.topology = "0" }
  #expect(try old.refusal().code == "topology")
  try old.hello { $0.blockSamples = 1 }
  #expect(try old.refusal().code == "layout")
  try old.hello { ($0.sampleType, $0.basebandHertz) = (.complex128, 1000) }
  let mixed = try old.refusal()
  #expect(mixed.code == "sample-type")
  #expect(mixed.detail.contains("complex128 about 1000.0 Hz") && mixed.detail.contains("float64"))

  // A node that makes every mistake once, and corrects it.
  let alpha = try Peer("alpha", topology, context, endpoint)
  try alpha.hello()
  let answer = try alpha.next()
  guard case .welcome(let welcome) = answer else {
    Issue.record("no welcome but \(answer)")
    return
  }
  #expect(welcome.nextSequence == 0)
  #expect(welcome.credit >= 4)
  try old.hello()
  #expect(try old.refusal().code == "name-taken")
  try alpha.block(0)
  // Numbers that no run has must not overflow what is counted of it.
  for (blocks, samples) in [(UInt64.max, 0), (1, .min), (1, -1), (1, 2001), (UInt64(Int64.max), .max)]
    as [(UInt64, Int64)]
  {
    try alpha.socket.send(ControlMessage.goodbye(.init(blocks: blocks, samples: samples, reason: "over")).encoded())
    #expect(try alpha.refusal().code == "goodbye")
  }
  let spoils: [(String, (inout BlockHeader, inout [Double]) -> Void)] = [
    ("payload-checksum", { $1[7] += 1 }), ("payload-length", { $1.removeLast() }),
    ("sample-index", { header, _ in header.firstSample += 1 }),
    ("time", { header, _ in header.time = header.time.advanced(byNanoseconds: -1) }),
    ("sequence", { header, _ in header.sequence += 1 }), ("unknown-stream", { header, _ in header.stream = 1 }),
    ("other-sample-type", { header, _ in header.sampleType = .complex128 }),
    (
      "non-finite",
      { header, samples in
        samples[3] = .infinity
        header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
      }
    ),
  ]
  for (code, spoil) in spoils {
    try alpha.block(1, spoil: spoil)
    let refusal = try alpha.refusal()
    #expect(refusal.code == code)
    #expect(refusal.resumeSequence == 1)
  }
  try alpha.block(0)
  for sequence in 1..<3 { try alpha.block(UInt64(sequence)) }
  try alpha.block(3) { header, samples in
    samples.replaceSubrange(10..<20, with: repeatElement(.nan, count: 10))
    header.flags = .someMissing
    header.missingReason = 1
    header.payloadChecksum = samples.withUnsafeBytes { crc32c($0) }
  }
  try alpha.socket.send(ControlMessage.goodbye(.init(blocks: 4, samples: 2000, reason: "complete")).encoded())
  #expect(try alpha.next() == .farewell(.init(archived: 1990, missing: 10)))

  let beta = try Peer("beta", topology, context, endpoint)
  try beta.hello()
  _ = try beta.next()
  for sequence in 0..<4 { try beta.block(UInt64(sequence)) }
  try beta.socket.send(ControlMessage.goodbye(.init(blocks: 4, samples: 2000, reason: "complete")).encoded())
  #expect(try beta.next() == .farewell(.init(archived: 2000, missing: 0)))

  let outcome = try run.outcome()
  #expect(outcome.status == .complete)
  let row = outcome.accounting[0]
  #expect([row.sent, row.archived, row.declaredMissing, row.duplicate, row.refused] == [2000, 1990, 10, 1, 8])
  #expect(try ArchiveVerification(of: run.archive).isWhole)
  let reader = try ArchiveReader(opening: run.archive)
  // Greetings that did not fit are counted, by reason.
  let reasons = ["unknown-node", "version", "topology", "layout", "sample-type", "name-taken"]
  let greetings = try reader.refusedPeers().filter { $0.key.hasPrefix("greeting: ") }
  #expect(greetings == Dictionary(uniqueKeysWithValues: reasons.map { ("greeting: \($0)", 1) }))
  #expect(try ArchiveSummary(of: reader).description.contains("1 x greeting: layout, 1 x greeting: name-taken"))
  let samples = try reader.samples(stream: 0, channel: 0, 0..<2000)
  for (index, sample) in samples.enumerated() where !(1510..<1520).contains(index) {
    #expect(sample == sin(Double(index / 500 * 500) + Double(index % 500)))
  }
  #expect(samples[1510..<1520].allSatisfy { $0.isNaN })
  // Segments of 2 s every 1 s; those that touch the gap lack alpha.
  let products = try reader.products(band: 0)
  #expect(products.map(\.present) == [[true, true], [true, true], [false, true]])
  #expect(products.reduce(0) { $0 + $1.segments } == 19)
  #expect(products.last?.segments == 2)
}

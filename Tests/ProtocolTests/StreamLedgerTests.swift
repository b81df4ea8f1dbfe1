import Protocol
import Sky
import Testing

private let epoch = GPSTime(nanoseconds: 1_000_000_000_000)

private func ledger() -> StreamLedger {
  var ledger = StreamLedger(
    stream: 5, channelCount: 2, blockSamples: 100, rate: SampleRate(16384, per: 3), epoch: epoch, length: 250)
  ledger.credit = 3
  return ledger
}

private func block(_ sequence: UInt64, _ first: Int64, _ count: UInt32) -> BlockHeader {
  BlockHeader(
    stream: 5, sequence: sequence, firstSample: first,
    time: SampleRate(16384, per: 3).time(ofSample: first, epoch: epoch), sampleCount: count, channelCount: 2)
}

@Test("Blocks in order are taken to the end of the run, and their missing samples are counted")
func normalCourse() throws {
  var ledger = ledger()
  for (sequence, count) in [(0, 100), (1, 100), (2, 50)] {
    let header = block(UInt64(sequence), Int64(sequence * 100), UInt32(count))
    try ledger.check(header, payloadSize: count * 16)
    ledger.accept(header, missing: sequence == 1 ? 7 : 0)
  }
  #expect(ledger.nextSequence == 3)
  #expect(ledger.nextSample == 250)
  #expect(ledger.missing == 7)
}

@Test("Everything that is not the block that is due is refused with its reason, and nothing changes")
func refusals() throws {
  var ledger = ledger()
  try ledger.check(block(0, 0, 100), payloadSize: 1600)
  ledger.accept(block(0, 0, 100), missing: 0)
  let before = ledger

  var foreign = block(1, 100, 100)
  foreign.stream = 6
  var late = block(1, 100, 100)
  late.time = late.time.advanced(byNanoseconds: -1)
  var wide = block(1, 100, 100)
  wide.channelCount = 3
  var complex = block(1, 100, 100)
  complex.sampleType = .complex128
  let cases: [(BlockHeader, Int, String)] = [
    (foreign, 1600, "unknown-stream"), (late, 1600, "time"), (wide, 2400, "layout"),
    (complex, 3200, "other-sample-type"),
    (block(0, 0, 100), 1600, "duplicate"), (block(2, 200, 50), 800, "sequence"),
    (block(1, 99, 100), 1600, "sample-index"),
    (block(1, 100, 100), 1599, "payload-length"), (block(1, 100, 0), 0, "layout"), (block(1, 100, 101), 1616, "layout"),
  ]
  for (header, size, code) in cases {
    let refusal = #expect(throws: BlockRefusal.self) { try ledger.check(header, payloadSize: size) }
    #expect(refusal?.code == code)
  }
  #expect(ledger == before)

  ledger.accept(block(1, 100, 100), missing: 0)
  #expect(throws: BlockRefusal.afterEnd(sample: 251)) { try ledger.check(block(2, 200, 51), payloadSize: 816) }
  ledger.credit = 2
  #expect(throws: BlockRefusal.beyondCredit(limit: 2, received: 2)) {
    try ledger.check(block(2, 200, 50), payloadSize: 800)
  }
  ledger.count(.headerChecksum)
  ledger.count(.headerChecksum)
  ledger.count(.duplicate(sequence: 1))
  #expect(ledger.refused == 2)
  #expect(ledger.duplicates == 1)
}

@Test("A stream of complex samples takes complex blocks only")
func complexStream() throws {
  var ledger = StreamLedger(
    stream: 5, channelCount: 2, sampleType: .complex128, blockSamples: 100, rate: SampleRate(16384, per: 3),
    epoch: epoch, length: 250)
  ledger.credit = 3
  var header = block(0, 0, 100)
  #expect(throws: BlockRefusal.otherSampleType(expected: .complex128, received: .float64)) {
    try ledger.check(header, payloadSize: 1600)
  }
  header.sampleType = .complex128
  #expect(throws: BlockRefusal.payloadLength(expected: 3200, received: 1600)) {
    try ledger.check(header, payloadSize: 1600)
  }
  try ledger.check(header, payloadSize: 3200)
}

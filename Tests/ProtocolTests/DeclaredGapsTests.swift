import Protocol
import Sky
import Testing

/// SplitMix64, so that a failing case can be run again.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Test("Gaps are the set of blocks that were added and not taken out", arguments: UInt64(0)..<50)
func gapsAreASet(seed: UInt64) {
  var random = SeededGenerator(state: seed)
  let blockSamples = Int.random(in: 1...40, using: &random)
  var gaps = DeclaredGaps(blockSamples: blockSamples)
  var model: [UInt64: Range<Int64>] = [:]
  var (sequence, sample) = (UInt64(0), Int64(0))
  for _ in 0..<300 {
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      // A block that came, of any length.
      sample += Int64.random(in: 1...Int64(blockSamples), using: &random)
      sequence += 1
    case 1:
      let isShort = Int.random(in: 0..<10, using: &random) == 0
      let count = isShort ? Int.random(in: 1...blockSamples, using: &random) : blockSamples
      gaps.append(sequence: sequence, firstSample: sample, count: count)
      model[sequence] = sample..<(sample + Int64(count))
      sample += Int64(count)
      sequence += 1
    default:
      let taken = UInt64.random(in: 0...sequence, using: &random)
      gaps.remove(sequence: taken)
      model[taken] = nil
    }
  }
  for number in 0...(sequence + 2) { #expect(gaps.samples(ofBlock: number) == model[number], "seed \(seed)") }
  #expect(gaps.samples == model.values.reduce(0) { $0 + Int64($1.count) })
  #expect(gaps.isEmpty == model.isEmpty)
  #expect(gaps.runs.map(\.firstSequence) == gaps.runs.map(\.firstSequence).sorted())
}

@Test(
  "Whatever comes, in any order and any number of times: the ledger balances and takes each block once",
  arguments: UInt64(0)..<100)
func ledgerBalances(seed: UInt64) throws {
  var random = SeededGenerator(state: seed)
  let (rate, epoch) = (SampleRate(16384, per: 3), GPSTime(nanoseconds: 1_000_000_000_000))
  let blockSamples = 10
  let length = Int64.random(in: 150...260, using: &random)
  var ledger = StreamLedger(
    stream: 5, channelCount: 1, blockSamples: blockSamples, rate: rate, epoch: epoch, length: length)
  func block(_ sequence: UInt64) -> BlockHeader {
    let first = Int64(sequence) * Int64(blockSamples)
    let count = max(0, min(Int64(blockSamples), length - first))
    return BlockHeader(
      stream: 5, sequence: sequence, firstSample: first, time: rate.time(ofSample: first, epoch: epoch),
      sampleCount: UInt32(count), channelCount: 1)
  }
  let last = UInt64((length + 9) / 10)
  // The fate of every block, kept apart from the ledger.
  var (present, declared, late) = (Set<UInt64>(), Set<UInt64>(), UInt64(0))
  for _ in 0..<400 {
    ledger.credit = min(last, ledger.credit + UInt64.random(in: 0...1, using: &random))
    if Int.random(in: 0..<12, using: &random) == 0, !ledger.isComplete, ledger.nextSequence < ledger.credit {
      let header = ledger.declareMissing(reason: 5)
      #expect(header.firstSample == block(header.sequence).firstSample, "seed \(seed)")
      #expect(header.sampleCount == block(header.sequence).sampleCount, "seed \(seed)")
      declared.insert(header.sequence)
      continue
    }
    let near = Int64(ledger.nextSequence) + Int64.random(in: -4...3, using: &random)
    let header = block(UInt64(max(0, near)))
    let before = ledger
    do throws(BlockRefusal) {
      if header.sequence < ledger.nextSequence {
        try ledger.checkLate(header, payloadSize: header.payloadSize)
        ledger.acceptLate(header, missing: 0)
        let wasDeclared = declared.remove(header.sequence) != nil
        #expect(wasDeclared, "seed \(seed)")
        late += 1
      } else {
        try ledger.check(header, payloadSize: header.payloadSize)
        ledger.accept(header, missing: 0)
        #expect(header.sequence < ledger.credit, "seed \(seed)")
      }
      let isNew = present.insert(header.sequence).inserted
      #expect(isNew, "seed \(seed)")
    } catch {
      #expect(ledger == before, "seed \(seed)")
      ledger.count(error)
    }
    let archived = present.reduce(Int64(0)) { $0 + Int64(block($1).sampleCount) }
    let missing = declared.reduce(Int64(0)) { $0 + Int64(block($1).sampleCount) }
    #expect(ledger.missing == missing && ledger.nextSample == archived + missing, "seed \(seed)")
    #expect(ledger.nextSequence == UInt64(present.count + declared.count), "seed \(seed)")
    #expect(ledger.late == late && ledger.gaps.samples == missing, "seed \(seed)")
  }
}

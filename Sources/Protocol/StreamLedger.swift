import Sky

/// What the hub knows of one stream, and the rules by which it takes or refuses the next block.
///
/// A value without input or output: the hub owns one for every node. All counts of samples are per channel.
public struct StreamLedger: Hashable, Sendable {
  public let stream: UInt64
  public let channelCount: Int
  public let sampleType: BlockHeader.SampleType
  public let blockSamples: Int
  public let rate: SampleRate
  public let epoch: GPSTime
  /// Samples in the whole run.
  public let length: Int64

  /// The block and the sample that are due.
  public private(set) var nextSequence: UInt64 = 0
  public private(set) var nextSample: Int64 = 0
  /// Blocks below this sequence may be sent.
  public var credit: UInt64 = 0
  /// Samples declared missing, by their blocks or by the hub.
  public private(set) var missing: Int64 = 0
  /// Blocks that the hub has declared missing and that may still come.
  public private(set) var gaps: DeclaredGaps
  /// Blocks that came after they had been declared missing.
  public private(set) var late: UInt64 = 0
  public private(set) var duplicates: UInt64 = 0
  /// Refusals by code, duplicates not among them.
  public private(set) var refusals: [String: UInt64] = [:]

  public init(
    stream: UInt64, channelCount: Int, sampleType: BlockHeader.SampleType = .float64, blockSamples: Int,
    rate: SampleRate, epoch: GPSTime, length: Int64
  ) {
    self.stream = stream
    self.channelCount = channelCount
    self.sampleType = sampleType
    self.blockSamples = blockSamples
    self.rate = rate
    self.epoch = epoch
    self.length = length
    gaps = DeclaredGaps(blockSamples: blockSamples)
  }

  /// Goes on where an earlier hub left the stream.
  ///
  /// - Parameters:
  ///   - nextSequence, nextSample: the block and the sample that are due.
  ///   - missing: samples declared missing before.
  ///   - gaps: the blocks among them that may still come.
  ///   - late, duplicates, refused: what was counted before.
  public mutating func resume(
    nextSequence: UInt64, nextSample: Int64, missing: Int64, gaps: DeclaredGaps, late: UInt64, duplicates: UInt64,
    refused: UInt64
  ) {
    self.nextSequence = nextSequence
    self.nextSample = nextSample
    self.missing = missing
    self.gaps = gaps
    self.late = late
    self.duplicates = duplicates
    refusals = refused > 0 ? ["earlier": refused] : [:]
  }

  /// Whether the stream is at the end of the run.
  public var isComplete: Bool { nextSample == length }

  public var refused: UInt64 { refusals.values.reduce(0, +) }

  /// Checks that `header` is the block that is due and that its payload has the promised length.
  /// - Throws: ``BlockRefusal``; the ledger is unchanged (count the refusal with ``count(_:)``).
  public func check(_ header: BlockHeader, payloadSize: Int) throws(BlockRefusal) {
    guard header.stream == stream else { throw .unknownStream(header.stream) }
    guard header.sequence >= nextSequence else { throw .duplicate(sequence: header.sequence) }
    guard header.sequence == nextSequence else {
      throw .sequence(expected: nextSequence, received: header.sequence)
    }
    guard header.sequence < credit else { throw .beyondCredit(limit: credit, received: header.sequence) }
    try checkLayout(header)
    guard header.firstSample == nextSample else {
      throw .sampleIndex(expected: nextSample, received: header.firstSample)
    }
    let end = header.firstSample + Int64(header.sampleCount)
    guard end <= length else { throw .afterEnd(sample: end) }
    try checkTimeAndSize(header, payloadSize: payloadSize)
  }

  /// Checks that `header` is a block that was declared missing and that its payload has the promised length.
  /// - Throws: ``BlockRefusal``; the ledger is unchanged.
  public func checkLate(_ header: BlockHeader, payloadSize: Int) throws(BlockRefusal) {
    guard header.stream == stream else { throw .unknownStream(header.stream) }
    guard let samples = gaps.samples(ofBlock: header.sequence) else { throw .duplicate(sequence: header.sequence) }
    try checkLayout(header)
    guard header.firstSample == samples.lowerBound else {
      throw .sampleIndex(expected: samples.lowerBound, received: header.firstSample)
    }
    guard Int(header.sampleCount) == samples.count else {
      throw .otherLength(sequence: header.sequence, expected: samples.count, received: Int(header.sampleCount))
    }
    try checkTimeAndSize(header, payloadSize: payloadSize)
  }

  private func checkLayout(_ header: BlockHeader) throws(BlockRefusal) {
    guard header.sampleType == sampleType else {
      throw .otherSampleType(expected: sampleType, received: header.sampleType)
    }
    guard Int(header.channelCount) == channelCount, (1...blockSamples).contains(Int(header.sampleCount)) else {
      throw .layout(
        expectedChannels: channelCount, channels: Int(header.channelCount), limit: blockSamples,
        samples: Int(header.sampleCount))
    }
  }

  private func checkTimeAndSize(_ header: BlockHeader, payloadSize: Int) throws(BlockRefusal) {
    let time = rate.time(ofSample: header.firstSample, epoch: epoch)
    guard header.time == time else {
      throw .time(expected: time.nanoseconds, received: header.time.nanoseconds)
    }
    guard payloadSize == header.payloadSize else {
      throw .payloadLength(expected: header.payloadSize, received: payloadSize)
    }
  }

  /// Takes a block that passed ``check(_:payloadSize:)``.
  /// - Parameter missing: how many of its samples are declared missing in every channel.
  public mutating func accept(_ header: BlockHeader, missing: Int64) {
    nextSequence += 1
    nextSample += Int64(header.sampleCount)
    self.missing += missing
  }

  /// Takes a block that passed ``checkLate(_:payloadSize:)``.
  /// - Parameter missing: how many of its samples are declared missing in every channel all the same.
  public mutating func acceptLate(_ header: BlockHeader, missing: Int64) {
    gaps.remove(sequence: header.sequence)
    self.missing += missing - Int64(header.sampleCount)
    late += 1
  }

  /// Declares the next block missing, as long as a block may be, within the run.
  /// - Parameter reason: the code of the reason in the block's header.
  /// - Returns: the header of the block, which has no payload.
  public mutating func declareMissing(reason: UInt8) -> BlockHeader {
    precondition(!isComplete, "a stream ends with the run")
    let count = Int(min(Int64(blockSamples), length - nextSample))
    let header = BlockHeader(
      flags: [.allMissing, .someMissing], stream: stream, sequence: nextSequence, firstSample: nextSample,
      time: rate.time(ofSample: nextSample, epoch: epoch), sampleCount: UInt32(count),
      channelCount: UInt16(channelCount), sampleType: sampleType, missingReason: reason)
    gaps.append(sequence: nextSequence, firstSample: nextSample, count: count)
    accept(header, missing: Int64(count))
    return header
  }

  /// Counts a refusal.
  public mutating func count(_ refusal: BlockRefusal) {
    if case .duplicate = refusal {
      duplicates += 1
    } else {
      refusals[refusal.code, default: 0] += 1
    }
  }
}

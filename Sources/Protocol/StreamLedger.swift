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
  /// Samples declared missing by their blocks.
  public private(set) var missing: Int64 = 0
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
  }

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
    guard header.sampleType == sampleType else {
      throw .otherSampleType(expected: sampleType, received: header.sampleType)
    }
    guard Int(header.channelCount) == channelCount, (1...blockSamples).contains(Int(header.sampleCount)) else {
      throw .layout(
        expectedChannels: channelCount, channels: Int(header.channelCount), limit: blockSamples,
        samples: Int(header.sampleCount))
    }
    guard header.firstSample == nextSample else {
      throw .sampleIndex(expected: nextSample, received: header.firstSample)
    }
    let end = header.firstSample + Int64(header.sampleCount)
    guard end <= length else { throw .afterEnd(sample: end) }
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

  /// Counts a refusal.
  public mutating func count(_ refusal: BlockRefusal) {
    if case .duplicate = refusal {
      duplicates += 1
    } else {
      refusals[refusal.code, default: 0] += 1
    }
  }
}

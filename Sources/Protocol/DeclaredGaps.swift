/// The blocks of a stream that the hub has declared missing because their node was away, and that may still come.
///
/// A value: ascending runs of blocks, each full but the last of the stream.
public struct DeclaredGaps: Hashable, Sendable {
  /// Consecutive blocks.
  public struct Run: Hashable, Sendable, Codable {
    /// Number of the first block.
    public var firstSequence: UInt64
    /// The samples of its blocks, from the first to the one after the last.
    public var firstSample: Int64
    public var endSample: Int64

    public init(firstSequence: UInt64, firstSample: Int64, endSample: Int64) {
      self.firstSequence = firstSequence
      self.firstSample = firstSample
      self.endSample = endSample
    }
  }

  /// Samples of a full block.
  public let blockSamples: Int
  public private(set) var runs: [Run] = []

  public init(blockSamples: Int) {
    self.blockSamples = blockSamples
  }

  public var isEmpty: Bool { runs.isEmpty }

  /// Samples in all runs.
  public var samples: Int64 { runs.reduce(0) { $0 + $1.endSample - $1.firstSample } }

  /// Adds a block after all that are here.
  public mutating func append(sequence: UInt64, firstSample: Int64, count: Int) {
    let end = firstSample + Int64(count)
    if let last = runs.last, last.endSample == firstSample, sequence == endSequence(last),
      (last.endSample - last.firstSample) % Int64(blockSamples) == 0
    {
      runs[runs.count - 1].endSample = end
    } else {
      runs.append(Run(firstSequence: sequence, firstSample: firstSample, endSample: end))
    }
  }

  /// The samples of a block that is here; nil when it is not.
  public func samples(ofBlock sequence: UInt64) -> Range<Int64>? {
    position(of: sequence).map { range(of: sequence, in: runs[$0]) }
  }

  /// Takes a block out.
  public mutating func remove(sequence: UInt64) {
    guard let position = position(of: sequence) else { return }
    let run = runs[position]
    let block = range(of: sequence, in: run)
    let parts = [
      Run(firstSequence: run.firstSequence, firstSample: run.firstSample, endSample: block.lowerBound),
      Run(firstSequence: sequence + 1, firstSample: block.upperBound, endSample: run.endSample),
    ]
    runs.replaceSubrange(position...position, with: parts.filter { $0.firstSample < $0.endSample })
  }

  private func endSequence(_ run: Run) -> UInt64 {
    let length = run.endSample - run.firstSample
    return run.firstSequence + UInt64((length + Int64(blockSamples) - 1) / Int64(blockSamples))
  }

  private func range(of sequence: UInt64, in run: Run) -> Range<Int64> {
    let first = run.firstSample + Int64(sequence - run.firstSequence) * Int64(blockSamples)
    return first..<min(first + Int64(blockSamples), run.endSample)
  }

  private func position(of sequence: UInt64) -> Int? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if endSequence(runs[middle]) <= sequence { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].firstSequence <= sequence ? low : nil
  }
}

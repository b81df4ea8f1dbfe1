/// A part of a stream, in blocks numbered without holes.
public struct StreamStretch: Hashable, Sendable {
  /// Number of its first block.
  public var firstSequence: UInt64
  /// Number of that block's first sample since the epoch.
  public var firstSample: Int64
  /// Number of the sample after the last; nil for all that the stream has.
  public var endSample: Int64?

  public init(firstSequence: UInt64 = 0, firstSample: Int64 = 0, endSample: Int64? = nil) {
    self.firstSequence = firstSequence
    self.firstSample = firstSample
    self.endSample = endSample
  }
}

/// What a source tells the thread that sends.
public enum BlockEvent: Sendable {
  /// Blocks in their order, which continue those before them.
  case blocks([SampleBlock])
  /// The stretch is at its end.
  case finished
  case failed(any Error)
}

/// Where the blocks of one stretch of a stream come from: rendered from a topology, read from an archive or a spool.
///
/// A source serves its stretch once. When the hub asks for another part of the stream, its owner stops it and makes a new
/// one; so whatever makes sources can begin anywhere, and the same stretch always has the same blocks.
public protocol BlockSource: AnyObject, Sendable {
  /// Delivers the blocks of the stretch in their order, then `finished`; returns early after ``stop()``.
  ///
  /// Runs on a thread of its own. Memory must be bounded: when too many blocks are out, it waits for ``release(_:)``.
  func run(deliver: (BlockEvent) -> Void)

  /// Takes blocks back; the hub has them for good. From any thread.
  func release(_ blocks: [SampleBlock])

  /// Ends ``run(deliver:)`` soon, for good; from any thread.
  func stop()
}

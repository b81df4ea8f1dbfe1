/// Where the blocks of a stream come from: an instrument that renders them, or an archive that kept them.
///
/// Works on a thread of its own. Blocks come from a fixed pool, so that a slow hub makes it wait.
protocol BlockSource: AnyObject, Sendable {
  /// Delivers blocks from a given one on to the end of the stream, or to ``stop()``, then says that it has finished or failed.
  func run(nextSequence: UInt64, nextSample: Int64, deliver: (BlockGenerator.Event) -> Void)

  /// Takes a block back once the hub has it for good.
  func recycle(_ block: SampleBlock)

  /// Ends the source before its next block.
  func stop()
}

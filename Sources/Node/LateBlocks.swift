import Protocol

/// Makes and sends again, a few at a time, blocks that the hub declared missing while this node was away.
///
/// Confined to the thread that sends.
final class LateBlocks {
  /// Blocks on their way, as the protocol allows.
  private static let limit = 4

  private var runs: ArraySlice<DeclaredGaps.Run>
  private let makeFeed: (StreamStretch) throws -> SourceFeed
  private var feed: SourceFeed?
  /// Blocks that are not acknowledged; those before `nextToSend` are sent.
  private var window: [SampleBlock] = []
  private var nextToSend = 0

  init(_ runs: [DeclaredGaps.Run], makeFeed: @escaping (StreamStretch) throws -> SourceFeed) throws {
    self.runs = runs[...]
    self.makeFeed = makeFeed
    try beginNextRun()
  }

  /// Whether all are durable.
  var isDone: Bool { feed == nil }

  func end() { feed?.end() }

  func handles(_ identifier: Int) -> Bool { feed?.identifier == identifier }

  func handle(_ event: BlockEvent) throws {
    switch event {
    case .blocks(let blocks): window += blocks
    case .finished:
      feed?.isFinished = true
      try goOn()
    case .failed(let error): throw error
    }
  }

  func send(with send: (SampleBlock) throws -> Void) throws {
    while nextToSend < min(window.count, Self.limit) {
      try send(window[nextToSend])
      nextToSend += 1
    }
  }

  /// Everything that is not acknowledged has to be sent once more.
  func sendAgain() { nextToSend = 0 }

  /// The hub has these blocks for good.
  func release(_ sequences: [UInt64]) throws {
    for sequence in sequences {
      guard let index = window.prefix(nextToSend).firstIndex(where: { $0.header.sequence == sequence }) else {
        continue
      }
      feed?.release([window.remove(at: index)])
      nextToSend -= 1
    }
    try goOn()
  }

  private func goOn() throws {
    guard let feed, feed.isFinished, window.isEmpty else { return }
    feed.end()
    try beginNextRun()
  }

  private func beginNextRun() throws {
    feed = try runs.popFirst().map {
      try makeFeed(
        StreamStretch(firstSequence: $0.firstSequence, firstSample: $0.firstSample, endSample: $0.endSample))
    }
  }
}

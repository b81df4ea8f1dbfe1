import Logging
import Protocol
import Synchronization
import Threads

/// Puts a folder between a source and the thread that sends: every block is in a file before it is sent, and stays there
/// until the hub has it for good.
///
/// So a hub that is away does not stop the source, as long as the folder's limit allows, and what was made is not lost
/// with this process: the next one finds it in the folder.
final class BlockSpool: BlockSource {
  private let store: SpoolStore
  private let stretch: StreamStretch
  private let makeSource: @Sendable (StreamStretch) throws -> any BlockSource
  private let free: BoundedQueue<SampleBlock>
  private let inner = Mutex<(source: (any BlockSource)?, isStopped: Bool)>((nil, false))
  private let logger: Logger
  private let folder: String

  /// - Parameters:
  ///   - folder: of this stream alone.
  ///   - limit: bytes that it may hold.
  ///   - blocks: memory for the blocks on their way to the hub.
  ///   - schedule: what the samples carry; when some of those in the folder lack signals, all are made again.
  ///   - makeSource: makes what is not in the folder.
  /// - Throws: ``NodeError/spool(path:problem:)``.
  init(
    folder: String, limit: Int, stretch: StreamStretch, blocks: [SampleBlock], schedule: SignalSchedule,
    logger: Logger,
    makeSource: @escaping @Sendable (StreamStretch) throws -> any BlockSource
  ) throws {
    self.folder = folder
    self.stretch = stretch
    self.makeSource = makeSource
    self.logger = logger
    let store = try SpoolStore(folder: folder, limit: limit)
    self.store = store
    try schedule.keepRecord(at: folder + "/signals.json") { sample in
      guard let end = store.end, end.firstSample > sample else { return }
      logger.notice("other signals were put in meanwhile: what is in the spool \(folder) is made again")
      store.clear()
    }
    if let end = store.end { schedule.raise(to: end.firstSample) }
    free = BoundedQueue(capacity: blocks.count)
    for block in blocks { free.push(block) }
  }

  func release(_ blocks: [SampleBlock]) {
    guard let last = blocks.last else { return }
    store.release(through: last.header.sequence)
    free.push(contentsOf: blocks)
  }

  func stop() {
    let source = inner.withLock { state in
      state.isStopped = true
      return state.source
    }
    source?.stop()
    store.close()
    free.close()
  }

  func run(deliver: (BlockEvent) -> Void) {
    var start = stretch
    if store.sequences.contains(stretch.firstSequence), let end = store.end {
      logger.notice("\(store.sequences.count) blocks are in the spool \(folder)")
      start = end
    } else if store.end != stretch {
      // The hub wants another part of the stream.
      store.clear()
    }
    let worker = Worker("spool") { [self, start] in try fill(from: start) }
    var sequence = stretch.firstSequence
    do {
      while let block = free.pop(), try store.read(sequence, into: block) {
        deliver(.blocks([block]))
        sequence += 1
      }
      try worker.join()
      deliver(.finished)
    } catch {
      stop()
      try? worker.join()
      deliver(.failed(error))
    }
  }

  private func fill(from start: StreamStretch) throws {
    defer { store.complete() }
    let source = try makeSource(start)
    let isStopped = inner.withLock { state in
      state.source = source
      return state.isStopped
    }
    guard !isStopped else { return }
    var problem: (any Error)?
    source.run { event in
      switch event {
      case .blocks(let blocks):
        do {
          for block in blocks {
            let taken = try store.append(block) {
              logger.warning("the spool \(folder) is full: the source waits for the hub")
            }
            if !taken { source.stop() }
          }
        } catch {
          problem = error
          source.stop()
        }
        source.release(blocks)
      case .finished: break
      case .failed(let error): problem = error
      }
    }
    if let problem { throw problem }
  }
}

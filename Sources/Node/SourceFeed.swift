import Threads
import ZeroMQ

/// A source at work on a thread of its own, its blocks on their way to the thread that sends.
///
/// Confined to the thread that sends.
final class SourceFeed {
  /// Tells this feed's events from those of feeds before it.
  let identifier: Int
  private let source: any BlockSource
  private let worker: Worker
  /// Whether the source has delivered all it will.
  var isFinished = false

  /// Starts the source.
  init(_ source: any BlockSource, identifier: Int, mailbox: Mailbox<StreamSender.Letter>) {
    self.source = source
    self.identifier = identifier
    worker = Worker("blocks") { source.run { mailbox.post(.source(feed: identifier, $0)) } }
  }

  func release(_ blocks: [SampleBlock]) { source.release(blocks) }

  /// Asks the source to deliver no more.
  func stop() { source.stop() }

  /// Stops the source and waits for its thread; what it delivered and was not taken is void.
  func end() {
    source.stop()
    try? worker.join()
  }
}

import Foundation
import Logging
import Protocol
import Security
import Topology
import ZeroMQ

/// Sends one stream to a hub and stays until the hub has all of it for good, whatever happens to the hub in between.
///
/// The thread that calls ``run()`` owns the socket; the source of the blocks works on another. Samples flow by credit, and
/// a block is kept until the hub acknowledges that it is durable. When the hub dies or the network breaks, the sender
/// connects again and goes on from where the hub says; when that is a part of the stream that it no longer holds, it has
/// a new source made for it.
public final class StreamSender: Sendable {
  /// What became of the stream; all counts of samples are per channel.
  public struct Summary: Sendable, Codable, Hashable {
    public var node: String
    public var blocks: UInt64
    public var samples: Int64
    /// Samples in the archive with data, and declared missing; nil when the hub acknowledged all blocks and then ended
    /// before it could say.
    public var archived: Int64?
    public var missing: Int64?
    /// `complete`, or why the stream ended early.
    public var reason: String
  }

  enum Letter: Sendable {
    case source(feed: Int, BlockEvent)
    case stop(String)
  }

  private let hello: ControlMessage.Hello
  private let endpoint: String
  private let settings: HubSettings
  private let keys: PeerKeys?
  private let context: Context?
  private let logger: Logger
  private let schedule: SignalSchedule?
  private let makeSource: @Sendable (StreamStretch) throws -> any BlockSource
  private let mailbox = Mailbox<Letter>()

  /// - Parameters:
  ///   - hello: how the node introduces itself.
  ///   - endpoint: where the hub listens.
  ///   - keys: nil for a connection in the clear.
  ///   - context: shared with other nodes of this process; nil for one of its own.
  ///   - schedule: what the samples carry; nil when that is not for the hub to say.
  ///   - makeSource: makes a source of the blocks of any stretch of the stream.
  init(
    hello: ControlMessage.Hello, endpoint: String, settings: HubSettings, keys: PeerKeys? = nil,
    context: Context? = nil,
    logger: Logger,
    schedule: SignalSchedule? = nil, makeSource: @escaping @Sendable (StreamStretch) throws -> any BlockSource
  ) {
    self.hello = hello
    self.endpoint = endpoint
    self.settings = settings
    self.keys = keys
    self.context = context
    self.logger = logger
    self.schedule = schedule
    self.makeSource = makeSource
  }

  /// Ends the stream in good order, from any thread: the hub is told, and all that was sent becomes durable first.
  public func stop(reason: String) {
    mailbox.post(.stop(reason))
  }

  /// Sends the stream to its end.
  /// - Returns: what was sent and what the hub archived of it.
  /// - Throws: ``NodeError``, `ZeroMQError`, or what the source fails with.
  public func run() throws -> Summary {
    let session = try HubSession(
      hello: hello, endpoint: endpoint, settings: settings, keys: keys, context: context, logger: logger,
      mailbox: mailbox,
      schedule: schedule, makeSource: makeSource)
    defer { session.end() }
    while !session.isOver {
      for letter in mailbox.take() {
        switch letter {
        case .source(let feed, let event): try session.handle(event, ofFeed: feed)
        case .stop(let reason):
          logger.info("stopping: \(reason)")
          session.stop(reason: reason)
        }
      }
      try session.exchange(waitingFor: mailbox.wakeup)
    }
    if session.farewell == nil {
      logger.notice("the hub ended without a farewell, but has acknowledged all \(session.sentBlocks) blocks")
    } else {
      logger.info(
        "sent \(session.sentSamples) samples in \(session.sentBlocks) blocks; all archived or declared missing")
    }
    return Summary(
      node: hello.node, blocks: session.sentBlocks, samples: session.sentSamples,
      archived: session.farewell?.archived, missing: session.farewell?.missing, reason: session.endReason)
  }
}

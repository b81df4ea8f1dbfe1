import Archive
import Foundation
import Hub
import Logging
import Node
import Security
import Synchronization
import Threads
import Topology
import ZeroMQ

/// Nodes of an archive that stream it again over ZeroMQ: each one a sender with a thread and a connection of its own.
public final class WireReplay: Sendable {
  /// What became of it.
  public struct Summary: Sendable, Codable {
    public var nodes: [StreamSender.Summary]
    /// Samples of all channels sent, and their bytes.
    public var samples: Int64
    public var bytes: Int64
    /// From the first block until the hub had everything for good.
    public var seconds: Double
  }

  private let archive: ReplayedArchive
  private let names: [String]
  private let speed: Speed
  private let keys: KeyFolder?
  private let logger: @Sendable (String) -> Logger
  private let runners = Mutex<[NodeRunner]>([])

  /// - Parameters:
  ///   - names: the nodes that send; each one of the archive.
  ///   - keys: where each node's key is; nil for connections in the clear.
  ///   - logger: makes that of a node.
  public init(
    _ archive: ReplayedArchive, nodes names: [String], speed: Speed, keys: KeyFolder? = nil,
    logger: @escaping @Sendable (String) -> Logger
  ) {
    self.archive = archive
    self.names = names
    self.speed = speed
    self.keys = keys
    self.logger = logger
  }

  /// Ends all streams in good order, from any thread.
  public func stop(reason: String) {
    for runner in runners.withLock({ $0 }) { runner.stop(reason: reason) }
  }

  /// Samples of all channels handed to the senders so far, and those of the whole replay.
  public var progress: (sent: Int64, total: Int64) {
    (archive.sentSamples, archive.sampleCount * Int64(archive.loops))
  }

  /// Sends to a hub that listens at `endpoint`, and stays until it has everything.
  ///
  /// - Throws: `NodeError` of the first node that failed; the others were stopped.
  public func run(endpoint: String) throws -> Summary {
    try wait(for: try start(endpoint: endpoint) { self.stop(reason: "\($0)") })
  }

  /// Starts a hub in this process, on a free loopback port, and sends everything through ZeroMQ into a new archive.
  ///
  /// - Parameters:
  ///   - hub: made with the archive's topology (`ReplayedArchive.topology`).
  ///   - onStart: called when the nodes have been started.
  /// - Throws: `NodeError`, `ArchiveError`, or what else a hub throws.
  public func run(into hub: Hub, onStart: () -> Void = {}) throws -> (summary: Summary, outcome: Hub.Outcome) {
    var senders: [Sender] = []
    var failure: (any Error)?
    let outcome: Hub.Outcome
    do {
      outcome = try hub.run { endpoint in
        do {
          senders = try start(endpoint: endpoint) { hub.stop(reason: "\($0)") }
        } catch {
          failure = error
          hub.stop(reason: "\(error)")
        }
        onStart()
      }
    } catch {
      // Senders that the hub never answered would wait for it.
      stop(reason: "the hub failed")
      for sender in senders { try? sender.worker.join() }
      throw error
    }
    if let failure { throw failure }
    return (try wait(for: senders), outcome)
  }

  private struct Sender {
    var worker: Worker
    var summary: SummaryBox
  }

  private final class SummaryBox: Sendable {
    let value = Mutex<StreamSender.Summary?>(nil)
  }

  private func start(endpoint: String, onFailure: @escaping @Sendable (any Error) -> Void) throws -> [Sender] {
    // One for all: a thread for each connection would only take turns with the others. A connection that is made anew has
    // two sockets for a moment.
    let context = try Context(sockets: 2 * names.count + 16)
    let made = try names.map { name in
      try NodeRunner(
        replaying: name, of: archive, speed: speed, endpoint: endpoint,
        keys: keys.map { try PeerKeys(folder: $0, role: .node, name: name) }, context: context,
        logger: logger(name))
    }
    runners.withLock { $0 = made }
    return zip(names, made).map { name, runner in
      let summary = SummaryBox()
      let worker = Worker(
        name,
        {
          let result = try runner.run()
          summary.value.withLock { $0 = result }
        }, onFailure: onFailure)
      return Sender(worker: worker, summary: summary)
    }
  }

  private func wait(for senders: [Sender]) throws -> Summary {
    var failure: (any Error)?
    for sender in senders {
      do { try sender.worker.join() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    let summaries = senders.compactMap { $0.summary.value.withLock { $0 } }
    for summary in summaries {
      // Without a farewell the hub has acknowledged all blocks as durable and then ended.
      guard let archived = summary.archived, let missing = summary.missing else { continue }
      guard archived + missing == summary.samples else {
        throw LaunchError.incompleteReplay(
          node: summary.node, sent: summary.samples, archived: archived, missing: missing)
      }
    }
    let now = ContinuousClock.now
    let duration = (now - (archive.firstSent ?? now)).components
    let samples = archive.sentSamples
    return Summary(
      nodes: summaries, samples: samples,
      bytes: Int64(Double(archive.byteCount) * Double(samples) / Double(max(archive.sampleCount, 1))),
      seconds: Double(duration.seconds) + Double(duration.attoseconds) * 1e-18)
  }
}

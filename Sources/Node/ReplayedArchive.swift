import Archive
import Synchronization
import Topology

/// An archive, or a part of it, whose nodes send their blocks again.
///
/// The senders read what is not compressed each for itself. For the rest they share one reader of the file and wait for each
/// other; they read many blocks at a time.
public final class ReplayedArchive: @unchecked Sendable {
  // Unchecked because `excerpt` and `file` are used with the lock held only, after the initialiser.
  private let excerpt: ArchiveExcerpt
  private let lock = Mutex(())
  private let sent = Mutex<(samples: Int64, since: ContinuousClock.Instant?)>((0, nil))
  /// The network whose streams they are, for as long as the replay takes.
  public let topology: NetworkTopology
  /// How many times the run is sent, one after the other.
  public let loops: Int
  /// Samples of all channels in one turn, and their bytes.
  public let sampleCount: Int64
  public let byteCount: Int64
  let streams: [ArchiveLayout.Stream]
  let rows: [[IndexRow]]
  /// Samples of each channel of every stream in one turn.
  let lengths: [Int64]
  private let file: StoredArchive

  /// - Parameters:
  ///   - excerpt: not used by anybody else any more.
  ///   - loops: positive; more than one only for complete runs. Later turns continue sequence, sample number and time.
  /// - Throws: `ArchiveError` when the archive cannot be replayed so.
  public init(_ excerpt: ArchiveExcerpt, loops: Int = 1) throws {
    self.excerpt = excerpt
    self.loops = loops
    var topology = try excerpt.archive.topology()
    streams = excerpt.streams
    rows = streams.indices.map { excerpt.index(stream: $0) }
    lengths = rows.map { $0.last?.end ?? 0 }
    file = try excerpt.storedArchive()
    sampleCount = excerpt.sampleCount
    byteCount = excerpt.byteCount
    let wanted = try topology.nodes.map { try topology.sampleCount(of: $0) }
    guard topology.nodes.map(\.name) == streams.map(\.name) else {
      throw ArchiveError(
        .malformed, path: excerpt.archive.path, object: "/resolved_topology",
        problem: "its nodes are not the streams of the archive", remedy: "run gnomon archive verify on the file")
    }
    if loops > 1 {
      guard excerpt.isWhole, lengths == wanted else {
        throw ArchiveError(
          .wrongUse, path: excerpt.archive.path, problem: "only a whole, complete run can be sent again and again",
          remedy: "leave the loop out, or the choice of nodes and times")
      }
      let (duration, overflow) = topology.duration.multipliedReportingOverflow(by: Int64(loops))
      guard !overflow, duration < 1 << 62 else {
        throw ArchiveError(
          .wrongUse, path: excerpt.archive.path, problem: "\(loops) turns last too long", remedy: "ask for fewer")
      }
      topology.duration = duration
    }
    self.topology = topology
  }

  /// Samples of all channels that were handed to the senders.
  public var sentSamples: Int64 { sent.withLock { $0.samples } }

  /// When the first of them was; nil before.
  public var firstSent: ContinuousClock.Instant? { sent.withLock { $0.since } }

  func count(_ samples: Int64) {
    sent.withLock { sent in
      sent.samples += samples
      if sent.since == nil { sent.since = .now }
    }
  }

  /// Where samples of all channels of a stream can be read without waiting for others; nil when they cannot.
  func storedSamples(stream: Int, _ range: Range<Int64>) throws -> [StoredSamples]? {
    try lock.withLock { _ in
      try excerpt.storedSamples(Int(range.lowerBound)..<Int(range.upperBound), stream: stream, in: file)
    }
  }

  /// Reads samples of one channel.
  func read(stream: Int, channel: Int, from first: Int64, into output: UnsafeMutableBufferPointer<Double>) throws {
    try lock.withLock { _ in try excerpt.read(stream: stream, channel: channel, from: Int(first), into: output) }
  }
}

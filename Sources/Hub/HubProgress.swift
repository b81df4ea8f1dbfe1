import Synchronization

/// Counts that the hub's threads keep for whoever watches the run.
public final class HubProgress: Sendable {
  /// One look at the counts.
  public struct Snapshot: Sendable, Codable, Hashable {
    public init() {}

    /// Samples of each channel archived, by stream.
    public var archived: [Int64] = []
    /// Samples archived of all channels together.
    public var totalArchived: Int64 = 0
    /// Samples that the whole run will have.
    public var totalSamples: Int64 = 0
    public var connected = 0
    public var finished = 0
    public var integrations = 0
    public var refused: UInt64 = 0
    public var duplicates: UInt64 = 0
    /// Blocks sent by nodes that have said goodbye and are not in the archive.
    public var lost: Int64 = 0
    /// Why the run stands still, nil when it does not.
    public var notice: String?
  }

  private let channels: [Int64]
  private let state: Mutex<Snapshot>

  init(channels: [Int], lengths: [Int64]) {
    self.channels = channels.map(Int64.init)
    let total = zip(channels, lengths).reduce(0) { $0 + Int64($1.0) * $1.1 }
    var snapshot = Snapshot()
    snapshot.archived = lengths.map { _ in 0 }
    snapshot.totalSamples = total
    state = Mutex(snapshot)
  }

  public var snapshot: Snapshot { state.withLock { $0 } }

  func setArchived(_ samples: [Int64]) {
    state.withLock { state in
      state.archived = samples
      state.totalArchived = zip(samples, channels).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  func addIntegration() { state.withLock { $0.integrations += 1 } }

  func update(_ change: (inout Snapshot) -> Void) { state.withLock { change(&$0) } }
}

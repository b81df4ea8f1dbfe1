import Archive
import Correlator
import Protocol

/// What the receiver hands to the archive's thread.
enum ArchiveTask: Sendable {
  /// Samples of an earlier hub that go from the file to the ring.
  case load(slab: Int64)
  /// New samples in the ring and their index rows.
  case samples(SampleBatch)
  /// A block that was declared missing before.
  case late(LateBlock)
  /// Rows of `/injections` and where they go.
  case injection([(position: Int, row: InjectionRow)])
  /// A finished integration of band `band`.
  case product(CrossSpectra, band: Int)
  /// All slabs are through the correlator: close.
  case close
}

/// Samples that lie in the ring and are not archived yet.
struct SampleBatch: Sendable {
  /// For each stream the index rows of its new blocks.
  var rows: [[IndexRow]]
  /// For each stream the end of its samples in the ring.
  var end: [Int64]
  /// For each stream the sequence after its last block here.
  var nextSequence: [UInt64]
  /// What the accounting says by now.
  var accounting: [StreamAccounting]
  /// Peers that were sent away by now, by reason.
  var refusedPeers: [String: Int64]
  /// Slabs that are complete with this batch, ascending.
  var completedSlabs: [CompletedSlab]
  /// Whether no samples follow.
  var isLast: Bool
}

/// A block that takes the place of one that was declared missing.
struct LateBlock: Sendable {
  var stream: Int
  var row: IndexRow
  var samples: [Double]
}

/// A slab whose samples are all there: data, or NaN where none will come.
struct CompletedSlab: Sendable {
  var number: Int64
  /// Nanoseconds after the epoch up to which this slab holds samples.
  var end: Int64
  /// For each stream the clock's reported offset, one entry for each block since the slab before; empty when all are zero.
  var clock: [[ClockReport]]
}

/// From sample `firstSample` on the node reports its clock to be off by `offset` seconds.
struct ClockReport: Sendable {
  var firstSample: Int64
  var offset: Double
}

/// What other threads tell the receiver.
enum ReceiverLetter: Sendable {
  /// What an earlier hub archived of this slab is in the ring.
  case loaded(slab: Int64)
  /// For each stream, blocks below this sequence are durable.
  case durable([UInt64])
  /// These late blocks of each stream are durable.
  case lateDurable([Int: [UInt64]])
  /// The correlator needs this slab and those before it no more.
  case slabFree(Int64)
  /// What came of looking at an operator's request.
  case proposal(Result<InjectionProposal, InjectionProblem>)
  /// The rows of an injection are in the archive.
  case injectionStored
  case stop(String)
  case failed(any Error)
  case closed
}

import Archive
import Correlator
import Foundation
import Protocol
import Threads
import ZeroMQ

/// The one thread that calls HDF5: writes samples from the ring, tells the receiver what is durable, passes slabs on to the
/// correlator, and stores its products.
final class ArchiveThread: @unchecked Sendable {
  // The writer is used by the archive's thread alone, and by the hub before it starts and after it has ended.
  let tasks = BoundedQueue<ArchiveTask>(capacity: .max)
  private let slabs: BoundedQueue<CompletedSlab>
  private let ring: SampleRing
  private let mailbox: Mailbox<ReceiverLetter>
  let writer: ArchiveWriter
  private var written: [Int64]
  /// Samples of each stream that an earlier hub left.
  private let stored: [Int64]
  private var accounting: [StreamAccounting] = []
  /// Nil as long as the archive has what is known.
  private var refusedPeers: [String: Int64]?
  /// The sequences that are durable with the next flush.
  private var unflushed: [UInt64]?
  private var unflushedLate: [Int: [UInt64]] = [:]
  private var lastFlush = ContinuousClock.now
  private let progress: HubProgress
  private let diskWait: DiskWait

  /// - Parameters:
  ///   - slabs: complete and archived slabs for the correlator.
  ///   - writer: used by the archive's thread alone until that has ended.
  ///   - written: for each stream the samples that the archive has already.
  init(
    ring: SampleRing, slabs: BoundedQueue<CompletedSlab>, mailbox: Mailbox<ReceiverLetter>, progress: HubProgress,
    diskWait: DiskWait, writer: ArchiveWriter, written: [Int64]
  ) {
    self.ring = ring
    self.slabs = slabs
    self.mailbox = mailbox
    self.progress = progress
    self.diskWait = diskWait
    self.writer = writer
    self.written = written
    stored = written
    progress.setArchived(written)
  }

  /// Works until ``ArchiveTask/close``.
  ///
  /// A flush costs as much as many blocks. So under load there are four in a second; as soon as there is nothing else to do
  /// it comes at once.
  func run() throws {
    while let task = tasks.pop() {
      switch task {
      case .load(let slab):
        try load(slab)
      case .samples(let batch):
        try write(batch)
      case .late(let block):
        try block.samples.withUnsafeBufferPointer {
          _ = try writer.backfill(stream: block.stream, block: block.row, payload: $0)
        }
        unflushedLate[block.stream, default: []].append(block.row.sequence)
      case .injection(let rows):
        for (position, row) in rows { try diskWait.untilThereIsRoom { try writer.record(row, at: position) } }
        mailbox.post(.injectionStored)
      case .product(let spectra, let band):
        try diskWait.untilThereIsRoom { try writer.append(spectra, band: band) }
        progress.addIntegration()
      case .close:
        try flush()
        mailbox.post(.closed)
        return
      }
      if tasks.isEmpty || ContinuousClock.now - lastFlush > .milliseconds(250) { try flush() }
    }
  }

  private func flush() throws {
    guard unflushed != nil || !unflushedLate.isEmpty else { return }
    // So that what was counted survives this process too.
    try writer.update(accounting: accounting)
    if let refusedPeers { try writer.update(refusedPeers: refusedPeers) }
    try writer.flush()
    lastFlush = .now
    progress.setArchived(written)
    if let sequences = unflushed { mailbox.post(.durable(sequences)) }
    if !unflushedLate.isEmpty { mailbox.post(.lateDurable(unflushedLate)) }
    unflushed = nil
    unflushedLate = [:]
  }

  /// Brings what an earlier hub archived of a slab into the ring.
  private func load(_ slab: Int64) throws {
    for (stream, layout) in ring.streams.enumerated() {
      let first = slab * Int64(layout.slabSamples)
      let end = min(first + Int64(layout.slabSamples), stored[stream])
      guard first < end else { continue }
      for channel in 0..<layout.channelCount {
        let start = ring.pointer(stream: stream, channel: channel, sample: first)
        try writer.read(
          stream: stream, channel: channel, from: Int(first),
          into: UnsafeMutableBufferPointer(start: start, count: Int(end - first) * layout.sampleSize))
      }
    }
    mailbox.post(.loaded(slab: slab))
  }

  private func write(_ batch: SampleBatch) throws {
    for stream in batch.end.indices where batch.end[stream] > written[stream] {
      for channel in 0..<ring.streams[stream].channelCount {
        try ring.forEachPiece(stream: stream, from: written[stream], to: batch.end[stream]) { sample, count in
          let start = ring.pointer(stream: stream, channel: channel, sample: sample)
          let samples = UnsafeBufferPointer(start: start, count: count * ring.streams[stream].sampleSize)
          try diskWait.untilThereIsRoom { try writer.append(stream: stream, channel: channel, samples: samples) }
        }
      }
      written[stream] = batch.end[stream]
    }
    for (stream, rows) in batch.rows.enumerated() where !rows.isEmpty {
      try diskWait.untilThereIsRoom {
        // Those before have been appended when there was still room.
        let done = Int(writer.nextSequence(stream: stream) - rows[0].sequence)
        try writer.appendIndex(stream: stream, rows: Array(rows.dropFirst(done)))
      }
    }
    unflushed = batch.nextSequence
    accounting = batch.accounting
    refusedPeers = batch.refusedPeers
    for slab in batch.completedSlabs { slabs.push(slab) }
    if batch.isLast { slabs.close() }
  }
}

import Archive
import Correlator
import Foundation
import Protocol
import Threads
import ZeroMQ

/// The one thread that calls HDF5: writes samples from the ring, tells the receiver what is durable, passes slabs on to the
/// correlator, and stores its products.
final class ArchiveThread: @unchecked Sendable {
  // Unchecked because all but the queues is used by the archive's thread alone, and the writer by the hub before that starts
  // and after it has ended.
  let tasks = BoundedQueue<ArchiveTask>(capacity: .max)
  private let slabs: BoundedQueue<CompletedSlab>
  private let ring: SampleRing
  private let memory: MatrixMemory
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
  /// Whether all samples have come.
  private var isLast = false
  private var products: [ProductPart] = []
  private var lastFlush = ContinuousClock.now
  /// For each stream the samples that are durable.
  private var flushed: [Int64]
  private let progress: HubProgress
  private let diskWait: DiskWait

  /// - Parameters:
  ///   - slabs: complete and archived slabs for the correlator.
  ///   - writer: used by the archive's thread alone until that has ended.
  ///   - memory: where matrices go that are stored.
  ///   - written: for each stream the samples that the archive has already.
  init(
    ring: SampleRing, slabs: BoundedQueue<CompletedSlab>, mailbox: Mailbox<ReceiverLetter>, progress: HubProgress,
    diskWait: DiskWait, writer: ArchiveWriter, memory: MatrixMemory, written: [Int64]
  ) {
    self.ring = ring
    self.slabs = slabs
    self.mailbox = mailbox
    self.progress = progress
    self.diskWait = diskWait
    self.writer = writer
    self.memory = memory
    self.written = written
    stored = written
    flushed = written
    progress.setArchived(written)
  }

  /// Works until ``ArchiveTask/close``.
  ///
  /// A flush costs as much as many blocks of every stream. So while there is work it comes when a part of what nodes can
  /// keep is not durable, and four times in a second; as soon as there is nothing else to do it comes at once.
  ///
  /// Samples go before matrices, which are written part by part: the ring holds fewer seconds than large matrices take.
  func run() throws {
    while true {
      if let part = products.first, !tasks.waitForElement(atMost: 0) {
        try store(part)
        if isFlushDue { try flush() }
        continue
      }
      if hasUnflushed, !tasks.waitForElement(atMost: unflushedLate.isEmpty ? Self.pause : 0) { try flush() }
      guard let task = tasks.pop() else { return }
      switch task {
      case .load(let slab):
        try load(slab)
      case .samples(let batch):
        try write(batch)
        // No more of them than keep their turn.
        if let part = products.first { try store(part) }
      case .late(let block):
        try block.samples.withUnsafeBufferPointer {
          _ = try writer.backfill(stream: block.stream, block: block.row, payload: $0)
        }
        unflushedLate[block.stream, default: []].append(block.row.sequence)
      case .injection(let rows):
        for (position, row) in rows { try diskWait.untilThereIsRoom { try writer.record(row, at: position) } }
        mailbox.post(.injectionStored)
      case .product(let spectra, let band):
        products += (0..<writer.productParts(band: band)).map { ProductPart(spectra: spectra, band: band, number: $0) }
        while products.count > Self.productLimit, let part = products.first { try store(part) }
      case .close:
        while let part = products.first { try store(part) }
        try flush()
        mailbox.post(.closed)
        return
      }
      if isFlushDue { try flush() }
    }
  }

  /// A part of a matrix that waits to be written.
  private struct ProductPart {
    var spectra: CrossSpectra
    var band: Int
    var number: Int
  }

  /// Writes the first of the parts that wait.
  private func store(_ part: ProductPart) throws {
    try diskWait.untilThereIsRoom { try writer.append(part.spectra, band: part.band, part: part.number) }
    products.removeFirst()
    guard part.number == writer.productParts(band: part.band) - 1 else { return }
    progress.addIntegration()
    memory.give(part.spectra.values)
  }

  /// Parts that may wait, of 4 MiB at most.
  private static let productLimit = 32

  /// Seconds without work after which there is nothing else to do; slabs of a run at full speed follow each other sooner.
  private static let pause = 0.02
  /// Bytes of one stream that are not made durable one by one: a node without a spool keeps 4 MiB.
  private static let unflushedLimit = 2 << 20

  private var hasUnflushed: Bool { unflushed != nil || !unflushedLate.isEmpty }

  private var isFlushDue: Bool {
    guard hasUnflushed else { return false }
    if isLast || ContinuousClock.now - lastFlush > .milliseconds(250) { return true }
    return ring.streams.indices.contains { stream in
      let layout = ring.streams[stream]
      return Int(written[stream] - flushed[stream]) * layout.sampleSize * 8 * layout.channelCount >= Self.unflushedLimit
    }
  }

  private func flush() throws {
    guard hasUnflushed else { return }
    // So that what was counted survives this process too.
    try writer.update(accounting: accounting)
    if let refusedPeers { try writer.update(refusedPeers: refusedPeers) }
    try writer.flush()
    lastFlush = .now
    flushed = written
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
    isLast = batch.isLast
    if isLast { slabs.close() }
  }
}

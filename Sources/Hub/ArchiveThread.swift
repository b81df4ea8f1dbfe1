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
  /// The sequences that are durable with the next flush.
  private var unflushed: [UInt64]?
  private var lastFlush = ContinuousClock.now
  private let progress: HubProgress

  /// - Parameters:
  ///   - slabs: complete and archived slabs for the correlator.
  ///   - writer: used by the archive's thread alone until that has ended.
  init(
    ring: SampleRing, slabs: BoundedQueue<CompletedSlab>, mailbox: Mailbox<ReceiverLetter>, progress: HubProgress,
    writer: ArchiveWriter
  ) {
    self.ring = ring
    self.slabs = slabs
    self.mailbox = mailbox
    self.progress = progress
    self.writer = writer
    written = Array(repeating: 0, count: ring.streams.count)
  }

  /// Works until ``ArchiveTask/close``.
  ///
  /// A flush costs as much as many blocks. So under load there are four in a second; as soon as there is nothing else to do
  /// it comes at once.
  func run() throws {
    while let task = tasks.pop() {
      switch task {
      case .samples(let batch):
        try write(batch)
      case .product(let spectra, let band):
        try writer.append(spectra, band: band)
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
    guard let sequences = unflushed else { return }
    unflushed = nil
    try writer.flush()
    lastFlush = .now
    progress.setArchived(written)
    mailbox.post(.durable(sequences))
  }

  private func write(_ batch: SampleBatch) throws {
    for stream in batch.end.indices where batch.end[stream] > written[stream] {
      for channel in 0..<ring.streams[stream].channelCount {
        try ring.forEachPiece(stream: stream, from: written[stream], to: batch.end[stream]) { sample, count in
          let start = ring.pointer(stream: stream, channel: channel, sample: sample)
          try writer.append(
            stream: stream, channel: channel,
            samples: .init(start: start, count: count * ring.streams[stream].sampleSize))
        }
      }
      written[stream] = batch.end[stream]
    }
    for (stream, rows) in batch.rows.enumerated() where !rows.isEmpty {
      try writer.appendIndex(stream: stream, rows: rows)
    }
    unflushed = batch.nextSequence
    for slab in batch.completedSlabs { slabs.push(slab) }
    if batch.isLast { slabs.close() }
  }
}

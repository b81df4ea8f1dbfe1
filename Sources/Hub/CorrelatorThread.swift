import Correlator
import Foundation
import Threads
import ZeroMQ

/// The thread that turns complete, archived slabs into cross-spectral matrices, in the order of time.
final class CorrelatorThread: Sendable {
  private let layout: HubLayout
  private let ring: SampleRing
  private let slabs: BoundedQueue<CompletedSlab>
  private let archive: BoundedQueue<ArchiveTask>
  private let mailbox: Mailbox<ReceiverLetter>
  private let workers: Int
  private let memory: MatrixMemory
  private let spectators: SpectatorThread?

  init(
    layout: HubLayout, ring: SampleRing, slabs: BoundedQueue<CompletedSlab>, archive: BoundedQueue<ArchiveTask>,
    mailbox: Mailbox<ReceiverLetter>, workers: Int, memory: MatrixMemory, spectators: SpectatorThread?
  ) {
    self.layout = layout
    self.ring = ring
    self.slabs = slabs
    self.archive = archive
    self.mailbox = mailbox
    self.workers = workers
    self.memory = memory
    self.spectators = spectators
  }

  /// Works until the queue of slabs is closed and empty, then lets the archive close.
  func run() throws {
    let rates = layout.streams.flatMap { stream in stream.channels.map { _ in stream.rate } }
    let basebands = layout.streams.flatMap { stream in stream.channels.map { _ in stream.baseband } }
    let correlators = try layout.bands.map {
      try BandCorrelator(plan: $0, sampleRates: rates, basebands: basebands, workers: workers, memory: memory)
    }
    var nextSegment = Array(repeating: Int64(0), count: correlators.count)
    var clocks = ClockHistory(streams: layout.streams.count)
    while let slab = slabs.pop() {
      ring.carryOver(into: slab.number)
      spectators?.show(slab, in: ring)
      clocks.append(slab.clock)
      for (band, correlator) in correlators.enumerated() {
        let plan = layout.bands[band]
        let complete = slab.end < plan.segment ? 0 : (slab.end - plan.segment) / plan.hop + 1
        guard complete > nextSegment[band] else { continue }
        let first = nextSegment[band]
        let count = Int(complete - first)
        correlator.add(
          firstSegment: first, count: count, samples: pointers(plan: plan, segment: first, slab: slab.number),
          clockOffsets: clocks.offsets(layout: layout, plan: plan, firstSegment: first, count: count),
          emit: { store($0, band: band) })
        nextSegment[band] = complete
      }
      clocks.forget(before: slab.number, layout: layout)
      // The end of this slab is still needed for segments that reach into the next.
      mailbox.post(.slabFree(slab.number - 1))
    }
    for (band, correlator) in correlators.enumerated() {
      correlator.finish { store($0, band: band) }
    }
    archive.push(.close)
  }

  private func store(_ spectra: CrossSpectra, band: Int) {
    archive.push(.product(spectra, band: band))
    spectators?.show(spectra, band: band)
  }

  private func pointers(plan: BandPlan, segment: Int64, slab: Int64) -> [UnsafePointer<Double>?] {
    var channels = 0
    return layout.streams.indices.flatMap { stream -> [UnsafePointer<Double>?] in
      let rate = layout.streams[stream].rate
      let first = channels
      channels += layout.streams[stream].channels.count
      guard !plan.absentChannels.contains(first) else { return layout.streams[stream].channels.map { _ in nil } }
      let sample = segment * (rate.samples(inNanoseconds: plan.hop) ?? 0)
      return layout.streams[stream].channels.indices.map { channel in
        UnsafePointer(ring.segmentPointer(stream: stream, channel: channel, sample: sample, slab: slab))
      }
    }
  }
}

/// The clock offsets that the nodes reported, as far back as segments still need them.
private struct ClockHistory {
  private var reports: [[ClockReport]]

  init(streams: Int) {
    reports = Array(repeating: [], count: streams)
  }

  mutating func append(_ new: [[ClockReport]]) {
    for (stream, list) in new.enumerated() { reports[stream] += list }
  }

  /// For each channel and segment the offset reported for the block that holds the segment's centre, in the order
  /// [channel][segment]; empty when all are zero.
  func offsets(layout: HubLayout, plan: BandPlan, firstSegment: Int64, count: Int) -> [Double] {
    guard reports.contains(where: { $0.contains { $0.offset != 0 } }) else { return [] }
    return layout.streams.indices.flatMap { stream -> [Double] in
      let rate = layout.streams[stream].rate
      let half = (rate.samples(inNanoseconds: plan.segment) ?? 0) / 2
      let hop = rate.samples(inNanoseconds: plan.hop) ?? 0
      let list = (0..<count).map { offset -> Double in
        let centre = (firstSegment + Int64(offset)) * hop + half
        return reports[stream].last { $0.firstSample <= centre }?.offset ?? 0
      }
      return layout.streams[stream].channels.flatMap { _ in list }
    }
  }

  /// Drops what no later segment can need, keeping the report in force at the start of the slab before `slab`.
  mutating func forget(before slab: Int64, layout: HubLayout) {
    for stream in reports.indices {
      let oldest = (slab - 1) * Int64(layout.streams[stream].slabSamples)
      if let keep = reports[stream].lastIndex(where: { $0.firstSample <= oldest }) {
        reports[stream].removeFirst(keep)
      }
    }
  }
}

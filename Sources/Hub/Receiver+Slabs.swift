import Archive
import Threads

/// What the receiver hands to the archive: new samples and, when every stream has reached its end, the slab.
extension Receiver {
  /// Hands what lies in the ring to the archive: at once when slabs are complete or the run ends, else ten times a second.
  func handOver() throws {
    guard !lastBatchSent else { return }
    let completed = completeSlabs()
    let allEnded = streams.allSatisfy(\.ended)
    let isLast = allEnded && nextSlab * layout.slab >= endOfData
    let hasRows = streams.contains { !$0.pendingRows.isEmpty }
    let isDue = hasRows && ContinuousClock.now - lastBatch > .milliseconds(100)
    guard !completed.isEmpty || isLast || isDue else { return }
    archive.push(
      .samples(
        SampleBatch(
          rows: streams.map(\.pendingRows), end: streams.map(\.ledger.nextSample),
          nextSequence: streams.map(\.ledger.nextSequence), completedSlabs: completed, isLast: isLast)))
    for index in streams.indices { streams[index].pendingRows.removeAll(keepingCapacity: true) }
    lastBatch = .now
    lastBatchSent = isLast
  }

  /// Nanoseconds after the epoch at which the last sample of any stream ends; known once all have ended.
  private var endOfData: Int64 {
    zip(layout.streams, streams).map { layout, stream in
      layout.rate.time(ofSample: stream.ledger.nextSample, epoch: .init(nanoseconds: 0)).nanoseconds
    }.max() ?? 0
  }

  private func completeSlabs() -> [CompletedSlab] {
    var completed: [CompletedSlab] = []
    while nextSlab <= freedSlab + Int64(SampleRing.slots) {
      let allEnded = streams.allSatisfy(\.ended)
      let start = nextSlab * layout.slab
      guard start < (allEnded ? endOfData : layout.duration) else { break }
      let isComplete = zip(layout.streams, streams).allSatisfy { layout, stream in
        stream.ended || stream.ledger.nextSample >= min((nextSlab + 1) * Int64(layout.slabSamples), layout.length)
      }
      guard isComplete else { break }
      for (index, stream) in streams.enumerated() where stream.ended {
        let first = max(stream.ledger.nextSample, nextSlab * Int64(layout.streams[index].slabSamples))
        ring.fillMissing(
          stream: index, from: first, to: (nextSlab + 1) * Int64(layout.streams[index].slabSamples))
      }
      let end = min(start + layout.slab, allEnded ? endOfData : layout.duration)
      completed.append(CompletedSlab(number: nextSlab, end: end, clock: streams.map(\.clock)))
      for index in streams.indices {
        // The report in force stays, for the blocks that follow need not repeat it.
        streams[index].clock.removeAll(keepingCapacity: true)
      }
      nextSlab += 1
    }
    return completed
  }
}

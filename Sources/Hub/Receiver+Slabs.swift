import Archive
import Threads

/// What the receiver hands to the archive: new samples and, when every stream has reached its end, the slab.
extension Receiver {
  /// Asks the archive for what an earlier hub left in the slabs that are free, so that the correlator sees all of the run.
  func requestStoredSlabs() {
    while requestedSlabs < storedSlabs, requestedSlabs <= freedSlab + Int64(SampleRing.slots) {
      archive.push(.load(slab: requestedSlabs))
      requestedSlabs += 1
    }
  }

  /// Hands what lies in the ring to the archive: slabs as soon as they are complete, what lies behind them ten times a second
  /// or when the run ends.
  ///
  /// Slabs are mostly whole chunks of the archive, which takes those without a copy.
  /// - Parameter now: hands over all there is in any case.
  func handOver(now: Bool = false) {
    guard !lastBatchSent else { return }
    for index in streams.indices where !streams[index].ended && streams[index].goodbye != nil && isOverdue(index) {
      logger.error("\(layout.streams[index].name) does not send again what was refused: it is declared missing")
      giveUp(index)
    }
    declareAbsent()
    let completed = completeSlabs()
    let allEnded = streams.allSatisfy(\.ended)
    let isLast = allEnded && nextSlab * layout.slab >= endOfData
    let hasRows = streams.contains { !$0.pendingRows.isEmpty }
    let isDue = hasRows && (now || ContinuousClock.now - lastBatch > .milliseconds(100))
    guard !completed.isEmpty || isLast || isDue else { return }
    let isWhole = isDue || isLast
    let counts = streams.indices.map { isWhole ? streams[$0].pendingRows.count : rowsOfCompleteSlabs(stream: $0) }
    let fronts = zip(streams, counts).map { $0.front(afterRows: $1) }
    archive.push(
      .samples(
        SampleBatch(
          rows: zip(streams, counts).map { Array($0.pendingRows.prefix($1)) }, end: fronts.map(\.sample),
          nextSequence: fronts.map(\.sequence), accounting: accounting(upTo: fronts),
          refusedPeers: refusedPeers, completedSlabs: completed,
          isLast: isLast)))
    for (index, count) in counts.enumerated() { streams[index].pendingRows.removeFirst(count) }
    lastBatch = .now
    lastBatchSent = isLast
  }

  /// How many of the rows that wait belong to complete slabs; the last one may reach beyond.
  private func rowsOfCompleteSlabs(stream index: Int) -> Int {
    let rows = streams[index].pendingRows
    let end = nextSlab * Int64(layout.streams[index].slabSamples)
    let count = rows.prefix { $0.firstSample < end }.count
    // How many samples lack is counted of all that came.
    return rows[count...].contains(where: \.hasMissing) ? rows.count : count
  }

  /// Declares samples of nodes that have been away for too long missing, as far as the others have come.
  ///
  /// Never further: when no stream goes on, nothing is known to be lost.
  private func declareAbsent() {
    let slab = nextSlab
    guard slab <= freedSlab + Int64(SampleRing.slots), loadedSlabs == storedSlabs else { return }
    let lacking = streams.indices.filter { index in
      let layout = layout.streams[index]
      return !streams[index].ended
        && streams[index].ledger.nextSample < min((slab + 1) * Int64(layout.slabSamples), layout.length)
    }
    guard !lacking.isEmpty, lacking.count < streams.count, lacking.allSatisfy(isOverdue) else { return }
    for index in lacking {
      let end = min((slab + 1) * Int64(layout.streams[index].slabSamples), layout.streams[index].length)
      if !streams[index].isDeclared {
        streams[index].isDeclared = true
        let (name, first) = (layout.streams[index].name, streams[index].ledger.nextSample)
        logger.error(
          "\(name) has been away for more than \(settings.absence) s: its samples from \(first) on are declared missing until it comes back"
        )
      }
      declareMissing(index, samplesBelow: end)
    }
  }

  /// Declares the next blocks of a stream missing, as far as they could have been sent.
  func declareMissing(_ index: Int, samplesBelow end: Int64 = .max, blocksBelow sequence: UInt64 = .max) {
    let limit = min(sequence, streams[index].ledger.credit)
    while streams[index].ledger.nextSample < min(end, layout.streams[index].length),
      streams[index].ledger.nextSequence < limit
    {
      let header = streams[index].ledger.declareMissing(reason: IndexRow.absence)
      ring.fillMissing(
        stream: index, from: header.firstSample, to: header.firstSample + Int64(header.sampleCount))
      streams[index].pendingRows.append(IndexRow(header))
    }
  }

  /// Whether a node has been away for too long, or has not sent for as long what still lacks after its goodbye.
  private func isOverdue(_ index: Int) -> Bool {
    let stream = streams[index]
    return (stream.peer == nil || stream.goodbye != nil) && stream.isKnown
      && .now - stream.awaySince > .seconds(settings.absence)
  }

  /// Nanoseconds after the epoch at which the last sample of any stream ends; known once all have ended.
  private var endOfData: Int64 {
    zip(layout.streams, streams).map { layout, stream in
      layout.rate.time(ofSample: stream.ledger.nextSample, epoch: .init(nanoseconds: 0)).nanoseconds
    }.max() ?? 0
  }

  private func completeSlabs() -> [CompletedSlab] {
    var completed: [CompletedSlab] = []
    while nextSlab <= freedSlab + Int64(SampleRing.slots), nextSlab < loadedSlabs || loadedSlabs == storedSlabs {
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
      completed.append(CompletedSlab(number: nextSlab, end: end, clock: takeClockReports(endingSlab: nextSlab)))
      nextSlab += 1
    }
    return completed
  }

  /// The clock reports of the blocks that begin in this slab, or did in one before.
  private func takeClockReports(endingSlab slab: Int64) -> [[ClockReport]] {
    streams.indices.map { index in
      let end = (slab + 1) * Int64(layout.streams[index].slabSamples)
      let count = streams[index].clock.prefix { $0.firstSample < end }.count
      defer { streams[index].clock.removeFirst(count) }
      return Array(streams[index].clock.prefix(count))
    }
  }
}

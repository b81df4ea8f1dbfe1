import HDF5
import Sky

/// Blocks that come after they were declared missing.
extension ArchiveWriter {
  /// Puts a block in the place of one that was declared missing because its node was away.
  ///
  /// The index says that it came late; the products of its stretch are marked stale, for they were made without it.
  ///
  /// - Parameters:
  ///   - stream: position in `layout.streams`.
  ///   - block: the block's header, of the same samples as the one that was declared missing.
  ///   - payload: as in `append(stream:block:payload:)`.
  /// - Returns: how many of its samples are missing all the same.
  /// - Throws: `ArchiveError`.
  @discardableResult
  public func backfill(
    stream: Int, block: IndexRow, payload: UnsafeBufferPointer<Double>
  ) throws(ArchiveError) -> Int64 {
    let state = streams[stream]
    let count = Int(block.count)
    let size = layout.streams[stream].sampleKind.size
    guard payload.count == (block.isEntirelyMissing ? 0 : count * size * state.channels.count),
      block.sequence < UInt64(state.index.count), block.firstSample + Int64(count) <= state.end
    else {
      throw wrongUse(stream, "block \(block.sequence) does not take the place of one that was declared missing")
    }
    var row = block
    row.flags |= IndexRow.cameLate
    return try storing {
      // First the samples, then the index that vouches for them.
      if !block.isEntirelyMissing {
        for (position, channel) in state.channels.enumerated() {
          let part = UnsafeBufferPointer(rebasing: payload[(position * count * size)..<((position + 1) * count * size)])
          try channel.overwrite(from: Int(block.firstSample), part)
          try channel.flush()
        }
      }
      try state.index.overwrite(Int(block.sequence), row.store)
      state.hasLate = true
      var collector = QualityCollector(rate: layout.streams[stream].sampleRate)
      let missing = collector.add(
        row, samples: payload, channels: state.channels.count, sampleSize: size, emit: { _ in })
      state.missing += missing - Int64(count)
      if missing < Int64(count) {
        try markStale(stream: stream, block.firstSample..<(block.firstSample + Int64(count)))
      }
      return missing
    }
  }

  private func markStale(stream: Int, _ samples: Range<Int64>) throws {
    let rate = layout.streams[stream].sampleRate
    func nanoseconds(_ sample: Int64) -> Int64 {
      rate.time(ofSample: sample, epoch: GPSTime(nanoseconds: 0)).nanoseconds
    }
    let stretch =
      nanoseconds(samples.lowerBound)..<max(nanoseconds(samples.upperBound), nanoseconds(samples.lowerBound) + 1)
    for (band, product) in objects.bands.enumerated() {
      let touched = product.integrations(touching: stretch)
      guard !touched.allSatisfy(staleIntegrations[band].contains) else { continue }
      staleIntegrations[band].formUnion(touched)
      for (row, integration) in productIntegrations[band].enumerated() where touched.contains(integration) {
        try product.mark(row, stale: true)
      }
      touchedBands.insert(band)
    }
  }

  /// Makes the quality mask of a stream anew from its index and samples.
  func rewriteQuality(stream: Int) throws {
    let datasets = objects.streams[stream]
    let quality = try datasets.rebuildQuality(try datasets.rows(), rate: layout.streams[stream].sampleRate)
    let entries = quality.entries + [quality.collector.unfinished].compactMap { $0 }
    try entries.map(\.rawValue.littleEndian).withUnsafeBytes {
      try datasets.quality.write($0, at: 0, count: entries.count)
    }
    try datasets.quality.flush()
  }
}

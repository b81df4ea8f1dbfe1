import Correlator

/// The checksums of an archive made anew from its samples, to be compared with those that the run left.
public enum ArchiveRecalculation {
  private static let batchSamples = 1 << 16

  /// Reads every sample and correlates every band; nothing is written.
  ///
  /// - Parameters:
  ///   - source: the archive or a part of it.
  ///   - bands: to correlate.
  ///   - duration: of the run in nanoseconds.
  ///   - workers: threads of the correlator; no influence on the result.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  /// - Throws: `ArchiveError` or `BandCorrelatorError`.
  public static func checksums(
    of source: ArchiveExcerpt, bands: [BandPlan], duration: Int64, workers: Int,
    progress: (Double) -> Void = { _ in }
  ) throws -> ArchiveChecksums {
    let share = 1 / Double(1 + bands.count)
    var sums = ArchiveChecksums(streams: [:], bands: [:])
    for (stream, layout) in source.streams.enumerated() {
      sums.streams[layout.name] = ArchiveChecksums.stream(try rows(of: source, stream: stream))
      progress(share * Double(stream + 1) / Double(source.streams.count))
    }
    let correlation = try ArchiveCorrelation(source, duration: duration, workers: workers)
    for (band, plan) in bands.enumerated() {
      var hash = SecureHash()
      try correlation.run(plan, progress: { progress(share * (Double(band + 1) + $0)) }) { hash.update($0) }
      sums.bands[plan.name] = hash.finalize()
    }
    return sums
  }

  /// The index with the CRC that the samples have.
  private static func rows(of source: ArchiveExcerpt, stream: Int) throws -> [IndexRow] {
    var rows = source.index(stream: stream)
    let (channels, size) = (source.streams[stream].channels.count, source.streams[stream].sampleKind.size)
    let batch = max(batchSamples, Int(rows.map(\.count).max() ?? 0))
    var buffer = [Double](repeating: 0, count: min(batch, Int(rows.last?.end ?? 0)) * channels * size)
    var start = 0
    while start < rows.count {
      var (next, count) = (start, 0)
      while next < rows.count, count + Int(rows[next].count) <= batch {
        count += Int(rows[next].count)
        next += 1
      }
      let first = rows[start].firstSample
      try buffer.withUnsafeMutableBufferPointer { samples in
        for channel in 0..<channels {
          try source.read(
            stream: stream, channel: channel, from: Int(first),
            into: UnsafeMutableBufferPointer(rebasing: samples[channel * count * size..<(channel + 1) * count * size]))
        }
        for index in start..<next where !rows[index].isEntirelyMissing {
          rows[index].crc32c = (0..<channels).reduce(0) { previous, channel in
            let begin = (channel * count + Int(rows[index].firstSample - first)) * size
            return blockChecksum(
              UnsafeBufferPointer(rebasing: samples[begin..<begin + Int(rows[index].count) * size]),
              continuing: previous)
          }
        }
      }
      start = next
    }
    return rows
  }
}

extension SecureHash {
  /// Adds a matrix as the checksum of a band counts it: integration, segments, present and CRC.
  mutating func update(_ row: CrossSpectra) {
    update(row.integration)
    update(Int64(row.segments))
    row.present.map { UInt8($0 ? 1 : 0) }.withUnsafeBytes { update($0) }
    update(ProductDatasets.crc(row))
  }
}

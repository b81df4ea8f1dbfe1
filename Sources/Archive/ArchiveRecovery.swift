import HDF5
import Sky

/// Makes the archive of a killed writer whole again: as it was at its last durable blocks, closed and consistent.
///
/// HDF5's mark of the dead writer is dropped and the file's length taken as it is. (The common `h5clear -s` alone keeps
/// a superblock that is too short for what SWMR wrote behind it, and destroys data.) Then every stream is cut after the last
/// block that index and all channels have whole; no block that was acknowledged is lost, for those were flushed before.
/// The run may then be resumed (`ArchiveWriter.init(resuming:)`), or stays as it is, marked interrupted.
public struct ArchiveRecovery: Sendable, Codable {
  /// What was cut from one stream.
  public struct Cut: Hashable, Sendable, Codable {
    public var stream: String
    public var blocks: Int
    /// Samples of the longest channel.
    public var samples: Int
  }

  /// False when the archive had been closed properly and was left as it was.
  public var wasNeeded: Bool
  public var cuts: [Cut]
  /// Samples of each stream that the archive now holds.
  public var samples: [String: Int]

  /// Recovers the archive at `path`, in place. An archive that a process is still writing is refused.
  ///
  /// - Throws: `ArchiveError`.
  public static func recover(_ path: String) throws(ArchiveError) -> ArchiveRecovery {
    let lock = try LockedFile(path: path)
    // One that cannot even be followed was left by a process that was killed in mid-recovery; the lock says that it is gone.
    if let before = try? ArchiveReader(opening: path) {
      if !before.isUnfinished, try before.status() != .running {
        return ArchiveRecovery(wasNeeded: false, cuts: [], samples: try before.sampleCounts())
      }
      try translatingErrors(path, .library) { try before.file.close() }
    }
    _ = try lock.reserve(fileSize(path) + 1 << 20)
    let result = try translatingErrors(path, .notAnArchive) {
      let file = try File(opening: path, .recover)
      let archive = try ArchiveReader(file: file)
      var recovery = ArchiveRecovery(wasNeeded: true, cuts: [], samples: [:])
      var accounts = try archive.accounting()
      var sums = ArchiveChecksums(streams: [:], bands: [:])
      for (stream, datasets) in zip(archive.streams, archive.objects.streams) {
        let rows = try wholeRows(datasets)
        try recovery.cut(datasets, stream, to: rows)
        try Self.clearTornBackfill(rows, datasets)
        let quality = try datasets.rebuildQuality(rows, rate: stream.sampleRate)
        try write(quality.entries + [quality.collector.unfinished].compactMap { $0 }, to: datasets.quality)
        sums.streams[stream.name] = ArchiveChecksums.stream(rows)
        if let position = accounts.firstIndex(where: { $0.stream == stream.name }) {
          // What a node had sent beyond this was never acknowledged, so it will be sent again.
          let length = Int64(recovery.samples[stream.name] ?? 0)
          accounts[position].sent = length
          accounts[position].archived = length - quality.missing
          accounts[position].declaredMissing = quality.missing
          accounts[position].blocksSent = Int64(rows.count)
          accounts[position].blocksArchived = Int64(rows.count)
        }
      }
      for band in archive.objects.bands {
        try band.cut(to: try band.rowCount)
        sums.bands[band.plan.name] = try band.checksum()
      }
      try accounts.flatMap { $0.bytes(nameLength: archive.objects.accountingNameLength) }.withUnsafeBytes {
        try archive.objects.accounting.writeAll($0)
      }
      try archive.objects.checksums.write(sums)
      try archive.objects.status.writeText(RunStatus.interrupted("its process was killed; recovered").description)
      try file.close()
      return recovery
    }
    lock.releaseReserve()
    try lock.synchronize()
    return result
  }

  /// The rows up to the last block whose samples are whole in all channels.
  private static func wholeRows(_ datasets: StreamDatasets) throws -> [IndexRow] {
    var rows = try datasets.rows()
    rows.removeSubrange(try datasets.contiguousRows(rows)...)
    // Only the end can be torn: a fault further back is not a matter of the kill, and verification tells of it.
    while let last = rows.last, try !datasets.agrees(last) { rows.removeLast() }
    return rows
  }

  /// A block whose late samples were written but not its row is missing again, as its row says; the node still has it.
  private static func clearTornBackfill(_ rows: [IndexRow], _ datasets: StreamDatasets) throws {
    for row in rows where row.isAbsence {
      guard try !datasets.agrees(row) else { continue }
      let missing = [Double](repeating: .nan, count: Int(row.count) * datasets.sampleSize)
      for channel in datasets.channels {
        try missing.withUnsafeBytes { try channel.write($0, at: Int(row.firstSample), count: Int(row.count)) }
      }
    }
  }

  private mutating func cut(_ datasets: StreamDatasets, _ stream: ArchiveLayout.Stream, to rows: [IndexRow]) throws {
    let end = Int(rows.last?.end ?? 0)
    let blocks = try datasets.index.length - rows.count
    let longest = try datasets.channels.map { try $0.length }.max() ?? 0
    if blocks > 0 || longest > end {
      cuts.append(Cut(stream: stream.name, blocks: blocks, samples: longest - end))
    }
    try datasets.index.setLength(rows.count)
    for channel in datasets.channels { try channel.setLength(end) }
    samples[stream.name] = end
  }

  private static func write(_ entries: [QualityMask], to dataset: Dataset) throws {
    try dataset.setLength(entries.count)
    try entries.map(\.rawValue.littleEndian).withUnsafeBytes { try dataset.write($0, at: 0, count: entries.count) }
  }
}

extension ArchiveReader {
  /// Samples that all channels of each stream have, by name.
  func sampleCounts() throws(ArchiveError) -> [String: Int] {
    var counts: [String: Int] = [:]
    for position in streams.indices { counts[streams[position].name] = try sampleCount(stream: position) }
    return counts
  }
}

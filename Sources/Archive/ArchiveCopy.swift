import Correlator
import Glibc

/// Writes a new archive from the blocks of another, with samples changed on the way if wanted, and correlates it anew.
public struct ArchiveCopy {
  /// Changes samples in place: of a stream, from a sample on, so many of each channel, channel after channel.
  public typealias Change = (
    _ stream: Int, _ firstSample: Int64, _ count: Int, _ samples: UnsafeMutableBufferPointer<Double>
  ) throws -> Void

  /// Samples of each channel that are read at a time, at least one block.
  private static let batchSamples = 1 << 16

  private let source: ArchiveExcerpt
  private let writer: ArchiveWriter
  private let duration: Int64

  /// Makes the archive at `path`. When that fails nothing is left there.
  ///
  /// - Parameters:
  ///   - source: what is copied; every block is compared with its CRC on the way.
  ///   - layout: of the new archive; its streams are those of the source.
  ///   - replacing: whether a file at `path` is replaced.
  ///   - workers: threads of the correlator.
  ///   - change: called for all samples in order, stream after stream; missing ones are NaN and stay missing.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  /// - Returns: the checksums of the new archive.
  /// - Throws: `ArchiveError`, `BandCorrelatorError`, or what `change` throws.
  public static func run(
    from source: ArchiveExcerpt, to path: String, layout: ArchiveLayout, replacing: Bool = false, workers: Int,
    change: Change? = nil, progress: (Double) -> Void = { _ in }
  ) throws -> ArchiveChecksums {
    if replacing { try source.archive.refuse(asOutput: path) }
    let writer = try ArchiveWriter(creating: path, layout: layout, replacing: replacing)
    do {
      let copy = ArchiveCopy(source: source, writer: writer, duration: layout.topology.duration)
      // Of the time, the samples take about half and every band its share of the rest.
      let share = 1 / Double(1 + layout.bands.count)
      for stream in source.streams.indices {
        try copy.copy(stream, change)
        progress(share * Double(stream + 1) / Double(source.streams.count))
      }
      try writer.flush()
      let correlation = try ArchiveCorrelation(
        WrittenSamples(writer: writer, rows: source.streams.indices.map { copy.rows[$0] }), duration: copy.duration,
        workers: workers)
      for (band, plan) in layout.bands.enumerated() {
        try correlation.run(
          plan, progress: { progress(share * (Double(band + 1) + $0)) }, emit: { try writer.append($0, band: band) })
      }
      return try writer.finish(
        status: try source.archive.status(), accounting: try copy.accounting(), synchronizing: true)
    } catch {
      unlink(path)
      throw error
    }
  }

  private final class Rows {
    var list: [[IndexRow]]
    init(count: Int) { list = Array(repeating: [], count: count) }
    subscript(stream: Int) -> [IndexRow] { list[stream] }
  }

  /// The rows as they stand in the new archive.
  private let rows: Rows

  private init(source: ArchiveExcerpt, writer: ArchiveWriter, duration: Int64) {
    self.source = source
    self.writer = writer
    self.duration = duration
    rows = Rows(count: source.streams.count)
  }

  private func copy(_ stream: Int, _ change: Change?) throws {
    let list = source.index(stream: stream)
    let (channels, size) = (source.streams[stream].channels.count, source.streams[stream].sampleKind.size)
    let largest = Int(list.map(\.count).max() ?? 0)
    let batch = max(Self.batchSamples, largest)
    let room = min(batch, Int(list.last?.end ?? 0)) * channels * size
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(room, 1))
    defer { buffer.deallocate() }
    var start = 0
    while start < list.count {
      var (next, count) = (start, 0)
      while next < list.count, count + Int(list[next].count) <= batch {
        count += Int(list[next].count)
        next += 1
      }
      let samples = UnsafeMutableBufferPointer(rebasing: buffer[..<(count * channels * size)])
      let first = list[start].firstSample
      for channel in 0..<channels {
        try source.read(
          stream: stream, channel: channel, from: Int(first),
          into: UnsafeMutableBufferPointer(rebasing: samples[channel * count * size..<(channel + 1) * count * size]))
      }
      var part = Array(list[start..<next])
      func checksum(_ row: IndexRow) -> UInt32 {
        (0..<channels).reduce(0) { previous, channel in
          let begin = (channel * count + Int(row.firstSample - first)) * size
          return blockChecksum(
            UnsafeBufferPointer(rebasing: samples[begin..<begin + Int(row.count) * size]), continuing: previous)
        }
      }
      for row in part where !row.isEntirelyMissing && checksum(row) != row.crc32c {
        throw ArchiveError(
          .malformed, path: source.archive.path, object: "/nodes/\(source.streams[stream].name)",
          problem: "the samples of block \(row.sequence) are not those that were archived",
          remedy: "run gnomon archive verify on the file")
      }
      if let change, part.contains(where: { !$0.isEntirelyMissing }) {
        try change(stream, first, count, samples)
        for index in part.indices where !part[index].isEntirelyMissing { part[index].crc32c = checksum(part[index]) }
      }
      for channel in 0..<channels {
        try writer.append(
          stream: stream, channel: channel,
          samples: UnsafeBufferPointer(rebasing: samples[channel * count * size..<(channel + 1) * count * size]))
      }
      try writer.appendIndex(stream: stream, rows: part)
      rows.list[stream] += part
      start = next
    }
  }

  /// What the source counts; of a part of it, what the new archive holds.
  private func accounting() throws -> [StreamAccounting] {
    guard !source.isWhole else { return try source.archive.accounting() }
    return source.streams.enumerated().map { position, stream in
      let length = writer.nextSample(stream: position)
      let missing = writer.missingSamples(stream: position)
      let blocks = Int64(writer.nextSequence(stream: position))
      return StreamAccounting(
        stream: stream.name, sent: length, archived: length - missing, declaredMissing: missing, blocksSent: blocks,
        blocksArchived: blocks)
    }
  }
}

/// What was appended to an archive that is not closed yet.
struct WrittenSamples: SampleReading {
  let writer: ArchiveWriter
  let rows: [[IndexRow]]

  var streams: [ArchiveLayout.Stream] { writer.layout.streams }

  func index(stream: Int) -> [IndexRow] { rows[stream] }

  func read(
    stream: Int, channel: Int, from first: Int, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ArchiveError) {
    try writer.read(stream: stream, channel: channel, from: first, into: output)
  }
}

extension ArchiveReader {
  /// Refuses to be replaced by what is made from it.
  ///
  /// - Parameter output: where the new file will be.
  /// - Throws: `ArchiveError` when that is this file, by whatever path.
  public func refuse(asOutput output: String) throws(ArchiveError) {
    guard isSameFile(path, output) else { return }
    throw ArchiveError(
      .wrongUse, path: output, problem: "it is the archive that is read", remedy: "name a new file; the old one stays")
  }
}

/// Whether two paths lead to one file.
func isSameFile(_ first: String, _ second: String) -> Bool {
  var (a, b) = (stat(), stat())
  return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
}

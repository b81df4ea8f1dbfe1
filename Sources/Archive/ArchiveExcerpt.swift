import Correlator
import Sky

/// A part of an archive, in whole blocks: all of it, some of its nodes, some of its time.
///
/// Numbers and times of samples stay what they were. What lies before the part, and every sample of a node left out, is
/// declared missing (without a reason of the node's own: the quality mask says `unexplained`); what lies behind it is not
/// there. Confined to one thread.
public final class ArchiveExcerpt: SampleReading {
  /// The reason in the index for blocks that were archived and are left out.
  public static let excludedReason: UInt8 = 255

  public let archive: ArchiveReader
  public var streams: [ArchiveLayout.Stream] { archive.streams }
  /// Whether this is the whole archive.
  public let isWhole: Bool
  private let rows: [[IndexRow]]
  /// The samples of each stream that are as they were archived.
  private let kept: [Range<Int64>]

  /// - Parameters:
  ///   - archive: finished, of whatever status.
  ///   - nodes: names of those to keep; nil for all.
  ///   - from: nanoseconds from the epoch; blocks that end before are declared missing.
  ///   - until: nanoseconds from the epoch; blocks that begin then or later are left out.
  /// - Throws: `ArchiveError` when a node is unknown, the part is empty, or the archive is not whole.
  public init(
    of archive: ArchiveReader, nodes: [String]? = nil, from: Int64? = nil, until: Int64? = nil
  ) throws(ArchiveError) {
    try archive.requireFinished()
    self.archive = archive
    let names = archive.streams.map(\.name)
    if let stranger = nodes?.first(where: { !names.contains($0) }) {
      throw ArchiveError(
        .wrongUse, path: archive.path, problem: "it has no node \(stranger)",
        remedy: "it has \(names.joined(separator: ", "))")
    }
    isWhole = from == nil && until == nil && (nodes.map { Set($0) == Set(names) } ?? true)
    var rows: [[IndexRow]] = []
    var kept: [Range<Int64>] = []
    for (position, stream) in archive.streams.enumerated() {
      var list = try archive.contiguousIndex(stream: position)
      func start(_ row: IndexRow) -> Int64 { row.gpsNanoseconds - stream.epoch.nanoseconds }
      if let until { list.removeAll { start($0) >= until } }
      let isLeftOut = nodes.map { !$0.contains(stream.name) } ?? false
      var first = isLeftOut ? list.count : 0
      if let from, !isLeftOut {
        // A block ends where the next one begins.
        while first + 1 < list.count, start(list[first + 1]) <= from { first += 1 }
        if let last = list.last, let end = last.end,
          stream.sampleRate.time(ofSample: end, epoch: GPSTime(nanoseconds: 0)).nanoseconds <= from
        {
          first = list.count
        }
      }
      let end = list.last?.end ?? 0
      kept.append((first < list.count ? list[first].firstSample : end)..<end)
      for index in list.indices.prefix(first) { list[index].exclude() }
      rows.append(list)
    }
    guard kept.contains(where: { !$0.isEmpty }) else {
      throw ArchiveError(
        .wrongUse, path: archive.path, problem: "nothing of it lies in the part that is asked for",
        remedy: "ask for an interval within the run, in seconds from its epoch or as UTC")
    }
    self.rows = rows
    self.kept = kept
  }

  public func index(stream: Int) -> [IndexRow] { rows[stream] }

  public func read(
    stream: Int, channel: Int, from first: Int, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ArchiveError) {
    let size = streams[stream].sampleKind.size
    let range = first..<first + output.count / size
    let part = range.clamped(to: Int(kept[stream].lowerBound)..<Int(kept[stream].upperBound))
    guard part != range else {
      return try archive.read(stream: stream, channel: channel, from: first, into: output)
    }
    output.update(repeating: .nan)
    guard !part.isEmpty else { return }
    try archive.read(
      stream: stream, channel: channel, from: part.lowerBound,
      into: UnsafeMutableBufferPointer(rebasing: output[(part.lowerBound - first) * size..<(part.upperBound - first) * size]))
  }

  /// Numbers that are read in all: samples of every channel.
  public var sampleCount: Int64 {
    zip(streams, rows).reduce(0) { $0 + Int64($1.0.channels.count) * ($1.1.last?.end ?? 0) }
  }

  /// Bytes of all samples.
  public var byteCount: Int64 {
    zip(streams, rows).reduce(0) {
      $0 + Int64($1.0.channels.count * $1.0.sampleKind.size * 8) * ($1.1.last?.end ?? 0)
    }
  }
}

extension IndexRow {
  /// Declares the block missing.
  fileprivate mutating func exclude() {
    flags = Self.entirelyMissing | Self.containsMissing
    crc32c = 0
    if reason == 0 { reason = ArchiveExcerpt.excludedReason }
  }
}

extension ArchiveReader {
  /// Refuses an archive that is being written, or whose writer was killed.
  func requireFinished() throws(ArchiveError) {
    guard !isUnfinished, try status() != .running else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "the run that makes it is going on, or its process was killed",
        remedy: "wait for the end of the run, or recover the archive with gnomon archive recover")
    }
  }

  /// The index of a stream that has no holes and does not reach beyond its channels.
  func contiguousIndex(stream: Int) throws(ArchiveError) -> [IndexRow] {
    let rows = try index(stream: stream)
    let contiguous = try translatingErrors(path, .malformed) { try objects.streams[stream].contiguousRows(rows) }
    guard contiguous == rows.count else {
      throw ArchiveError(
        .malformed, path: path, object: "/nodes/\(streams[stream].name)/index",
        problem: "row \(contiguous) does not continue the stream", remedy: "run gnomon archive verify on the file")
    }
    return rows
  }
}

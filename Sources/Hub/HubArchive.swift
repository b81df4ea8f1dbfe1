import Archive
import Foundation
import Protocol
import Topology

/// The archive of a run as the hub finds it: made anew, or with what an earlier hub left in it.
struct HubArchive {
  /// What the archive holds of one stream when the hub starts; all counts of samples are per channel.
  struct Stream: Sendable {
    var nextSequence: UInt64 = 0
    var nextSample: Int64 = 0
    var missing: Int64 = 0
    var gaps: DeclaredGaps
    /// The clock reports of its blocks.
    var clock: [ClockReport] = []
    var late: UInt64 = 0
    var duplicates: UInt64 = 0
    var refused: UInt64 = 0
  }

  let writer: ArchiveWriter
  let streams: [Stream]
  /// Peers that earlier hubs of the run sent away, by reason.
  let refusedPeers: [String: Int64]
  /// What was cut when the archive of a killed hub was recovered; nil for a new archive.
  var recovery: ArchiveRecovery?

  /// Makes a new archive, or goes on with the unfinished one that is there.
  ///
  /// - Parameter layout: what a new archive would be; one that is there must be of the same streams and bands.
  /// - Throws: `ArchiveError`; of kind `wrongUse` when what is there is complete or of another topology, `beingWritten` when
  ///   another hub writes it.
  init(path: String, replacing: Bool, layout: ArchiveLayout) throws(ArchiveError) {
    guard !replacing, FileManager.default.fileExists(atPath: path) else {
      writer = try ArchiveWriter(creating: path, layout: layout, replacing: replacing)
      streams = layout.topology.nodes.map { Stream(gaps: DeclaredGaps(blockSamples: $0.blockSamples)) }
      refusedPeers = [:]
      return
    }
    // Refused before any work where that can be told.
    if let reader = try? ArchiveReader(opening: path) { try Self.check(reader, against: layout) }
    let opened = try ArchiveWriter.continuing(path, provenance: layout.provenance) { reader throws(ArchiveError) in
      try Self.check(reader, against: layout)
      return (try Self.streams(in: reader), try reader.refusedPeers())
    }
    (writer, recovery) = (opened.writer, opened.recovery)
    (streams, refusedPeers) = opened.findings
  }

  private static func check(_ reader: ArchiveReader, against layout: ArchiveLayout) throws(ArchiveError) {
    func refuse(_ problem: String) -> ArchiveError {
      ArchiveError(
        .wrongUse, path: reader.path, problem: problem,
        remedy: "choose another path, or give --replace to begin the run anew")
    }
    if try reader.status() == .complete { throw refuse("the file holds a complete run (\(reader.runIdentifier))") }
    let topology = try reader.topology()
    guard topology.streamChecksum == layout.topology.streamChecksum else {
      throw refuse(
        "the file holds an unfinished run of another topology (\(topology.name), seed \(topology.seed), streams "
          + "\(topology.streamChecksum); this one is \(layout.topology.name), seed \(layout.topology.seed), streams "
          + "\(layout.topology.streamChecksum))")
    }
    guard reader.bands == layout.bands else {
      throw refuse("the file holds an unfinished run of the same streams with other bands")
    }
  }

  private static func streams(in reader: ArchiveReader) throws(ArchiveError) -> [Stream] {
    let accounting = try reader.accounting()
    var streams: [Stream] = []
    for (position, layout) in reader.streams.enumerated() {
      var stream = Stream(gaps: DeclaredGaps(blockSamples: layout.blockSamples))
      for row in try reader.index(stream: position) {
        stream.nextSequence = row.sequence + 1
        stream.nextSample = row.firstSample + Int64(row.count)
        if row.isAbsence {
          stream.gaps.append(sequence: row.sequence, firstSample: row.firstSample, count: Int(row.count))
        }
        if row.clockOffset != (stream.clock.last?.offset ?? 0) {
          stream.clock.append(.init(firstSample: row.firstSample, offset: row.clockOffset))
        }
      }
      if let row = accounting.first(where: { $0.stream == layout.name }) {
        stream.missing = row.declaredMissing
        stream.late = UInt64(clamping: row.late)
        stream.duplicates = UInt64(clamping: row.duplicate)
        stream.refused = UInt64(clamping: row.refused)
      }
      streams.append(stream)
    }
    return streams
  }
}

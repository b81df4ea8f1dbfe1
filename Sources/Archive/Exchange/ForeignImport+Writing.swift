import Correlator
import Foundation
import Glibc
import Sky
import Topology

extension ForeignImport {
  /// What an import did.
  public struct Report: Sendable, Codable {
    public struct Stream: Hashable, Sendable, Codable {
      public var station: String
      /// Files of which samples were taken.
      public var files: Int
      /// Samples of each channel in the archive, missing ones included.
      public var samples: Int64
      /// Of those, samples that no file has; that the station calls bad; that are no finite numbers.
      public var absent: Int64
      public var flagged: Int64
      public var notNumbers: Int64
      /// Of tables of readings: rows that repeat the time of another and were left out, and rows that were put in order.
      public var duplicates: Int64
      public var outOfOrder: Int64
    }

    public var archive: String
    public var streams: [Stream] = []
    public var problems: [Problem] = []
    public var checksums = ArchiveChecksums(streams: [:], bands: [:])
    /// Files that were looked at.
    public var files = 0
  }

  /// Writes the archive: samples, index, quality, accounting, and the matrices of every band as a hub would have made them.
  ///
  /// - Parameters:
  ///   - path: of the new archive; nothing is left there when it fails.
  ///   - topology: of `topology(_:)`.
  ///   - text: of it.
  ///   - runIdentifier: unique name of the import.
  ///   - provenance: a JSON object; the files that were read are added to it.
  ///   - replacing: whether a file at `path` is replaced.
  ///   - workers: threads of the correlator.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  /// - Throws: `ArchiveError`, `BandPlanError`, `BandCorrelatorError`, or, with `strict`, `ForeignFileError`.
  public consuming func write(
    to path: String, topology: NetworkTopology, text: String, runIdentifier: String, provenance: String,
    replacing: Bool = false, workers: Int = 1, progress: (Double) -> Void = { _ in }
  ) throws -> Report {
    var layout = ArchiveLayout(
      runIdentifier: runIdentifier, topologyText: text, topology: topology, bands: try topology.bandPlans(),
      provenance: try withInputs(provenance))
    for station in stations {
      for piece in station.channels.flatMap(\.pieces) where isSameFile(piece.series.path, path) {
        throw ArchiveError(
          .wrongUse, path: path, problem: "it is one of the files that are imported", remedy: "name another archive")
      }
    }
    for (position, station) in stations.enumerated() {
      layout.streams[position].readings = station.readings(
        count: Int(try topology.sampleCount(of: topology.nodes[position])))
    }
    let writer = try ArchiveWriter(creating: path, layout: layout, replacing: replacing)
    do {
      var report = Report(archive: path, files: fileCount)
      let share = 1 / Double(1 + layout.bands.count)
      var rows: [[IndexRow]] = []
      var accounting: [StreamAccounting] = []
      for (position, station) in stations.enumerated() {
        let node = topology.nodes[position]
        var stream = ImportedStream(
          station, epoch: epoch, length: try topology.sampleCount(of: node), blockSamples: node.blockSamples)
        rows.append(
          try stream.write(to: writer, stream: position) {
            progress(share * (Double(position) + $0) / Double(stations.count))
          })
        for failure in stream.failures {
          try self.report(
            .refused, failure.path, "\(failure.problem); the rest of its samples is declared missing")
        }
        try compareRepeated(station, writer, position)
        let files = Set(station.channels.flatMap(\.pieces).map(\.series.path)).count
        report.streams.append(
          Report.Stream(
            station: station.name, files: files, samples: stream.counts.samples,
            absent: stream.counts.missing[ImportedGap.absent] ?? 0,
            flagged: stream.counts.missing[ImportedGap.flagged] ?? 0,
            notNumbers: stream.counts.missing[ImportedGap.notANumber] ?? 0,
            duplicates: Int64(layout.streams[position].readings?.duplicates ?? 0),
            outOfOrder: Int64(layout.streams[position].readings?.outOfOrder ?? 0)))
        let missing = writer.missingSamples(stream: position)
        let blocks = Int64(writer.nextSequence(stream: position))
        let length = writer.nextSample(stream: position)
        accounting.append(
          StreamAccounting(
            stream: station.name, sent: length, archived: length - missing, declaredMissing: missing,
            duplicate: Int64(station.repeated.count), refused: station.refused, blocksSent: blocks,
            blocksArchived: blocks))
      }
      try writer.flush()
      let correlation = try ArchiveCorrelation(
        WrittenSamples(writer: writer, rows: rows), duration: topology.duration, workers: workers)
      for (band, plan) in layout.bands.enumerated() {
        try correlation.run(
          plan, progress: { progress(share * (Double(band + 1) + $0)) }, emit: { try writer.append($0, band: band) })
      }
      report.checksums = try writer.finish(status: .complete, accounting: accounting, synchronizing: true)
      report.problems = problems
      return report
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Samples that several files have: are they the same in all?
  private mutating func compareRepeated(
    _ station: Station, _ writer: ArchiveWriter, _ stream: Int
  ) throws {
    for (name, piece) in station.repeated {
      guard let channel = station.channels.firstIndex(where: { $0.name == name }) else { continue }
      var differing: Int64 = 0
      do throws(ForeignFileError) {
        let reader = try piece.series.reader()
        var done: Int64 = 0
        while done < piece.count {
          let count = Int(min(piece.count - done, 1 << 16))
          let (values, reasons) = try reader.read(Int(done)..<Int(done) + count)
          var kept = [Double](repeating: 0, count: count)
          let isRead = kept.withUnsafeMutableBufferPointer { buffer in
            (try? writer.read(stream: stream, channel: channel, from: Int(piece.first + done), into: buffer)) != nil
          }
          for index in 0..<count {
            let value = reasons[index] == 0 ? piece.scale(values[index]) : .nan
            if !isRead || !(value == kept[index] || (value.isNaN && kept[index].isNaN)) { differing += 1 }
          }
          done += Int64(count)
        }
      } catch {
        try report(.refused, error.path, "\(error.problem); other files have its samples")
        continue
      }
      let place = "its samples from \(piece.series.start.utcString) on"
      if differing == 0 {
        try report(.duplicate, piece.series.path, "\(place), \(piece.count) of them, are those of another file, too")
      } else {
        try report(
          .conflict, piece.series.path,
          "\(differing) of \(piece.count) samples from \(piece.series.start.utcString) on differ from those of another "
            + "file, which stay")
      }
    }
  }

  /// The provenance with the files and their checksum.
  private func withInputs(_ provenance: String) throws -> String {
    let paths = Set(stations.flatMap { $0.channels.flatMap(\.pieces).map(\.series.path) }).sorted()
    var hashes: [String: String] = [:]
    for path in paths {
      guard let handle = FileHandle(forReadingAtPath: path) else { continue }
      defer { try? handle.close() }
      var hash = SecureHash()
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
        data.withUnsafeBytes { hash.update($0) }
      }
      hashes[path] = hash.finalize()
    }
    var object = (try? JSONSerialization.jsonObject(with: Data(provenance.utf8)) as? [String: Any]) ?? [:]
    object["inputs"] = [
      "files": paths.count, "sha256": SecureHash.combined(hashes), "first": paths.first ?? "", "last": paths.last ?? "",
    ]
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }
}

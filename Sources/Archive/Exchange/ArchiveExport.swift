import Foundation
import HDF5
import Sky

/// Writes what an archive holds, or a part of it, in the formats of other programs.
///
/// Values are those of the archive, in its SI unit, to the last bit, unless another unit is asked for; missing samples are NaN.
public struct ArchiveExport {
  public enum Format: String, Sendable, CaseIterable {
    /// One HDF5 file; a group a node, a dataset a channel, as gwpy's `TimeSeries.read` wants them; masks in `/quality`.
    case gwpy
    /// A folder with one HDF5 file a channel in the layout of the open data of gravitational-wave detectors.
    case gwosc
    /// A folder of minute files as the GNOME network writes them.
    case gnome
    /// A folder with one table a node.
    case csv
  }

  /// What was written.
  public struct Report: Sendable, Codable {
    public var files: [String] = []
    /// Samples of single channels.
    public var samples: Int64 = 0
    public var notes: [String] = []
  }

  /// Samples of one node that are exported.
  struct Selection {
    var stream: Int
    var layout: ArchiveLayout.Stream
    var range: Range<Int64>

    /// Time of sample `index` of the stream.
    func time(_ index: Int64) -> GPSTime { layout.sampleRate.time(ofSample: index, epoch: layout.epoch) }
  }

  /// Samples of each channel that are read at a time.
  static let batch = 1 << 18

  let archive: ArchiveReader
  let selections: [Selection]
  /// Powers of ten that samples are multiplied by, and the unit that they then have.
  let scale: Double
  let unit: String
  var report = Report()

  /// - Parameters:
  ///   - archive: finished.
  ///   - nodes: those to export; nil for all.
  ///   - from: nanoseconds from the epoch; samples before are left out.
  ///   - until: nanoseconds from the epoch; samples then and later are left out.
  ///   - unit: of the samples, the archive's with a prefix, such as `pT`; nil for the archive's own.
  ///   - wholeSeconds: widens the part to whole seconds from the epoch.
  init(
    _ archive: ArchiveReader, nodes: [String]?, from: Int64?, until: Int64?, unit: String?, wholeSeconds: Bool
  ) throws(ArchiveError) {
    try archive.requireFinished()
    func wrong(_ problem: String, _ remedy: String) -> ArchiveError {
      ArchiveError(.wrongUse, path: archive.path, problem: problem, remedy: remedy)
    }
    let names = archive.streams.map(\.name)
    if let stranger = nodes?.first(where: { !names.contains($0) }) {
      throw wrong("it has no node \(stranger)", "it has \(names.joined(separator: ", "))")
    }
    self.archive = archive
    var selections: [Selection] = []
    for (position, stream) in archive.streams.enumerated() where nodes?.contains(stream.name) ?? true {
      let length = Int64(try archive.sampleCount(stream: position))
      func first(after time: Int64?, _ otherwise: Int64, up: Bool) -> Int64 {
        guard var time else { return otherwise }
        // A range of one second after another is one range.
        if wholeSeconds { time = up ? -((-time).flooredToSecond) : time.flooredToSecond }
        guard time > 0, time < 4_000_000_000_000_000_000 else { return time > 0 ? length : 0 }
        var sample = stream.sampleRate.nearestSample(toNanoseconds: time)
        // Times of samples are rounded down to a nanosecond, so compare what is written.
        func at(_ sample: Int64) -> Int64 {
          stream.sampleRate.time(ofSample: sample, epoch: GPSTime(nanoseconds: 0)).nanoseconds
        }
        while sample > 0, at(sample - 1) >= time { sample -= 1 }
        while at(sample) < time { sample += 1 }
        return min(sample, length)
      }
      let lower = first(after: from, 0, up: false)
      selections.append(
        Selection(stream: position, layout: stream, range: lower..<max(lower, first(after: until, length, up: true))))
    }
    selections.removeAll { $0.range.isEmpty }
    guard let first = selections.first else {
      throw wrong(
        "nothing of it lies in the part that is asked for",
        "ask for an interval within the run, in seconds from its epoch or as UTC")
    }
    self.selections = selections
    let own = first.layout.unit
    self.unit = unit ?? own
    if let unit, unit != own {
      let series = ForeignSeries(
        path: archive.path, station: "", channel: "", start: GPSTime(nanoseconds: 0), startResolution: 1,
        sampleRate: SampleRate(1), count: 1, unit: unit, source: .readings([], rows: []))
      guard let scale = try? UnitScale(series, nil), scale.unit == own else {
        throw wrong("its samples are in \(own), which cannot be given in \(unit)", "give \(own) with a prefix")
      }
      self.scale = scale(1).magnitude > 0 ? 1 / scale(1) : 1
    } else {
      scale = 1
    }
  }

  /// Exports.
  ///
  /// - Parameters:
  ///   - archive: finished.
  ///   - format: how.
  ///   - path: a new file (gwpy) or folder (all others).
  ///   - nodes: names of those to export; nil for all.
  ///   - from: nanoseconds from the epoch; for `gwosc` and `gnome` whole seconds are exported.
  ///   - until: nanoseconds from the epoch.
  ///   - unit: the archive's with a prefix; nil for its own, which keeps every bit.
  ///   - deflation: 0 for none, 1 ... 9 for compressed datasets.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  /// - Throws: `ArchiveError`.
  public static func run(
    _ archive: ArchiveReader, as format: Format, to path: String, nodes: [String]? = nil, from: Int64? = nil,
    until: Int64? = nil, unit: String? = nil, deflation: Int = 0, progress: (Double) -> Void = { _ in }
  ) throws(ArchiveError) -> Report {
    var export = try ArchiveExport(
      archive, nodes: nodes, from: from, until: until, unit: unit, wholeSeconds: format == .gwosc || format == .gnome)
    guard !fileExists(path) else {
      throw ArchiveError(.fileExists, path: path, problem: "it exists", remedy: "name a new file or folder")
    }
    if let complex = export.selections.first(where: { $0.layout.sampleKind == .complex }), format != .gwpy {
      throw ArchiveError(
        .wrongUse, path: archive.path, object: "/nodes/\(complex.layout.name)",
        problem: "its samples are complex, which this format has no place for", remedy: "export it as gwpy")
    }
    do {
      return try translatingErrors(path, .library) {
        switch format {
        case .gwpy: try export.writeSeries(to: path, deflation: deflation, progress)
        case .gwosc: try export.writeOpenData(to: path, deflation: deflation, progress)
        case .gnome: try export.writeMinutes(to: path, deflation: deflation, progress)
        case .csv: try export.writeTables(to: path, progress)
        }
        return export.report
      }
    } catch {
      try? FileManager.default.removeItem(atPath: path)
      throw error
    }
  }

  // MARK: - Samples

  /// Calls `body` with all samples of one channel of a selection, some at a time.
  func forEachBatch(
    _ selection: Selection, channel: Int, _ range: Range<Int64>? = nil,
    _ body: (_ first: Int64, _ samples: [Double]) throws -> Void
  ) throws {
    let range = range ?? selection.range
    var first = range.lowerBound
    while first < range.upperBound {
      let end = min(first + Int64(Self.batch), range.upperBound)
      var samples = try archive.samples(stream: selection.stream, channel: channel, Int(first)..<Int(end))
      if scale != 1 { for index in samples.indices { samples[index] *= scale } }
      try body(first, samples)
      first = end
    }
  }

  /// Writes one channel into a new dataset, as it is stored in the archive.
  func write(
    _ selection: Selection, channel: Int, _ range: Range<Int64>? = nil, as name: String, in group: Group,
    deflation: Int
  ) throws -> Dataset {
    let type = selection.layout.sampleType
    let range = range ?? selection.range
    let dataset = try group.createDataset(
      name, of: type, chunk: [min(ArchiveFormat.chunkSamples, max(range.count, 1))], cacheBytes: 1 << 20,
      deflation: deflation)
    try dataset.setLength(range.count)
    try forEachBatch(selection, channel: channel, range) { first, samples in
      try samples.withUnsafeBytes {
        try dataset.write(
          $0, at: Int(first - range.lowerBound), count: samples.count / selection.layout.sampleKind.size)
      }
    }
    return dataset
  }

  /// The entries of the quality mask that belong to a selection, with the number of the first.
  func quality(_ selection: Selection) throws -> (first: Int, entries: [QualityMask]) {
    let all = try archive.quality(stream: selection.stream)
    let interval = Int64(QualityMask.interval(selection.layout.sampleRate) * 1e9)
    let epoch = selection.layout.epoch.nanoseconds
    let first = Int((selection.time(selection.range.lowerBound).nanoseconds - epoch) / max(interval, 1))
    let last = Int((selection.time(selection.range.upperBound - 1).nanoseconds - epoch) / max(interval, 1))
    let range = (first..<last + 1).clamped(to: 0..<all.count)
    return (range.lowerBound, Array(all[range]))
  }

  /// Writes a mask as 32-bit numbers.
  static func write(_ entries: [QualityMask], as name: String, in group: Group) throws -> Dataset {
    let dataset = try group.createFixedDataset(name, of: .uint32, extent: [entries.count])
    try entries.map(\.rawValue.littleEndian).withUnsafeBytes { try dataset.writeAll($0) }
    return dataset
  }

  static func createFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ArchiveError(
        .library, path: path, problem: "the folder cannot be made", remedy: "check the path and its permissions")
    }
  }
}

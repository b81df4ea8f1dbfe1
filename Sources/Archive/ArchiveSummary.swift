import FoundationEssentials
import Instruments
import Sky

/// What an archive holds, in a page of text or as JSON.
public struct ArchiveSummary: Hashable, Sendable, Codable, CustomStringConvertible {
  public struct Gap: Hashable, Sendable, Codable {
    /// Seconds from the epoch to the first block with missing samples, and to the end of the last.
    public var start: Double
    public var end: Double
    public var reason: String
  }

  public struct Stream: Hashable, Sendable, Codable {
    public var name: String
    public var kind: String
    public var channels: [String]
    public var unit: String
    public var sampleRate: SampleRate
    /// Centre frequency in Hz of complex samples; nil for real ones.
    public var baseband: Double?
    /// Of each channel.
    public var samples: Int
    public var blocks: Int
    public var missingSamples: Int64
    /// Runs of blocks with missing samples.
    public var gaps: [Gap]

    /// Seconds.
    public var duration: Double { Double(samples) * sampleRate.interval }
  }

  public struct Band: Hashable, Sendable, Codable {
    public var name: String
    /// Hz.
    public var lowestFrequency: Double
    public var highestFrequency: Double
    public var resolution: Double
    /// Matrices stored, and segments averaged in them.
    public var rows: Int
    public var segments: Int
    public var channels: Int
  }

  public var path: String
  public var fileSize: Int
  public var runIdentifier: String
  public var name: String
  public var status: RunStatus
  /// True while a process writes the archive, or when one was killed doing so.
  public var isUnfinished: Bool
  public var seed: UInt64
  public var epoch: GPSTime
  /// What decides the last bits of the run's numbers; nil when the archive does not say.
  public var arithmetic: ArchiveArithmetic?
  public var streams: [Stream]
  public var bands: [Band]
  public var injections: [InjectionRow]
  /// Commitments of blind injections whose truth is still sealed.
  public var sealed: [String]
  public var accounting: [StreamAccounting]
  /// Peers that the hub sent away, by reason.
  public var refusedPeers: [String: Int64]
  /// The totals of `ArchiveChecksums`; nil while the run is not finished.
  public var samplesChecksum: String?
  public var productsChecksum: String?

  public init(of archive: ArchiveReader) throws(ArchiveError) {
    path = archive.path
    fileSize = Archive.fileSize(archive.path)
    runIdentifier = archive.runIdentifier
    name = try archive.topology().name
    status = try archive.status()
    isUnfinished = archive.isUnfinished
    seed = archive.seed
    epoch = archive.epoch
    arithmetic = ArchiveArithmetic(provenance: try archive.provenance())
    streams = []
    for position in archive.streams.indices {
      streams.append(try Self.stream(position, of: archive))
    }
    bands = []
    for (position, plan) in archive.bands.enumerated() {
      let rows = try archive.productRowCount(band: position)
      let segments = try translatingErrors(archive.path, .malformed) {
        try (0..<rows).reduce(0) { try $0 &+ archive.objects.bands[position].segmentCount($1) }
      }
      bands.append(
        Band(
          name: plan.name, lowestFrequency: plan.frequency(0), highestFrequency: plan.frequency(plan.binCount - 1),
          resolution: plan.resolution, rows: rows, segments: segments,
          channels: archive.channelLabels(band: position).count))
    }
    injections = try archive.injections()
    sealed = try archive.unopenedSeals()
    accounting = try archive.accounting()
    refusedPeers = try archive.refusedPeers()
    let checksums = try archive.checksums()
    samplesChecksum = checksums?.samples
    productsChecksum = checksums?.products
  }

  private static func stream(_ position: Int, of archive: ArchiveReader) throws(ArchiveError) -> Stream {
    let stream = archive.streams[position]
    let rows = try archive.index(stream: position)
    var gaps: [Gap] = []
    var end: Int64 = -1
    for row in rows where row.hasMissing {
      let reason =
        row.reason == IndexRow.absence
        ? "absence" : DataGaps.Reason(rawValue: row.reason).map { "\($0)" } ?? "unexplained"
      let last = row.end ?? row.firstSample
      if row.firstSample == end, gaps[gaps.count - 1].reason == reason {
        gaps[gaps.count - 1].end = Double(last) * stream.sampleRate.interval
      } else {
        gaps.append(
          Gap(
            start: Double(row.firstSample) * stream.sampleRate.interval,
            end: Double(last) * stream.sampleRate.interval, reason: reason))
      }
      end = last
    }
    let missing = try translatingErrors(archive.path, .malformed) {
      let datasets = archive.objects.streams[position]
      return try datasets.rebuildQuality(
        Array(rows[..<(try datasets.contiguousRows(rows))]), rate: stream.sampleRate
      ).missing
    }
    return Stream(
      name: stream.name, kind: stream.kind, channels: stream.channels.map(\.name), unit: stream.unit,
      sampleRate: stream.sampleRate, baseband: stream.baseband, samples: try archive.sampleCount(stream: position),
      blocks: rows.count,
      missingSamples: missing, gaps: gaps)
  }

  // MARK: - Text

  public var description: String {
    var lines = [
      "archive    \(path) (\(decimal(Double(fileSize) / 1e6)) MB)",
      "run        \(runIdentifier) (\(name)), seed \(seed)",
      "status     \(status)\(isUnfinished ? " (open for writing, or its writer was killed)" : "")",
      "epoch      GPS \(epoch.nanoseconds) ns",
    ]
    if let arithmetic { lines.append("arithmetic \(arithmetic)") }
    lines.append("streams    \(streams.count)")
    let width = streams.map(\.name.count).max() ?? 0
    for stream in streams {
      let centre = stream.baseband.map { " complex about \(decimal($0)) Hz" } ?? ""
      let name = stream.name + String(repeating: " ", count: width - stream.name.count)
      lines.append(
        "  \(name)  \(decimal(stream.sampleRate.hertz)) Hz\(centre)  \(stream.channels.joined(separator: ","))  \(stream.unit)  "
          + "\(decimal(stream.duration)) s  \(stream.blocks) blocks  \(stream.missingSamples) samples missing")
      for gap in stream.gaps.prefix(5) {
        lines.append("    gap in \(decimal(gap.start)) ... \(decimal(gap.end)) s: \(gap.reason)")
      }
      if stream.gaps.count > 5 { lines.append("    and \(stream.gaps.count - 5) more gaps") }
    }
    lines.append("bands      \(bands.count)")
    for band in bands {
      lines.append(
        "  \(band.name)  \(decimal(band.lowestFrequency)) ... \(decimal(band.highestFrequency)) Hz in steps of "
          + "\(decimal(band.resolution)) Hz  \(band.rows) matrices of \(band.channels) channels, \(band.segments) segments"
      )
    }
    lines.append("injections \(injections.count)")
    for injection in injections {
      lines.append("  \(injection)")
    }
    if !sealed.isEmpty {
      lines.append("sealed     \(sealed.count), blind: what was put in is shown by gnomon archive unblind")
      lines += sealed.map { "  commitment \($0)" }
    }
    if !refusedPeers.isEmpty { lines.append("refused    peers \(refusedPeersText(refusedPeers))") }
    if let samplesChecksum { lines.append("samples    sha256 \(samplesChecksum)") }
    if let productsChecksum { lines.append("products   sha256 \(productsChecksum)") }
    return lines.joined(separator: "\n")
  }
}

/// At most four decimals, and none that are zero.
private func decimal(_ value: Double) -> String {
  guard value.magnitude < 1e12 else { return "\(value)" }
  let rounded = (value * 1e4).rounded() / 1e4
  return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
}

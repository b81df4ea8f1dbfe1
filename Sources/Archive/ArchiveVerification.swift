import Correlator
import HDF5
import Sky

/// What a thorough look at an archive found: every sample, row and checksum compared with what vouches for it.
public struct ArchiveVerification: Sendable, Codable {
  public struct Finding: Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable, Codable {
      /// The data are whole, but there is something to know.
      case warning
      /// The archive contradicts itself.
      case error
    }

    public var severity: Severity
    public var object: String
    public var problem: String

    public var description: String { "\(severity.rawValue): \(object): \(problem)" }
  }

  public var path: String
  public var findings: [Finding] = []
  public var streams = 0
  /// Blocks whose samples have the CRC of their row, or are missing as it says.
  public var blocksChecked = 0
  /// Samples of single channels read.
  public var samplesChecked = 0
  public var productRowsChecked = 0

  /// True when nothing contradicts anything; warnings are allowed.
  public var isWhole: Bool { !findings.contains { $0.severity == .error } }

  /// Faults told in full for each object; the rest is counted.
  private static let limit = 10

  /// Checks a whole archive.
  ///
  /// - Throws: `ArchiveError` when the file cannot be read as an archive at all; all else becomes a finding.
  public init(of path: String) throws(ArchiveError) {
    self.path = path
    let archive = try ArchiveReader(opening: path)
    let status = check("/status") { _ in try archive.status() } ?? .running
    switch status {
    case .running:
      let problem =
        archive.isUnfinished
        ? "the run is going on, or its process was killed: recover the archive if so" : "the run was never finished"
      note(.warning, "/status", problem)
    case .interrupted(let reason): note(.warning, "/status", "the run was interrupted: \(reason)")
    case .complete: break
    }
    if let topology = check("/resolved_topology", { _ in try archive.topology() }),
      topology.nodes.map(\.name) != archive.streams.map(\.name)
    {
      note(.error, "/resolved_topology", "its nodes are not the streams of the archive")
    }
    _ = check("/injections") { _ in try archive.injections() }
    _ = check("/sealed") { _ in try archive.sealedInjections() }
    let accounting = check("/accounting") { _ in try archive.accounting() } ?? []
    if accounting.map(\.stream) != archive.streams.map(\.name) {
      note(.error, "/accounting", "its rows are not the streams of the archive")
    }
    var sums = ArchiveChecksums(streams: [:], bands: [:])
    for position in archive.streams.indices {
      let name = archive.streams[position].name
      let accounts = accounting.first { $0.stream == name }
      sums.streams[name] = check("/nodes/\(name)") {
        try $0.verifyStream(archive, position, status: status, accounts: accounts)
      }
    }
    for product in archive.objects.bands {
      let object = "/products/\(product.plan.name)"
      check(object) { try $0.verifyProducts(product, object) }
      sums.bands[product.plan.name] = check(object) { _ in try product.checksum() }
    }
    check("/checksums") { try $0.verifyChecksums(sums, archive, status) }
  }

  // MARK: - Findings

  private mutating func note(_ severity: Finding.Severity, _ object: String, _ problem: String) {
    findings.append(Finding(severity: severity, object: object, problem: problem))
  }

  @discardableResult
  private mutating func check<Result>(_ object: String, _ body: (inout Self) throws -> Result) -> Result? {
    do {
      return try body(&self)
    } catch {
      note(.error, (error as? ArchiveError)?.object ?? object, "\(error)")
      return nil
    }
  }

  // MARK: - Streams

  private mutating func verifyStream(
    _ archive: ArchiveReader, _ position: Int, status: RunStatus, accounts: StreamAccounting?
  ) throws -> String {
    streams += 1
    let stream = archive.streams[position]
    let datasets = archive.objects.streams[position]
    let object = "/nodes/\(stream.name)"
    let isClosed = status != .running

    let allowed = ["channel", "dx", "name", "unit", "x0", "xunit"]
    for channel in datasets.channels where try channel.attributes.names() != allowed {
      note(.error, channel.path, "its attributes are not those that gwpy reads: \(allowed.joined(separator: ", "))")
    }
    let rows = try datasets.rows()
    let contiguous = try datasets.contiguousRows(rows)
    if contiguous < rows.count {
      let row = rows[contiguous]
      note(
        .error, "\(object)/index",
        "row \(contiguous) (block \(row.sequence), samples \(row.firstSample) + \(row.count)) does not continue the stream"
          + " or lies beyond its channels")
    }
    let end = contiguous == 0 ? 0 : Int(rows[contiguous - 1].end ?? 0)
    for channel in datasets.channels {
      let length = try channel.length
      if length != end {
        note(isClosed ? .error : .warning, channel.path, "it has \(length) samples, its index \(end)")
      }
    }
    try verifyBlocks(rows[..<contiguous], datasets, stream, object)

    let quality = try datasets.rebuildQuality(Array(rows[..<contiguous]), rate: stream.sampleRate)
    let stored = try archive.quality(stream: position)
    let expected = quality.entries + (isClosed ? [quality.collector.unfinished].compactMap { $0 } : [])
    if isClosed ? stored != expected : !expected.starts(with: stored) {
      note(.error, "/quality/\(stream.name)", "it does not follow from index and samples")
    }
    if isClosed, let accounts {
      verifyAccounts(accounts, length: Int64(end), missing: quality.missing, blocks: contiguous, status)
    }
    return ArchiveChecksums.stream(rows)
  }

  private mutating func verifyBlocks(
    _ rows: ArraySlice<IndexRow>, _ datasets: StreamDatasets, _ stream: ArchiveLayout.Stream, _ object: String
  ) throws {
    let (channels, size) = (datasets.channels.count, datasets.sampleSize)
    let batch = max(ArchiveFormat.largestBlock >> 4, Int(rows.map(\.count).max() ?? 0))
    var buffer = [Double](repeating: 0, count: min(batch, Int(rows.last?.end ?? 0)) * size * channels)
    var faults = 0
    var start = rows.startIndex
    while start < rows.endIndex {
      var next = start
      var count = 0
      while next < rows.endIndex, count + Int(rows[next].count) <= batch {
        count += Int(rows[next].count)
        next += 1
      }
      try buffer.withUnsafeMutableBufferPointer {
        let samples = UnsafeMutableBufferPointer(rebasing: $0[..<(count * size * channels)])
        try datasets.read(from: Int(rows[start].firstSample), count: count, into: samples)
        for row in rows[start..<next] {
          let first = Int(row.firstSample - rows[start].firstSample)
          let parts = (0..<channels).map { channel in
            let begin = (channel * count + first) * size
            return UnsafeBufferPointer(rebasing: samples[begin..<begin + Int(row.count) * size])
          }
          guard let problem = Self.fault(of: row, parts, stream) else { continue }
          faults += 1
          if faults <= Self.limit { note(.error, "\(object)/index", "block \(row.sequence): \(problem)") }
        }
      }
      blocksChecked += next - start
      samplesChecked += count * channels
      start = next
    }
    if faults > Self.limit { note(.error, "\(object)/index", "\(faults - Self.limit) more blocks have faults") }
  }

  /// What is wrong with a block, given its samples channel by channel.
  private static func fault(
    of row: IndexRow, _ channels: [UnsafeBufferPointer<Double>], _ stream: ArchiveLayout.Stream
  ) -> String? {
    if row.gpsNanoseconds != stream.sampleRate.time(ofSample: row.firstSample, epoch: stream.epoch).nanoseconds {
      return "its GPS time \(row.gpsNanoseconds) is not that of sample \(row.firstSample)"
    }
    if row.hasMissing != (row.reason != 0) {
      return row.hasMissing ? "samples are missing without a reason" : "a reason is given, but nothing is missing"
    }
    if row.isEntirelyMissing {
      return channels.allSatisfy { $0.allSatisfy(\.isNaN) } ? nil : "it is declared missing, but has samples"
    }
    let checksum = channels.reduce(0) { blockChecksum($1, continuing: $0) }
    if checksum != row.crc32c {
      return "its samples have CRC \(hexadecimal(checksum)), its row says \(hexadecimal(row.crc32c))"
    }
    // The sum is finite unless one of the samples is not, or all are absurdly large.
    let isFinite = channels.allSatisfy { $0.reduce(0) { $0 + $1 * 0 } == 0 }
    if !isFinite && !row.hasMissing { return "it has samples that are no numbers, and does not say so" }
    if isFinite && row.hasMissing { return "it says that samples are missing, but all are there" }
    return nil
  }

  private mutating func verifyAccounts(
    _ accounts: StreamAccounting, length: Int64, missing: Int64, blocks: Int, _ status: RunStatus
  ) {
    let object = "/accounting of \(accounts.stream)"
    if accounts.archived &+ accounts.declaredMissing != accounts.sent {
      note(
        status == .complete ? .error : .warning, object,
        "\(accounts.sent) samples sent, \(accounts.archived) archived, \(accounts.declaredMissing) declared missing")
    }
    if accounts.archived != length - missing || accounts.declaredMissing != missing {
      note(
        .error, object,
        "it has \(accounts.archived) samples archived and \(accounts.declaredMissing) missing, the data \(length - missing)"
          + " and \(missing)")
    }
    if accounts.blocksArchived != Int64(blocks) {
      note(.error, object, "it has \(accounts.blocksArchived) blocks archived, the index \(blocks)")
    }
    if status == .complete, accounts.blocksSent != accounts.blocksArchived {
      note(.error, object, "\(accounts.blocksSent) blocks sent, \(accounts.blocksArchived) archived")
    }
  }

  // MARK: - Products and checksums

  private mutating func verifyProducts(_ product: ProductDatasets, _ object: String) throws {
    let count = product.channels.count
    var last = Int64.min
    for index in 0..<(try product.rowCount) {
      let row = try product.row(index)
      let start = row.integration &* product.plan.hop &* Int64(product.plan.segmentsPerIntegration)
      if row.integration < last { note(.error, object, "row \(index) goes back to integration \(row.integration)") }
      if row.segments < 1 { note(.error, object, "row \(index) is an average of \(row.segments) segments") }
      if try product.gpsStart(index).nanoseconds != product.epoch.nanoseconds &+ start {
        note(.error, object, "row \(index) has a GPS time that is not that of integration \(row.integration)")
      }
      if try product.storedCRC(index) != ProductDatasets.crc(row) {
        note(.error, object, "row \(index) does not fit its CRC-32C")
      }
      last = row.integration
      var isRight = true
      for entry in 0..<(row.values.count / 2) {
        let first = entry / count % count
        let second = entry % count
        let expected = row.present[first] && row.present[second]
        isRight =
          isRight && row.values[2 * entry].isFinite == expected && row.values[2 * entry + 1].isFinite == expected
      }
      if !isRight {
        note(.error, object, "row \(index) has values where channels are absent, or none where they are present")
      }
      productRowsChecked += 1
      if findings.count(where: { $0.object == object }) >= Self.limit {
        return note(.error, object, "the rows after \(index) were not looked at")
      }
    }
  }

  private mutating func verifyChecksums(_ sums: ArchiveChecksums, _ archive: ArchiveReader, _ status: RunStatus) throws
  {
    guard let stored = try archive.checksums() else {
      if status != .running { note(.error, "/checksums", "they are not there") }
      return
    }
    for (name, sum) in sums.streams.sorted(by: { $0.key < $1.key }) where stored.checksums.streams[name] != sum {
      note(.error, "/checksums/streams/\(name)", "the stream has another checksum")
    }
    for (name, sum) in sums.bands.sorted(by: { $0.key < $1.key }) where stored.checksums.bands[name] != sum {
      note(.error, "/checksums/bands/\(name)", "the products have another checksum")
    }
    if stored.checksums.samples != stored.samples {
      note(.error, "/checksums/samples", "it is not the checksum of those of the streams")
    }
    if stored.checksums.products != stored.products {
      note(.error, "/checksums/products", "it is not the checksum of those of the bands")
    }
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

import CKernels
import Correlator
import HDF5
import Sky

/// The datasets of one band under `/products`, as writer and reader hold them.
///
///     spectra       rows x bins x channels x channels complex128: mean of X_I conj(X_J), one-sided, unit²/Hz
///     integration   rows int64: number of the integration
///     segments      rows int64: segments averaged
///     present       rows x channels uint8: 1 for the channels that these segments have
///     gps_start     rows int64: GPS nanoseconds of the start of the integration
///     crc32c        rows uint32: CRC-32C of the row's spectra
///     stale         rows uint8: 1 when samples of its stretch came later; `gnomon analyze` makes it again
///     frequencies   bins float64, Hz
///     channels      channels text: node/channel
///
/// An integration whose channels come and go has one row for every set of channels present together.
struct ProductDatasets {
  let plan: BandPlan
  let channels: [String]
  let epoch: GPSTime
  private let spectra: Dataset
  private let integration: Dataset
  private let segments: Dataset
  private let present: Dataset
  private let gpsStart: Dataset
  private let crc32c: Dataset
  /// Nil in archives from before there were late blocks.
  private let stale: Dataset?

  private static let chunkBytes = 4 << 20

  static func create(in parent: Group, _ plan: BandPlan, channels: [String], epoch: GPSTime) throws -> ProductDatasets {
    let group = try parent.createGroup(plan.name)
    try plan.store(in: group.attributes)
    try group.attributes.set("epoch_ns", epoch.nanoseconds)
    let frequencies = try group.createFixedDataset("frequencies", of: .float64, extent: [plan.binCount])
    try (0..<plan.binCount).map(plan.frequency).withUnsafeBytes { try frequencies.writeAll($0) }
    let nameLength = max(1, channels.map(\.utf8.count).max() ?? 1)
    let names = try group.createFixedDataset("channels", of: .text(length: nameLength), extent: [channels.count])
    try channels.flatMap { paddedText($0, length: nameLength) }.withUnsafeBytes { try names.writeAll($0) }
    let count = channels.count
    let bins = partBins(plan, channels: count)
    return ProductDatasets(
      plan: plan, channels: channels, epoch: epoch,
      spectra: try group.createDataset(
        "spectra", of: .complex128, extent: [plan.binCount, count, count], chunk: [1, bins, count, count],
        cacheBytes: 0),
      integration: try group.createDataset("integration", of: .int64, chunk: [512], cacheBytes: 1 << 13),
      segments: try group.createDataset("segments", of: .int64, chunk: [512], cacheBytes: 1 << 13),
      present: try group.createDataset(
        "present", of: .uint8, extent: [count], chunk: [512, count], cacheBytes: 1 << 17),
      gpsStart: try group.createDataset("gps_start", of: .int64, chunk: [512], cacheBytes: 1 << 13),
      crc32c: try group.createDataset("crc32c", of: .uint32, chunk: [512], cacheBytes: 1 << 12),
      stale: try group.createDataset("stale", of: .uint8, chunk: [512], cacheBytes: 1 << 10))
  }

  static func open(_ group: Group, path: String) throws -> ProductDatasets {
    let plan = try BandPlan(from: group, path: path)
    let channels = try group.textDataset("channels").texts()
    let datasets = ProductDatasets(
      plan: plan, channels: channels, epoch: GPSTime(nanoseconds: try group.attributes.int64("epoch_ns")),
      spectra: try group.dataset("spectra", of: .complex128, cacheBytes: 0),
      integration: try group.dataset("integration", of: .int64), segments: try group.dataset("segments", of: .int64),
      present: try group.dataset("present", of: .uint8), gpsStart: try group.dataset("gps_start", of: .int64),
      crc32c: try group.dataset("crc32c", of: .uint32),
      stale: try group.contains("stale") ? try group.dataset("stale", of: .uint8) : nil)
    guard try datasets.spectra.extent.dropFirst() == [plan.binCount, channels.count, channels.count] else {
      throw ArchiveError(
        .malformed, path: path, object: datasets.spectra.path,
        problem: "its extent does not fit \(plan.binCount) bins and \(channels.count) channels",
        remedy: "the file was not written by Gnomon, or was damaged")
    }
    guard try datasets.present.extent.dropFirst() == [channels.count] else {
      throw ArchiveError(
        .malformed, path: path, object: datasets.present.path,
        problem: "its extent does not fit \(channels.count) channels",
        remedy: "the file was not written by Gnomon, or was damaged")
    }
    return datasets
  }

  /// Every dataset with one element a row.
  private var all: [Dataset] { [spectra, integration, segments, present, gpsStart, crc32c] }

  /// Rows that all datasets have.
  var rowCount: Int {
    get throws { try all.map { try $0.length }.min() ?? 0 }
  }

  /// Bytes of the spectra of one row.
  var rowBytes: Int { plan.binCount * channels.count * channels.count * 16 }

  /// Bytes of all rows, about.
  var storedBytes: Int {
    get throws { try rowCount * (rowBytes + 64 + channels.count) }
  }

  /// Bins of one chunk.
  private static func partBins(_ plan: BandPlan, channels: Int) -> Int {
    min(plan.binCount, max(1, chunkBytes / (channels * channels * 16)))
  }

  /// Parts, each a chunk, in which a row is written.
  var partCount: Int {
    let bins = Self.partBins(plan, channels: channels.count)
    return (plan.binCount + bins - 1) / bins
  }

  /// Bytes that a part takes in the file, the last one as much as the others.
  var partBytes: Int { Self.partBins(plan, channels: channels.count) * channels.count * channels.count * 16 }

  /// Writes a whole row.
  func append(_ row: CrossSpectra, at index: Int) throws {
    for part in 0..<partCount { try append(row, part: part, at: index) }
  }

  /// Writes a part of a row; with the last one the row is there.
  ///
  /// - Parameters:
  ///   - part: 0 ..< `partCount`, one after the other.
  ///   - isStale: samples of its stretch came after the correlator had gone by.
  func append(_ row: CrossSpectra, part: Int, at index: Int, isStale: Bool = false) throws {
    let count = channels.count
    if part == 0 { try spectra.setExtent([index + 1, plan.binCount, count, count]) }
    let partBins = Self.partBins(plan, channels: count)
    let bins = part * partBins..<min(plan.binCount, (part + 1) * partBins)
    let binDoubles = 2 * count * count
    try row.values[bins.lowerBound * binDoubles..<bins.upperBound * binDoubles].withUnsafeBytes {
      try spectra.write($0, at: [index, bins.lowerBound, 0, 0], count: [1, bins.count, count, count])
    }
    if bins.upperBound == plan.binCount { try appendNumbers(of: row, at: index, isStale: isStale) }
  }

  private func appendNumbers(of row: CrossSpectra, at index: Int, isStale: Bool) throws {
    if let stale {
      try stale.setLength(index + 1)
      try mark(index, stale: isStale)
    }
    let start =
      epoch.nanoseconds
      &+ (row.integration &* plan.hop &* Int64(plan.segmentsPerIntegration))
    for (dataset, value) in [
      (integration, row.integration), (segments, Int64(row.segments)), (gpsStart, start),
    ] {
      try dataset.setLength(index + 1)
      try withUnsafeBytes(of: value.littleEndian) { try dataset.write($0, at: index, count: 1) }
    }
    try present.setExtent([index + 1, channels.count])
    try row.present.map { $0 ? UInt8(1) : 0 }.withUnsafeBytes {
      try present.write($0, at: [index, 0], count: [1, channels.count])
    }
    try crc32c.setLength(index + 1)
    try withUnsafeBytes(of: Self.crc(row).littleEndian) { try crc32c.write($0, at: index, count: 1) }
  }

  /// Says of a row whether samples of its stretch came after the correlator had gone by.
  func mark(_ index: Int, stale isStale: Bool) throws {
    try withUnsafeBytes(of: UInt8(isStale ? 1 : 0)) { try stale?.write($0, at: index, count: 1) }
  }

  /// The rows whose stretch has samples that they do not have.
  func staleRows() throws -> [Int] {
    try stale?.bytes().enumerated().filter { $0.element != 0 }.map(\.offset) ?? []
  }

  /// The integrations in which segments touch a stretch of time, in nanoseconds after the epoch.
  func integrations(touching stretch: Range<Int64>) -> ClosedRange<Int64> {
    let length = plan.hop * Int64(plan.segmentsPerIntegration)
    let first = max(0, stretch.lowerBound - (plan.segment - plan.hop)) / length
    return first...max(first, (stretch.upperBound - 1) / length)
  }

  /// CRC-32C of the bytes of a row's spectra.
  static func crc(_ row: CrossSpectra) -> UInt32 {
    row.values.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) }
  }

  func storedCRC(_ index: Int) throws -> UInt32 {
    try crc32c.uint32s(from: index, count: 1)[0]
  }

  func row(_ index: Int) throws -> CrossSpectra {
    var values = [Double](repeating: 0, count: rowBytes / 8)
    try values.withUnsafeMutableBytes {
      try spectra.read(
        into: $0, from: [index, 0, 0, 0], count: [1, plan.binCount, channels.count, channels.count])
    }
    var flags = [UInt8](repeating: 0, count: channels.count)
    try flags.withUnsafeMutableBytes { try present.read(into: $0, from: [index, 0], count: [1, channels.count]) }
    return CrossSpectra(
      integration: try integration.int64s(from: index, count: 1)[0],
      segments: Int(try segments.int64s(from: index, count: 1)[0]), present: flags.map { $0 != 0 }, values: values)
  }

  func segmentCount(_ index: Int) throws -> Int {
    Int(try segments.int64s(from: index, count: 1)[0])
  }

  func gpsStart(_ index: Int) throws -> GPSTime {
    GPSTime(nanoseconds: try gpsStart.int64s(from: index, count: 1)[0])
  }

  func cut(to rows: Int) throws {
    for dataset in all + [stale].compactMap({ $0 }) {
      try dataset.setExtent([rows] + dataset.extent.dropFirst())
      try dataset.flush()
    }
  }

  func flush() throws {
    // The numbers that say how many rows there are come last.
    try stale?.flush()
    for dataset in all { try dataset.flush() }
  }

  func refresh() throws {
    for dataset in all { try dataset.refresh() }
    try stale?.refresh()
  }

  /// SHA-256 over integration, segments, present and CRC of every row, little-endian, in order of rows.
  func checksum() throws -> String {
    var hash = SecureHash()
    for index in 0..<(try rowCount) {
      hash.update(try integration.int64s(from: index, count: 1)[0])
      hash.update(try segments.int64s(from: index, count: 1)[0])
      var flags = [UInt8](repeating: 0, count: channels.count)
      try flags.withUnsafeMutableBytes { try present.read(into: $0, from: [index, 0], count: [1, channels.count]) }
      flags.withUnsafeBytes { hash.update($0) }
      hash.update(try storedCRC(index))
    }
    return hash.finalize()
  }
}

extension BandPlan {
  /// What a band's group says of itself; a new property of the plan is one line here and one in `init(from:path:)`.
  func store(in attributes: Attributes) throws {
    try attributes.set("segment_ns", segment)
    try attributes.set("hop_ns", hop)
    try attributes.set("window", window.rawValue)
    try attributes.set("segments_per_integration", Int64(segmentsPerIntegration))
    try attributes.set("first_bin", Int64(firstBin))
    try attributes.set("bin_count", Int64(binCount))
    if !absentChannels.isEmpty {
      try attributes.set("absent_channels", absentChannels.map(String.init).joined(separator: " "))
    }
  }

  init(from group: Group, path: String) throws {
    let attributes = group.attributes
    let name = String(group.path.split(separator: "/").last ?? "")
    let windowName = try attributes.string("window")
    let segment = try attributes.int64("segment_ns")
    let hop = try attributes.int64("hop_ns")
    let segmentsPerIntegration = try attributes.int64("segments_per_integration")
    let firstBin = try attributes.int64("first_bin")
    let binCount = try attributes.int64("bin_count")
    guard let window = Window(rawValue: windowName), segment > 0, hop > 0, segmentsPerIntegration > 0, firstBin >= 1,
      (1...(1 << 28)).contains(binCount), firstBin < 1 << 40, segmentsPerIntegration < 1 << 40
    else {
      throw ArchiveError(
        .malformed, path: path, object: group.path, problem: "its attributes describe no band",
        remedy: "the file was not written by Gnomon, or was damaged")
    }
    let absent =
      try attributes.contains("absent_channels")
      ? try attributes.string("absent_channels").split(separator: " ").compactMap { Int($0) } : []
    self.init(
      name: name, segment: segment, hop: hop, window: window, segmentsPerIntegration: Int(segmentsPerIntegration),
      firstBin: Int(firstBin), binCount: Int(binCount), absentChannels: absent)
  }
}

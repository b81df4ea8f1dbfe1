import HDF5

/// What proves that two archives hold the same data: hexadecimal SHA-256 values, stored under `/checksums` at the end.
///
/// They depend on the data alone: neither on the order in which streams arrived nor on when the file was flushed.
public struct ArchiveChecksums: Hashable, Sendable, Codable {
  /// For every stream, over (first sample, count, flags, reason, CRC) of its index rows: int64, uint32, uint32, uint8,
  /// uint32, little-endian. The CRC stands for the samples.
  public var streams: [String: String]
  /// For every band, over its rows: integration int64, segments int64, present uint8 each, CRC uint32. The CRC stands for
  /// the matrix.
  public var bands: [String: String]

  public init(streams: [String: String], bands: [String: String]) {
    self.streams = streams
    self.bands = bands
  }

  /// One value for all streams: over the lines `<checksum>  <name>\n` in order of names, as sha256sum prints them.
  public var samples: String { SecureHash.combined(streams) }

  /// One value for all bands, made the same way.
  public var products: String { SecureHash.combined(bands) }

  /// The checksum of one stream from its index rows.
  static func stream(_ rows: some Sequence<IndexRow>) -> String {
    var hash = SecureHash()
    for row in rows {
      hash.update(row.firstSample)
      hash.update(row.count)
      // When a block came is no property of the data.
      hash.update(row.flags & ~IndexRow.cameLate)
      hash.update(row.reason)
      hash.update(row.crc32c)
    }
    return hash.finalize()
  }
}

/// The datasets under `/checksums`: texts of 64 digits, empty until the end.
///
///     samples, products            the two values for all
///     streams/<name>, bands/<name> the values they are made of
struct ChecksumDatasets {
  private let samples: Dataset
  private let products: Dataset
  private let streams: [String: Dataset]
  private let bands: [String: Dataset]

  init(creatingIn root: Group, streams: [String], bands: [String]) throws {
    let type = ElementType.text(length: ArchiveFormat.checksumLength)
    let group = try root.createGroup("checksums")
    samples = try group.createFixedDataset("samples", of: type)
    products = try group.createFixedDataset("products", of: type)
    let streamGroup = try group.createGroup("streams")
    self.streams = try Dictionary(
      uniqueKeysWithValues: streams.map { ($0, try streamGroup.createFixedDataset($0, of: type)) })
    let bandGroup = try group.createGroup("bands")
    self.bands = try Dictionary(
      uniqueKeysWithValues: bands.map { ($0, try bandGroup.createFixedDataset($0, of: type)) })
    for dataset in all { try dataset.writeText("") }
  }

  init(opening root: Group, streams: [String], bands: [String]) throws {
    let group = try root.group("checksums")
    samples = try group.textDataset("samples")
    products = try group.textDataset("products")
    let streamGroup = try group.group("streams")
    self.streams = try Dictionary(
      uniqueKeysWithValues: streams.map { ($0, try streamGroup.textDataset($0)) })
    let bandGroup = try group.group("bands")
    self.bands = try Dictionary(uniqueKeysWithValues: bands.map { ($0, try bandGroup.textDataset($0)) })
  }

  private var all: [Dataset] { [samples, products] + streams.values + bands.values }

  func write(_ checksums: ArchiveChecksums) throws {
    try samples.writeText(checksums.samples)
    try products.writeText(checksums.products)
    for (name, dataset) in streams { try dataset.writeText(checksums.streams[name] ?? "") }
    for (name, dataset) in bands { try dataset.writeText(checksums.bands[name] ?? "") }
  }

  /// What is stored, with the two values for all as they stand in the file; nil while they are not yet known.
  func read() throws -> (checksums: ArchiveChecksums, samples: String, products: String)? {
    let samples = try self.samples.texts().first ?? ""
    let products = try self.products.texts().first ?? ""
    guard !samples.isEmpty || !products.isEmpty else { return nil }
    return (
      ArchiveChecksums(
        streams: try streams.mapValues { try $0.texts().first ?? "" },
        bands: try bands.mapValues { try $0.texts().first ?? "" }),
      samples, products
    )
  }
}

import HDF5
import Sky

/// The datasets of one stream: `/nodes/<stream>/<channel>`, `/nodes/<stream>/index` and `/quality/<stream>`.
struct StreamDatasets {
  let channels: [Dataset]
  /// Doubles of one sample.
  let sampleSize: Int
  let index: Dataset
  let quality: Dataset

  init(channels: [Dataset], sampleSize: Int, index: Dataset, quality: Dataset) {
    self.channels = channels
    self.sampleSize = sampleSize
    self.index = index
    self.quality = quality
  }

  init(opening stream: ArchiveLayout.Stream, nodes: Group, quality: Group) throws {
    let group = try nodes.group(stream.name)
    self.init(
      channels: try stream.channels.map { try group.dataset($0.name, of: stream.sampleType, cacheBytes: 0) },
      sampleSize: stream.sampleKind.size,
      index: try group.dataset("index", of: IndexRow.type),
      quality: try quality.dataset(stream.name, of: .uint32))
  }

  /// All rows of the index.
  func rows() throws -> [IndexRow] {
    let size = IndexRow.type.size
    return try index.bytes().withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: size).map {
        IndexRow(from: UnsafeRawBufferPointer(rebasing: buffer[$0..<($0 + size)]))
      }
    }
  }

  /// Reads samples of all channels, one channel after the other, into `buffer`; complex ones as pairs of doubles.
  func read(from first: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    precondition(buffer.count >= count * sampleSize * channels.count, "a buffer holds what is read into it")
    let bytes = UnsafeMutableRawBufferPointer(buffer)
    for (position, channel) in channels.enumerated() {
      try channel.read(
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[(position * count * channel.type.size)...]), from: first,
        count: count)
    }
  }

  /// Whether the samples of a block are those whose CRC its row has, or all missing where it says so.
  func agrees(_ row: IndexRow) throws -> Bool {
    let count = Int(row.count)
    var samples = [Double](repeating: 0, count: count * sampleSize * channels.count)
    try samples.withUnsafeMutableBufferPointer { try read(from: Int(row.firstSample), count: count, into: $0) }
    if row.isEntirelyMissing { return samples.allSatisfy(\.isNaN) }
    return samples.withUnsafeBufferPointer { blockChecksum($0) } == row.crc32c
  }

  /// The quality mask as it follows from index and samples.
  func rebuildQuality(
    _ rows: [IndexRow], rate: SampleRate
  ) throws -> (entries: [QualityMask], collector: QualityCollector, missing: Int64) {
    var entries: [QualityMask] = []
    var collector = QualityCollector(rate: rate)
    var missing: Int64 = 0
    for row in rows {
      var samples: [Double] = []
      if row.hasMissing, !row.isEntirelyMissing {
        samples = [Double](repeating: 0, count: Int(row.count) * sampleSize * channels.count)
        try samples.withUnsafeMutableBufferPointer {
          try read(from: Int(row.firstSample), count: Int(row.count), into: $0)
        }
      }
      missing += samples.withUnsafeBufferPointer { buffer in
        collector.add(row, samples: buffer, channels: channels.count, sampleSize: sampleSize) { entries.append($0) }
      }
    }
    return (entries, collector, missing)
  }

  /// How many leading rows of the index form a stream: numbered without holes, each block where the last one ended,
  /// all within the channels.
  func contiguousRows(_ rows: [IndexRow]) throws -> Int {
    let length = try channels.map { try $0.length }.min() ?? 0
    var end: Int64 = 0
    for (position, row) in rows.enumerated() {
      guard row.sequence == UInt64(position), row.firstSample == end, row.count > 0,
        row.count <= ArchiveFormat.largestBlock, let next = row.end, next <= Int64(length)
      else { return position }
      end = next
    }
    return rows.count
  }
}

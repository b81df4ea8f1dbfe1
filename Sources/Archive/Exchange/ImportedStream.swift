import Sky

/// Makes the blocks of one imported station: samples where a file has them, NaN and a reason where none does.
///
/// A block ends where the reason changes or where the clock's offset does, so that both hold for all of it.
struct ImportedStream {
  /// Parts of a regular block at most; beyond that, missing samples share the reason of the first.
  private static let mostParts = 64

  /// What became of a stream's samples.
  struct Counts: Sendable {
    var samples: Int64 = 0
    var missing: [UInt8: Int64] = [:]
  }

  private let station: ForeignImport.Station
  private let epoch: GPSTime
  private let length: Int64
  private let blockSamples: Int
  private var cursors: [Cursor]
  private(set) var counts = Counts()
  private(set) var failures: [ForeignFileError] = []

  /// Where one channel stands in its pieces.
  private struct Cursor {
    var next = 0
    var reader: SeriesReader?
  }

  init(_ station: ForeignImport.Station, epoch: GPSTime, length: Int64, blockSamples: Int) {
    self.station = station
    self.epoch = epoch
    self.length = length
    self.blockSamples = blockSamples
    cursors = station.channels.map { _ in Cursor() }
  }

  /// Writes the whole stream.
  ///
  /// - Returns: the rows of its index.
  mutating func write(
    to writer: ArchiveWriter, stream: Int, progress: (Double) -> Void
  ) throws(ArchiveError) -> [IndexRow] {
    let channels = station.channels.count
    var samples = [Double](repeating: .nan, count: blockSamples * channels)
    var reasons = [UInt8](repeating: 0, count: blockSamples * channels)
    var rows: [IndexRow] = []
    var start: Int64 = 0
    while start < length {
      let count = Int(min(Int64(blockSamples), length - start))
      for channel in 0..<channels { fill(&samples, &reasons, channel, start..<start + Int64(count)) }
      let clocks = clocks(start..<start + Int64(count))
      for part in parts(reasons, count, clocks) {
        let sequence = UInt64(rows.count)
        let (row, payload) = block(part, samples, reasons, start: start, sequence: sequence, clocks)
        try writingBlock(writer, stream, row, payload)
        rows.append(row)
      }
      start += Int64(count)
      if (start / Int64(blockSamples)) % 64 == 0 { progress(Double(start) / Double(length)) }
    }
    counts.samples = length
    return rows
  }

  private func writingBlock(
    _ writer: ArchiveWriter, _ stream: Int, _ row: IndexRow, _ payload: [Double]
  ) throws(ArchiveError) {
    let result = payload.withUnsafeBufferPointer { buffer -> Result<Void, ArchiveError> in
      do throws(ArchiveError) {
        try writer.append(stream: stream, block: row, payload: buffer)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  // MARK: - Samples of a regular block

  private mutating func fill(
    _ samples: inout [Double], _ reasons: inout [UInt8], _ channel: Int, _ range: Range<Int64>
  ) {
    let base = channel * blockSamples
    for index in 0..<range.count {
      samples[base + index] = .nan
      reasons[base + index] = ImportedGap.absent
    }
    let pieces = station.channels[channel].pieces
    while cursors[channel].next < pieces.count {
      let piece = pieces[cursors[channel].next]
      let part = range.clamped(to: piece.first..<piece.end)
      if !part.isEmpty {
        do throws(ForeignFileError) {
          let reader: SeriesReader
          if let open = cursors[channel].reader { reader = open } else { reader = try piece.series.reader() }
          cursors[channel].reader = reader
          let first = Int(part.lowerBound - piece.first + piece.skipped)
          let (values, why) = try reader.read(first..<first + part.count)
          let place = base + Int(part.lowerBound - range.lowerBound)
          for index in values.indices {
            samples[place + index] = why[index] == 0 ? piece.scale(values[index]) : .nan
            reasons[place + index] = why[index]
          }
        } catch {
          // What is left of this file is lost; what was read of it stays.
          failures.append(error)
          cursors[channel].reader = nil
          cursors[channel].next += 1
          continue
        }
      }
      guard piece.end <= range.upperBound else { break }
      cursors[channel].reader = nil
      cursors[channel].next += 1
    }
  }

  /// Offset and uncertainty of the clock from samples of a block on; those of the first channel's file.
  private struct ClockClaim: Equatable {
    var from: Int
    var offset: Double
    var uncertainty: Double
  }

  private func clocks(_ range: Range<Int64>) -> [ClockClaim] {
    let pieces = station.channels.first?.pieces ?? []
    // The first piece that ends within or behind the block.
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].end > range.lowerBound { high = middle } else { low = middle + 1 }
    }
    var claims: [ClockClaim] = []
    for piece in pieces[low...] {
      guard piece.first < range.upperBound || claims.isEmpty else { break }
      let from = Int(max(piece.first, range.lowerBound) - range.lowerBound)
      let claim = ClockClaim(
        from: claims.isEmpty ? 0 : from, offset: piece.clockOffset, uncertainty: piece.clockUncertainty)
      if claims.last?.offset != claim.offset || claims.last?.uncertainty != claim.uncertainty { claims.append(claim) }
    }
    if claims.isEmpty, let last = pieces.last {
      claims = [ClockClaim(from: 0, offset: last.clockOffset, uncertainty: last.clockUncertainty)]
    }
    return claims
  }

  // MARK: - Blocks

  /// Ranges of a regular block within which all samples are missing for one reason, or are not all missing.
  private func parts(_ reasons: [UInt8], _ count: Int, _ clocks: [ClockClaim]) -> [Range<Int>] {
    let channels = station.channels.count
    /// The reason for which all channels miss a sample; 0 when one has it.
    func reason(_ sample: Int) -> UInt8 {
      for channel in 0..<channels where reasons[channel * blockSamples + sample] == 0 { return 0 }
      return reasons[sample]
    }
    var parts: [Range<Int>] = []
    var start = 0
    var current = reason(0)
    for sample in 1..<max(count, 1) {
      let next = reason(sample)
      guard next != current || clocks.contains(where: { $0.from == sample }) else { continue }
      if parts.count + 1 < Self.mostParts {
        parts.append(start..<sample)
        start = sample
      }
      current = next
    }
    parts.append(start..<count)
    return parts
  }

  private mutating func block(
    _ part: Range<Int>, _ samples: [Double], _ reasons: [UInt8], start: Int64, sequence: UInt64, _ clocks: [ClockClaim]
  ) -> (row: IndexRow, payload: [Double]) {
    let channels = station.channels.count
    var first: UInt8 = 0
    var missing = 0
    for sample in part {
      for channel in 0..<channels {
        let why = reasons[channel * blockSamples + sample]
        guard why != 0 else { continue }
        if first == 0 { first = why }
        missing += 1
        if channel == 0 { counts.missing[why, default: 0] += 1 }
      }
    }
    let firstSample = start + Int64(part.lowerBound)
    let claim = clocks.last { $0.from <= part.lowerBound }
    var row = IndexRow(
      sequence: sequence, firstSample: firstSample,
      gpsNanoseconds: station.sampleRate.time(ofSample: firstSample, epoch: epoch).nanoseconds,
      count: UInt32(part.count), reason: first, clockOffset: claim?.offset ?? 0,
      clockUncertainty: claim?.uncertainty ?? 0, crc32c: 0)
    guard missing < part.count * channels else {
      row.flags = IndexRow.entirelyMissing
      return (row, [])
    }
    if missing > 0 { row.flags = IndexRow.containsMissing }
    var payload: [Double] = []
    payload.reserveCapacity(part.count * channels)
    for channel in 0..<channels {
      let base = channel * blockSamples
      payload += samples[base + part.lowerBound..<base + part.upperBound]
    }
    row.crc32c = payload.withUnsafeBufferPointer { blockChecksum($0) }
    return (row, payload)
  }
}

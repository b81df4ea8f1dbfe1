import HDF5

/// Blocks of samples and their rows of the index.
extension ArchiveWriter {
  /// Appends one block with its samples and its row of the index.
  ///
  /// - Parameters:
  ///   - stream: position in `layout.streams`.
  ///   - block: the block's header; it must continue the stream.
  ///   - payload: its channels one after the other, complex samples as pairs of real and imaginary part; empty for an
  ///     entirely missing block, which is stored as NaN.
  /// - Throws: `ArchiveError`; of kind `diskFull` nothing has been appended.
  public func append(
    stream: Int, block: IndexRow, payload: UnsafeBufferPointer<Double>
  ) throws(ArchiveError) {
    let state = streams[stream]
    let count = Int(block.count)
    let size = layout.streams[stream].sampleKind.size
    guard payload.count == (block.isEntirelyMissing ? 0 : count * size * state.channels.count) else {
      throw wrongUse(
        stream,
        "block \(block.sequence) of \(count) samples and \(state.channels.count) channels has a payload of "
          + "\(payload.count) numbers")
    }
    try validate(block, stream)
    try reserve(state.channels.reduce(IndexRow.type.size) { $0 + $1.newBytes(appending: count) })
    try storing {
      for (position, channel) in state.channels.enumerated() {
        if block.isEntirelyMissing {
          try channel.appendMissing(count)
        } else {
          let part = position * count * size..<(position + 1) * count * size
          try channel.append(UnsafeBufferPointer(rebasing: payload[part]))
        }
      }
      try appendRow(block, stream, samples: payload)
    }
  }

  /// Appends samples to one channel; their rows of the index follow with `appendIndex`.
  ///
  /// Whole chunks (`ArchiveFormat.chunkSamples`) on a chunk boundary go to the file without a copy.
  ///
  /// - Parameters:
  ///   - stream: position in `layout.streams`.
  ///   - channel: position in that stream's channels.
  ///   - samples: contiguous with what was appended before; complex ones as pairs of real and imaginary part.
  public func append(
    stream: Int, channel: Int, samples: UnsafeBufferPointer<Double>
  ) throws(ArchiveError) {
    let appender = streams[stream].channels[channel]
    try reserve(appender.newBytes(appending: appender.samples(inDoubles: samples.count)))
    try storing { try appender.append(samples) }
  }

  /// Appends rows of blocks whose samples all channels of the stream already have.
  public func appendIndex(stream: Int, rows: [IndexRow]) throws(ArchiveError) {
    let state = streams[stream]
    let size = layout.streams[stream].sampleKind.size
    for row in rows {
      try validate(row, stream)
      let count = Int(row.count)
      guard let short = state.channels.map(\.count).min(), Int64(short) >= row.firstSample + Int64(count) else {
        throw wrongUse(stream, "block \(row.sequence) is indexed before all channels have its samples")
      }
      try reserve(IndexRow.type.size)
      try storing {
        guard row.hasMissing, !row.isEntirelyMissing else {
          return try appendRow(row, stream, samples: nil)
        }
        // Rare: look again at the samples, to know in which seconds some are missing.
        scratch = [Double](repeating: 0, count: count * size * state.channels.count)
        try scratch.withUnsafeMutableBufferPointer { buffer in
          guard let address = buffer.baseAddress else { return }
          let first = Int(row.firstSample)
          for (position, channel) in state.channels.enumerated() {
            try channel.read(first..<(first + count), into: address + position * count * size)
          }
          try appendRow(row, stream, samples: UnsafeBufferPointer(buffer))
        }
      }
    }
  }

  private func appendRow(_ row: IndexRow, _ stream: Int, samples: UnsafeBufferPointer<Double>?) throws {
    let state = streams[stream]
    state.missing += try state.quality.add(
      row, samples: samples, channels: state.channels.count, sampleSize: layout.streams[stream].sampleKind.size
    ) { entry in
      try state.qualityMask.append { $0.storeBytes(of: entry.rawValue.littleEndian, as: UInt32.self) }
    }
    try state.index.append(row.store)
    state.end += Int64(row.count)
  }

  private func validate(_ row: IndexRow, _ stream: Int) throws(ArchiveError) {
    let state = streams[stream]
    guard row.count > 0, row.count <= ArchiveFormat.largestBlock else {
      throw wrongUse(stream, "block \(row.sequence) has \(row.count) samples, not 1 to \(ArchiveFormat.largestBlock)")
    }
    guard row.sequence == UInt64(state.index.count), row.firstSample == state.end else {
      throw wrongUse(
        stream,
        "block \(row.sequence) at sample \(row.firstSample) does not continue block \(state.index.count) at "
          + "sample \(state.end)")
    }
  }
}

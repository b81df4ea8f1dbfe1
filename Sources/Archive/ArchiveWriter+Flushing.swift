import HDF5

/// Making durable what was appended, the accounting, and the end.
extension ArchiveWriter {
  /// Makes all that was appended visible to readers and safe from the death of this process.
  ///
  /// - Parameter fileInterval: at most this often the file's own bookkeeping is written too, which only a reader that
  ///   does not follow writers needs; what was appended is safe without it.
  public func flush(fileInterval: Duration = .seconds(1)) throws(ArchiveError) {
    try storing {
      for stream in streams {
        // First the samples, then the index that vouches for them.
        for channel in stream.channels { try channel.flush() }
        try stream.index.flush()
        try stream.qualityMask.flush()
      }
      for band in touchedBands.sorted() { try objects.bands[band].flush() }
      touchedBands.removeAll(keepingCapacity: true)
      let now = ContinuousClock.now
      if lastFileFlush.map({ now - $0 >= fileInterval }) ?? true {
        try file.flush()
        lastFileFlush = now
        if !lock.restoreReserve() { headroom = 0 }
      }
    }
  }

  /// Overwrites `/accounting`; streams without a row here keep the one they have.
  public func update(accounting: [StreamAccounting]) throws(ArchiveError) {
    try storing { try write(accounting) }
  }

  /// Overwrites `/refused_peers`.
  /// - Parameter refusedPeers: peers that were sent away, by reason, those of earlier hubs of the run among them.
  public func update(refusedPeers: [String: Int64]) throws(ArchiveError) {
    guard refusedPeers != storedRefusedPeers else { return }
    try storing { try objects.refusedPeers?.write(refusedPeers) }
    storedRefusedPeers = refusedPeers
  }

  private func write(_ accounting: [StreamAccounting]) throws {
    if accounting.map(\.stream) == layout.streams.map(\.name) {
      // The usual case, in one piece.
      try accounting.flatMap { $0.bytes(nameLength: objects.accountingNameLength) }.withUnsafeBytes {
        try objects.accounting.write($0, at: 0, count: accounting.count)
      }
      return try objects.accounting.flush()
    }
    for row in accounting {
      guard let position = layout.streams.firstIndex(where: { $0.name == row.stream }) else {
        throw ArchiveError(
          .wrongUse, path: path, object: "/accounting", problem: "there is no stream \(row.stream)",
          remedy: "this is a fault of the program")
      }
      try row.bytes(nameLength: objects.accountingNameLength).withUnsafeBytes {
        try objects.accounting.write($0, at: position, count: 1)
      }
    }
    try objects.accounting.flush()
  }

  /// Ends the run: writes all that waits, accounting, checksums and status, and closes the file.
  ///
  /// - Parameters:
  ///   - status: `complete` or `interrupted`.
  ///   - accounting: one row for every stream.
  ///   - synchronizing: waits until the file is on the disk, safe from a power cut.
  /// - Returns: the checksums that now stand in the file.
  @discardableResult
  public func finish(
    status: RunStatus, accounting: [StreamAccounting], synchronizing: Bool = false
  ) throws(ArchiveError) -> ArchiveChecksums {
    let checksums = try storing {
      for stream in streams {
        // Samples whose block was never indexed, because the disk was full in between, do not count.
        for channel in stream.channels { try channel.cut(to: Int(stream.end)) }
        if let entry = stream.quality.unfinished {
          try stream.qualityMask.append { $0.storeBytes(of: entry.rawValue.littleEndian, as: UInt32.self) }
        }
      }
      // Nor does a matrix of which a part is there.
      for band in begunBands { try objects.bands[band].cut(to: productIntegrations[band].count) }
      try flush(fileInterval: .zero)
      for (position, stream) in streams.enumerated() where stream.hasLate { try rewriteQuality(stream: position) }
      let checksums = ArchiveChecksums(
        streams: Dictionary(
          uniqueKeysWithValues: try zip(layout.streams, objects.streams).map {
            ($0.name, ArchiveChecksums.stream(try $1.rows()))
          }),
        bands: Dictionary(uniqueKeysWithValues: try objects.bands.map { ($0.plan.name, try $0.checksum()) }))
      try objects.checksums.write(checksums)
      try write(accounting)
      try objects.status.writeText(status.description)
      return checksums
    }
    isFinished = true
    try translatingErrors(path, .library) { try file.close() }
    lock.releaseReserve()
    if synchronizing { try lock.synchronize() }
    lock.unlock()
    return checksums
  }
}

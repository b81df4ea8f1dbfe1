import Correlator
import Glibc
import HDF5
import Sky

/// Writes the archive of a run while others may already read it. Confined to one thread, the only one that uses HDF5.
///
///     let writer = try ArchiveWriter(creating: "run.h5", layout: layout)
///     try writer.append(stream: 0, block: row, payload: samples)   // for every block that arrives
///     try writer.flush()                                           // now these blocks may be acknowledged
///     try writer.finish(status: .complete, accounting: accounts)
///
/// Everything the file will ever hold is created by the initialiser; then readers may follow (HDF5's single writer,
/// multiple readers), and after that blocks, quality, products, accounting and status are only appended or overwritten.
/// Results of an analysis come later, into the finished archive: `StoredAnalysis`.
///
/// On a full disk an append throws `ArchiveError` of kind `diskFull` and has no effect; the writer stays whole, `flush` and
/// `finish` still work in space that was set aside. After any other failure of HDF5 the writer refuses further calls,
/// and `ArchiveRecovery` brings the file back to its last flush.
public final class ArchiveWriter {
  public private(set) var path: String
  public let layout: ArchiveLayout

  final class StreamState {
    let channels: [SampleAppender]
    let index: RecordAppender
    let qualityMask: RecordAppender
    var quality: QualityCollector
    var end: Int64 = 0
    var missing: Int64 = 0

    /// Whether blocks came after they had been declared missing.
    var hasLate = false

    init(
      channels: [SampleAppender], index: RecordAppender, qualityMask: RecordAppender, quality: QualityCollector
    ) {
      self.channels = channels
      self.index = index
      self.qualityMask = qualityMask
      self.quality = quality
    }
  }

  private let lock: LockedFile
  let file: File
  let objects: ArchiveObjects
  let streams: [StreamState]
  /// For each band the integration of every row.
  var productIntegrations: [[Int64]]
  /// For each band the integrations that lack samples which came late.
  var staleIntegrations: [Set<Int64>]
  var touchedBands: Set<Int> = []
  /// Bands of which a row was begun.
  private var begunBands: Set<Int> = []
  /// Bytes that may still be appended before the reserve has to be looked at.
  private var headroom = 0
  private var storedRefusedPeers: [String: Int64]?
  private var lastFileFlush: ContinuousClock.Instant?
  private var failure: ArchiveError?
  private var isFinished = false
  private var scratch: [Double] = []

  // MARK: - Beginning

  /// Creates an archive and lets readers follow it at once.
  ///
  /// - Parameters:
  ///   - path: the final path; its folder must exist.
  ///   - layout: all that is known before the first sample.
  ///   - replacing: false refuses a file that exists; true removes it, unless it is being written.
  /// - Throws: `ArchiveError`.
  public convenience init(
    creating path: String, layout: ArchiveLayout, replacing: Bool = false
  ) throws(ArchiveError) {
    try Self.makeRoom(at: path, replacing: replacing)
    try layout.validate(path: path)
    // Under another name until it is whole: a process killed meanwhile leaves no file that looks like an archive.
    let draft = path + ".creating"
    try Self.makeRoom(at: draft, replacing: true)
    do {
      try self.init(creatingAt: draft, layout)
      try rename(to: path)
    } catch {
      unlink(draft)
      throw error
    }
  }

  /// Gives the file its final name.
  func rename(to newPath: String) throws(ArchiveError) {
    try lock.rename(to: newPath)
    path = newPath
  }

  /// Continues an archive that was closed or recovered before its run was complete.
  ///
  /// Every stream goes on at `nextSample` and `nextSequence`. Products are dropped: the correlator makes them again from
  /// the samples, so that they do not depend on where the run was interrupted.
  ///
  /// - Parameter provenance: JSON of the process that resumes it, kept beside that of those before.
  /// - Throws: `ArchiveError`; of kind `interrupted` when the archive needs `ArchiveRecovery` first.
  public convenience init(resuming path: String, provenance: String? = nil) throws(ArchiveError) {
    let lock = try LockedFile(path: path)
    let reader = try translatingErrors(path, .interrupted) {
      try ArchiveReader(file: try File(opening: path, .readWrite))
    }
    guard try reader.status() != .complete else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "the run is complete", remedy: "choose another file for a new run")
    }
    if let provenance { try reader.add(resumption: provenance) }
    try self.init(path: path, layout: try reader.layout(), file: reader.file, lock: lock, objects: reader.objects)
  }

  private convenience init(creatingAt path: String, _ layout: ArchiveLayout) throws(ArchiveError) {
    let (file, lock, objects) = try translatingErrors(path, .library) {
      let file = try File(creating: path)
      let lock = try LockedFile(path: path)
      let texts = layout.topologyText.utf8.count + json(layout.topology).utf8.count + layout.provenance.utf8.count
      _ = try lock.reserve(layout.safetyMargin + texts)
      return (file, lock, try ArchiveObjects(creatingIn: file, layout))
    }
    try self.init(path: path, layout: layout, file: file, lock: lock, objects: objects)
  }

  private init(
    path: String, layout: ArchiveLayout, file: File, lock: LockedFile, objects: ArchiveObjects
  ) throws(ArchiveError) {
    self.path = path
    self.layout = layout
    self.file = file
    self.lock = lock
    self.objects = objects
    productIntegrations = Array(repeating: [], count: layout.bands.count)
    staleIntegrations = Array(repeating: [], count: layout.bands.count)
    streams = try translatingErrors(path, .library) {
      try objects.status.writeText(RunStatus.running.description)
      for band in objects.bands where try band.rowCount > 0 { try band.cut(to: 0) }
      let streams = try zip(objects.streams, layout.streams).map { try Self.state($0, $1, path: path) }
      try file.flush()
      try file.startSingleWriter()
      return streams
    }
    _ = lock.restoreReserve()
  }

  private static func state(
    _ datasets: StreamDatasets, _ stream: ArchiveLayout.Stream, path: String
  ) throws -> StreamState {
    let rows = try datasets.rows()
    let length = Int(rows.last?.end ?? 0)
    guard try datasets.channels.allSatisfy({ try $0.length == length }) else {
      throw ArchiveError(
        .interrupted, path: path, object: "/nodes/\(stream.name)", problem: "channels and index do not end together",
        remedy: "recover the archive first")
    }
    let quality = try datasets.rebuildQuality(rows, rate: stream.sampleRate)
    try datasets.quality.setLength(quality.entries.count)
    let state = StreamState(
      channels: try datasets.channels.map { try SampleAppender($0, length: length) },
      index: RecordAppender(datasets.index, length: rows.count),
      qualityMask: RecordAppender(datasets.quality, length: quality.entries.count), quality: quality.collector)
    state.end = Int64(length)
    state.missing = quality.missing
    state.hasLate = rows.contains(where: \.isLate)
    return state
  }

  // MARK: - Appending

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

  /// Appends a correlation matrix to the products of a band.
  ///
  /// - Parameters:
  ///   - spectra: of all channels of all streams, in the order of `layout.channelLabels`.
  ///   - band: position in `layout.bands`.
  public func append(_ spectra: CrossSpectra, band: Int) throws(ArchiveError) {
    for part in 0..<productParts(band: band) { try append(spectra, band: band, part: part) }
  }

  /// Parts in which a correlation matrix of a band can be appended, so that samples do not wait for all of it.
  public func productParts(band: Int) -> Int { objects.bands[band].partCount }

  /// Appends a part of a correlation matrix; with the last part it is in the archive.
  ///
  /// - Parameter part: 0 ..< `productParts(band:)`, one after the other; another matrix of the band begins after the last.
  public func append(_ spectra: CrossSpectra, band: Int, part: Int) throws(ArchiveError) {
    let product = objects.bands[band]
    guard spectra.present.count == product.channels.count, spectra.values.count * 8 == product.rowBytes else {
      throw ArchiveError(
        .wrongUse, path: path, object: "/products/\(product.plan.name)",
        problem: "a matrix of \(spectra.present.count) channels and \(spectra.values.count) values does not fit",
        remedy: "this is a fault of the program")
    }
    let isLast = part == product.partCount - 1
    // A chunk of the row, and with the last one at most one new chunk of every small dataset.
    try reserve(product.partBytes + (isLast ? 3 * 512 * 8 + 512 * product.channels.count : 0))
    try storing {
      try product.append(
        spectra, part: part, at: productIntegrations[band].count,
        isStale: staleIntegrations[band].contains(spectra.integration))
      guard isLast else {
        begunBands.insert(band)
        return
      }
      begunBands.remove(band)
      productIntegrations[band].append(spectra.integration)
      touchedBands.insert(band)
    }
  }

  // MARK: - Where it stands

  /// Number of the next sample of a stream, which is also the number of those appended and indexed.
  public func nextSample(stream: Int) -> Int64 { streams[stream].end }

  /// Number of the next block of a stream.
  public func nextSequence(stream: Int) -> UInt64 { UInt64(streams[stream].index.count) }

  /// The samples of a stream that are missing in any channel.
  public func missingSamples(stream: Int) -> Int64 { streams[stream].missing }

  /// Reads samples back that were appended; complex ones as pairs of real and imaginary part.
  public func read(
    stream: Int, channel: Int, from first: Int, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ArchiveError) {
    let appender = streams[stream].channels[channel]
    let count = appender.samples(inDoubles: output.count)
    guard let start = output.baseAddress, first >= 0, first + count <= appender.count else {
      throw wrongUse(stream, "samples \(first) ..< \(first + count) are read back, \(appender.count) were appended")
    }
    try storing { try appender.read(first..<(first + count), into: start) }
  }

  // MARK: - Making durable

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

  // MARK: - Guarding

  func reserve(_ bytes: Int) throws(ArchiveError) {
    headroom -= bytes
    guard headroom < 0 else { return }
    do {
      let size = try translatingErrors(path, .library) { try file.allocatedSize }
      let margin = layout.safetyMargin
      headroom = try lock.reserve(size + margin + bytes) - size - margin - bytes
    } catch {
      // The next append looks again.
      headroom = 0
      throw error
    }
  }

  /// Runs a change of the file; a failure that leaves HDF5's state unknown ends the writer's use.
  func storing<Result>(_ body: () throws -> Result) throws(ArchiveError) -> Result {
    if let failure { throw failure }
    guard !isFinished else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "the archive is finished", remedy: "this is a fault of the program")
    }
    do {
      return try translatingErrors(path, .library, body)
    } catch {
      if error.kind != .wrongUse { failure = error }
      throw error
    }
  }

  func wrongUse(_ stream: Int, _ problem: String) -> ArchiveError {
    ArchiveError(
      .wrongUse, path: path, object: "/nodes/\(layout.streams[stream].name)", problem: problem,
      remedy: "this is a fault of the program")
  }
}

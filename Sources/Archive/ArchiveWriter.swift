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

  let lock: LockedFile
  let file: File
  let objects: ArchiveObjects
  let streams: [StreamState]
  /// For each band the integration of every row.
  var productIntegrations: [[Int64]]
  /// For each band the integrations that lack samples which came late.
  var staleIntegrations: [Set<Int64>]
  var touchedBands: Set<Int> = []
  /// Bands of which a row was begun.
  var begunBands: Set<Int> = []
  /// Bytes that may still be appended before the reserve has to be looked at.
  var headroom = 0
  var storedRefusedPeers: [String: Int64]?
  var lastFileFlush: ContinuousClock.Instant?
  private var failure: ArchiveError?
  var isFinished = false
  var scratch: [Double] = []

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

import Correlator
import HDF5
import Sky
import Topology

/// Reads an archive, finished or while it is written. Confined to one thread, like everything that uses HDF5.
///
/// Nothing in the file is trusted: what is missing or impossible throws an `ArchiveError` that names file and object.
///
///     let archive = try ArchiveReader(opening: "run.h5")
///     let first = try archive.samples(stream: 0, channel: 0, 0..<512)
public final class ArchiveReader {
  public let path: String
  public let runIdentifier: String
  public let seed: UInt64
  public let epoch: GPSTime
  /// In the order of the topology.
  public let streams: [ArchiveLayout.Stream]
  public let bands: [BandPlan]
  /// True when the file is open for writing, or its writer was killed.
  public let isUnfinished: Bool

  let file: File
  let objects: ArchiveObjects
  private let root: Group

  /// - Throws: `ArchiveError` of kind `fileMissing`, `notAnArchive`, `missing` or `malformed`.
  public convenience init(opening path: String) throws(ArchiveError) {
    guard fileExists(path) else {
      throw ArchiveError(.fileMissing, path: path, problem: "there is no such file", remedy: "check the path")
    }
    let file: File
    let isUnfinished: Bool
    do {
      file = try File(opening: path, .readOnly)
      isUnfinished = false
    } catch {
      // The mark of a writer, live or killed, refuses all but those who follow writers.
      guard let followed = try? File(opening: path, .followWriter) else {
        throw ArchiveError(error, kind: .notAnArchive, path: path)
      }
      file = followed
      isUnfinished = true
    }
    try self.init(file: file, isUnfinished: isUnfinished)
  }

  init(file: File, isUnfinished: Bool = false) throws(ArchiveError) {
    path = file.path
    self.file = file
    self.isUnfinished = isUnfinished
    let path = file.path
    let root = try translatingErrors(path, .notAnArchive) {
      let root = try file.root
      guard try root.attributes.contains("format"), try root.attributes.string("format") == ArchiveFormat.name else {
        throw ArchiveError(
          .notAnArchive, path: path, problem: "it is not a Gnomon archive",
          remedy: "gnomon archive import reads other formats")
      }
      let version = try root.attributes.int64("format_version")
      guard version == ArchiveFormat.version else {
        throw ArchiveError(
          .notAnArchive, path: path,
          problem: "it has format version \(version), this program knows \(ArchiveFormat.version)",
          remedy: "use the version of Gnomon that wrote it")
      }
      return root
    }
    self.root = root
    (runIdentifier, seed, epoch, streams, bands, objects) = try translatingErrors(path, .missing) {
      let attributes = root.attributes
      let nodes = try root.group("nodes")
      let streams = try attributes.strings("streams").map {
        try ArchiveLayout.Stream(from: try nodes.group($0), path: path)
      }
      let products = try root.group("products")
      let bands = try attributes.strings("bands").map { try BandPlan(from: try products.group($0), path: path) }
      let identifier = try attributes.string("run_id")
      let seed = try attributes.uint64("seed")
      let epoch = GPSTime(nanoseconds: try attributes.int64("epoch_ns"))
      let objects = try ArchiveObjects(openingIn: file, streams: streams, bands: bands)
      return (identifier, seed, epoch, streams, bands, objects)
    }
  }

  // MARK: - What the run was

  /// The topology file as it was given.
  public func topologyText() throws(ArchiveError) -> String { try text("topology") }

  /// The topology with defaults and overrides resolved.
  public func topology() throws(ArchiveError) -> NetworkTopology {
    let text = try text("resolved_topology")
    do {
      return try decode(NetworkTopology.self, from: text)
    } catch {
      throw malformed("/resolved_topology", "it describes no topology: \(error)")
    }
  }

  /// JSON: version, command line, host, library versions, inputs.
  public func provenance() throws(ArchiveError) -> String { try text("provenance") }

  /// JSON of the processes that went on with the run after an interruption, in their order.
  public func resumptions() throws(ArchiveError) -> [String] {
    try translatingErrors(path, .malformed) {
      try root.attributes.contains("resumptions") ? try root.attributes.strings("resumptions") : []
    }
  }

  /// Adds a process that goes on with the run; the file is open for writing.
  func add(resumption: String) throws(ArchiveError) {
    // An attribute holds 64 KB: the latest are kept.
    let all = (try resumptions() + [resumption]).suffix(8)
    try translatingErrors(path, .library) { try root.attributes.set("resumptions", Array(all)) }
  }

  public func status() throws(ArchiveError) -> RunStatus {
    let text = try text("status")
    guard let status = RunStatus(text) else { throw malformed("/status", "it says \"\(text)\"") }
    return status
  }

  public func accounting() throws(ArchiveError) -> [StreamAccounting] {
    try translatingErrors(path, .missing) {
      try objects.accounting.bytes().withUnsafeBytes { buffer in
        let size = objects.accounting.type.size
        return stride(from: 0, to: buffer.count, by: size).map {
          StreamAccounting(
            from: UnsafeRawBufferPointer(rebasing: buffer[$0..<($0 + size)]), nameLength: objects.accountingNameLength)
        }
      }
    }
  }

  public func injections() throws(ArchiveError) -> [InjectionRow] {
    try translatingErrors(path, .missing) {
      let dataset = try root.compoundDataset("injections")
      guard case .compound(let members, let size) = dataset.type, InjectionRow.accepts(dataset.type) else {
        throw malformed("/injections", "its columns are not those of the format")
      }
      return try dataset.bytes().withUnsafeBytes { buffer in
        stride(from: 0, to: buffer.count, by: size).map {
          InjectionRow(from: UnsafeRawBufferPointer(rebasing: buffer[$0..<($0 + size)]), members)
        }
      }
    }
  }

  /// What was put in blindly and is encrypted; also what has been unsealed since.
  public func sealedInjections() throws(ArchiveError) -> [SealedInjection] {
    guard try translatingErrors(path, .missing, { try root.contains(SealedInjection.dataset) }) else { return [] }
    do {
      return try decode([SealedInjection].self, from: try text(SealedInjection.dataset))
    } catch {
      throw malformed("/\(SealedInjection.dataset)", "it holds no sealed injections: \(error)")
    }
  }

  /// Commitments of those sealed injections whose truth is not in `/injections`.
  public func unopenedSeals() throws(ArchiveError) -> [String] {
    let opened = Set(try injections().compactMap { $0.details?.commitment })
    return try sealedInjections().map(\.commitment).filter { !opened.contains($0) }
  }

  /// The checksums in the file with their two totals; nil while the run is not finished.
  public func checksums() throws(ArchiveError) -> (checksums: ArchiveChecksums, samples: String, products: String)? {
    try translatingErrors(path, .missing) { try objects.checksums.read() }
  }

  /// All that an archive of the same run would be created with.
  public func layout() throws(ArchiveError) -> ArchiveLayout {
    var layout = ArchiveLayout(
      runIdentifier: runIdentifier, topologyText: try topologyText(), topology: try topology(), bands: bands,
      provenance: try provenance())
    layout.streams = streams
    layout.injections = try injections()
    layout.sealedInjections = try sealedInjections()
    return layout
  }

  // MARK: - Samples

  /// Samples that all channels of a stream have.
  public func sampleCount(stream: Int) throws(ArchiveError) -> Int {
    try translatingErrors(path, .missing) { try objects.streams[stream].channels.map { try $0.length }.min() ?? 0 }
  }

  /// Samples `range` of one channel; complex ones as pairs of real and imaginary part.
  public func samples(stream: Int, channel: Int, _ range: Range<Int>) throws(ArchiveError) -> [Double] {
    guard range.count <= 1 << 30 else {
      throw ArchiveError(
        .wrongUse, path: path, object: objects.streams[stream].channels[channel].path,
        problem: "\(range.count) samples are asked for at once", remedy: "ask for fewer samples")
    }
    return try translatingErrors(path, .malformed) {
      let doubles = range.count * streams[stream].sampleKind.size
      return try [Double](unsafeUninitializedCapacity: doubles) { buffer, count in
        let output = UnsafeMutableBufferPointer(rebasing: buffer[..<doubles])
        try read(stream: stream, channel: channel, from: range.lowerBound, into: output)
        count = doubles
      }
    }
  }

  /// Fills `output` with samples of one channel from sample `first` on; complex ones as pairs of real and imaginary part.
  public func read(
    stream: Int, channel: Int, from first: Int, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ArchiveError) {
    let dataset = objects.streams[stream].channels[channel]
    let count = output.count / streams[stream].sampleKind.size
    try translatingErrors(path, .malformed) {
      let length = try dataset.length
      guard first >= 0, first <= length, count <= length - first else {
        throw ArchiveError(
          .wrongUse, path: path, object: dataset.path,
          problem: "samples \(first) ..< \(first + count) are asked for, it has \(length)",
          remedy: "ask for fewer samples")
      }
      try dataset.read(into: UnsafeMutableRawBufferPointer(output), from: first, count: count)
    }
  }

  /// The rows of a stream's index.
  public func index(stream: Int) throws(ArchiveError) -> [IndexRow] {
    try translatingErrors(path, .missing) { try objects.streams[stream].rows() }
  }

  /// The quality mask of a stream, an entry a second, or a sample for streams below 1 Hz.
  public func quality(stream: Int) throws(ArchiveError) -> [QualityMask] {
    try translatingErrors(path, .missing) {
      let dataset = objects.streams[stream].quality
      guard try dataset.length <= 1 << 28 else { throw malformed(dataset.path, "it is absurdly long") }
      return try dataset.uint32s(from: 0, count: try dataset.length).map(QualityMask.init(rawValue:))
    }
  }

  // MARK: - Products

  /// `node/channel` of the channels of a band's matrices.
  public func channelLabels(band: Int) -> [String] { objects.bands[band].channels }

  public func productRowCount(band: Int) throws(ArchiveError) -> Int {
    try translatingErrors(path, .missing) { try objects.bands[band].rowCount }
  }

  /// Rows of a band's products, in the order in which they were made.
  ///
  /// - Parameters:
  ///   - band: position in `bands`.
  ///   - rows: those wanted; nil for all.
  public func products(band: Int, rows: Range<Int>? = nil) throws(ArchiveError) -> [CrossSpectra] {
    try translatingErrors(path, .malformed) {
      let product = objects.bands[band]
      let count = try product.rowCount
      guard rows.map({ $0.lowerBound >= 0 && $0.upperBound <= count }) ?? true else {
        throw ArchiveError(
          .wrongUse, path: path, object: "/products/\(product.plan.name)",
          problem: "it has \(count) rows, more are asked for", remedy: "ask for fewer rows")
      }
      return try (rows ?? 0..<count).map(product.row)
    }
  }

  /// Rows of a band's products whose stretch has samples that came after they were made.
  public func staleRows(band: Int) throws(ArchiveError) -> [Int] {
    try translatingErrors(path, .malformed) { try objects.bands[band].staleRows() }
  }

  /// GPS time of the start of the integration of one row.
  public func productStart(band: Int, row: Int) throws(ArchiveError) -> GPSTime {
    try translatingErrors(path, .malformed) { try objects.bands[band].gpsStart(row) }
  }

  /// A result that an analysis of the samples of all streams left; nil when there is none of this name.
  public func analysis(named name: String) throws(ArchiveError) -> StoredAnalysis? {
    try translatingErrors(path, .missing) { try StoredAnalysis(reading: name, in: try root.group("products")) }
  }

  /// A result that an analysis left for a band; nil when there is none of this name.
  public func analysis(band: Int, named name: String) throws(ArchiveError) -> StoredAnalysis? {
    try translatingErrors(path, .missing) {
      try StoredAnalysis(reading: name, in: try root.group("products").group(bands[band].name))
    }
  }

  // MARK: - Following a writer

  /// Sees what the writer has flushed since.
  public func refresh() throws(ArchiveError) {
    try translatingErrors(path, .malformed) {
      for stream in objects.streams {
        // The index first: then there are samples for all it lists.
        try stream.index.refresh()
        try stream.quality.refresh()
        for channel in stream.channels { try channel.refresh() }
      }
      for band in objects.bands { try band.refresh() }
      try objects.status.refresh()
      try objects.accounting.refresh()
    }
  }

  // MARK: - Access

  private func text(_ name: String) throws(ArchiveError) -> String {
    try translatingErrors(path, .missing) { try root.textDataset(name).texts().first ?? "" }
  }

  private func malformed(_ object: String, _ problem: String) -> ArchiveError {
    ArchiveError(
      .malformed, path: path, object: object, problem: problem,
      remedy: "the file was not written by Gnomon, or was damaged")
  }
}

extension ArchiveLayout.Stream {
  init(from group: Group, path: String) throws {
    let attributes = group.attributes
    func broken(_ problem: String) -> ArchiveError {
      ArchiveError(
        .malformed, path: path, object: group.path, problem: problem,
        remedy: "the file was not written by Gnomon, or was damaged")
    }
    let names = try attributes.strings("channels")
    let local = try attributes.doubles("axes_east_north_up")
    let earthFixed = try attributes.doubles("axes_earth_fixed")
    let position = try attributes.doubles("earth_fixed_position")
    let numerator = try attributes.int64("rate_numerator")
    let denominator = try attributes.int64("rate_denominator")
    guard (1...1_000_000_000_000).contains(numerator), (1...1_000_000_000).contains(denominator) else {
      throw broken("its sample rate is \(numerator)/\(denominator)")
    }
    let baseband = try attributes.contains("baseband") ? try attributes.double("baseband") : nil
    if let baseband, !(baseband > 0 && baseband.isFinite) { throw broken("its baseband is at \(baseband) Hz") }
    guard local.count == 3 * names.count, earthFixed.count == 3 * names.count, position.count == 3 else {
      throw broken("its axes or position do not have three components each")
    }
    let transfer = try TransferFunction(from: attributes)
    guard transfer.map({ $0.values.count == names.count * $0.frequencies.count }) ?? true else {
      throw broken("its transfer function does not have a row for each channel and frequency")
    }
    let uncertainty =
      try attributes.contains("calibration_uncertainty") ? try attributes.double("calibration_uncertainty") : 0
    guard uncertainty >= 0, uncertainty.isFinite else { throw broken("its calibration is uncertain by \(uncertainty)") }
    let channels = try names.indices.map { index in
      let axis = local[(3 * index)..<(3 * index + 3)].map { $0 }
      guard axis.allSatisfy(\.isFinite), axis.contains(where: { $0 != 0 }) else {
        throw broken("axis \(names[index]) has no direction")
      }
      return ArchiveLayout.Channel(
        name: names[index], direction: LocalDirection(east: axis[0], north: axis[1], up: axis[2]),
        earthFixedDirection: SIMD3(earthFixed[3 * index], earthFixed[3 * index + 1], earthFixed[3 * index + 2]))
    }
    self.init(
      name: String(group.path.split(separator: "/").last ?? ""), kind: try attributes.string("kind"),
      site: Site(
        latitude: try attributes.double("latitude"), longitude: try attributes.double("longitude"),
        altitude: try attributes.double("altitude")),
      earthFixedPosition: SIMD3(position[0], position[1], position[2]),
      sampleRate: SampleRate(numerator, per: denominator), baseband: baseband,
      epoch: GPSTime(nanoseconds: try attributes.int64("epoch_ns")), unit: try attributes.string("unit"),
      blockSamples: Int(try attributes.int64("block_samples")), channels: channels,
      response: try attributes.string("response"), noise: try attributes.string("noise"),
      clock: try attributes.string("clock"),
      spins: try attributes.contains("spins") ? try attributes.string("spins") : "null", transfer: transfer,
      calibrationUncertainty: uncertainty)
    readings = try ReadingsRecord(from: group)
  }
}

import Correlator
import HDF5
import Sky

/// The datasets of an archive that change while it is written.
struct ArchiveObjects {
  var status: Dataset
  var accounting: Dataset
  var accountingNameLength: Int
  var streams: [StreamDatasets] = []
  var bands: [ProductDatasets] = []
  var checksums: ChecksumDatasets
  /// Nil in archives older than it.
  var refusedPeers: RefusedPeersDataset?

  /// Opens those of an archive that exists.
  init(openingIn file: File, streams layouts: [ArchiveLayout.Stream], bands plans: [BandPlan]) throws {
    let root = try file.root
    status = try root.textDataset("status")
    let names = try root.compoundDataset("accounting")
    guard case .compound(let members, _) = names.type, let name = members.first?.type.size,
      names.type == StreamAccounting.type(nameLength: name)
    else {
      throw ArchiveError(
        .malformed, path: file.path, object: "/accounting", problem: "its columns are not those of the format",
        remedy: "the file was not written by Gnomon, or was damaged")
    }
    accounting = names
    accountingNameLength = name
    let nodes = try root.group("nodes")
    let quality = try root.group("quality")
    streams = try layouts.map { try StreamDatasets(opening: $0, nodes: nodes, quality: quality) }
    let products = try root.group("products")
    bands = try plans.map { try ProductDatasets.open(try products.group($0.name), path: file.path) }
    checksums = try ChecksumDatasets(opening: root, streams: layouts.map(\.name), bands: plans.map(\.name))
    refusedPeers = try RefusedPeersDataset(openingIn: root, path: file.path)
  }

  /// Creates the groups, datasets and attributes of a new archive, all before readers may follow it.
  init(creatingIn file: File, _ layout: ArchiveLayout) throws {
    let root = try file.root
    try root.attributes.set("format", ArchiveFormat.name)
    try root.attributes.set("format_version", ArchiveFormat.version)
    try root.attributes.set("run_id", layout.runIdentifier)
    try root.attributes.set("seed", layout.topology.seed)
    try root.attributes.set("epoch_ns", layout.topology.epoch.nanoseconds)
    try root.attributes.set("streams", layout.streams.map(\.name))
    try root.attributes.set("bands", layout.bands.map(\.name))
    try Self.write(layout.topologyText, as: "topology", in: root)
    try Self.write(json(layout.topology), as: "resolved_topology", in: root)
    try Self.write(layout.provenance, as: "provenance", in: root)
    if !layout.sealedInjections.isEmpty {
      try Self.write(json(layout.sealedInjections), as: SealedInjection.dataset, in: root)
    }

    status = try root.createFixedDataset("status", of: .text(length: ArchiveFormat.statusLength))
    try status.writeText(RunStatus.running.description)
    let nameLength = max(64, layout.streams.map(\.name.utf8.count).max() ?? 0)
    accountingNameLength = nameLength
    let accounting = try root.createFixedDataset(
      "accounting", of: StreamAccounting.type(nameLength: nameLength), extent: [layout.streams.count])
    let noAccounts = layout.streams.flatMap { StreamAccounting(stream: $0.name).bytes(nameLength: nameLength) }
    try noAccounts.withUnsafeBytes { try accounting.writeAll($0) }
    self.accounting = accounting
    refusedPeers = try RefusedPeersDataset(creatingIn: root)

    try InjectionRow.store(
      layout.injections, in: root,
      room: layout.takesLiveInjections ? InjectionRow.room(nodes: layout.streams.map(\.name)) : [])

    let nodes = try root.createGroup("nodes")
    let quality = try root.createGroup("quality")
    for stream in layout.streams {
      streams.append(try Self.create(stream, nodes: nodes, quality: quality))
    }
    let products = try root.createGroup("products")
    for band in layout.bands {
      bands.append(
        try ProductDatasets.create(
          in: products, band, channels: layout.channelLabels, epoch: layout.topology.epoch))
    }
    checksums = try ChecksumDatasets(
      creatingIn: root, streams: layout.streams.map(\.name), bands: layout.bands.map(\.name))
  }

  private static func write(_ text: String, as name: String, in group: Group) throws {
    let dataset = try group.createFixedDataset(name, of: .text(length: max(1, text.utf8.count)))
    try dataset.writeText(text)
  }

  private static func create(
    _ stream: ArchiveLayout.Stream, nodes: Group, quality: Group
  ) throws -> StreamDatasets {
    let group = try nodes.createGroup(stream.name)
    try stream.store(in: group.attributes)
    try stream.readings?.store(in: group, unit: stream.unit)
    let start = Double(stream.epoch.nanoseconds) / 1e9
    let channels = try stream.channels.map { channel in
      let dataset = try group.createDataset(
        channel.name, of: stream.sampleType, chunk: [ArchiveFormat.chunkSamples], cacheBytes: 0)
      // gwpy hands every attribute to its constructor: one more and it cannot read the channel.
      try dataset.attributes.set("x0", start)
      try dataset.attributes.set("dx", stream.sampleRate.interval)
      try dataset.attributes.set("xunit", "s")
      try dataset.attributes.set("unit", stream.unit)
      try dataset.attributes.set("name", "\(stream.name)/\(channel.name)")
      try dataset.attributes.set("channel", "\(stream.name):\(channel.name)")
      return dataset
    }
    let index = try group.createDataset(
      "index", of: IndexRow.type, chunk: [ArchiveFormat.indexChunk],
      cacheBytes: ArchiveFormat.indexChunk * IndexRow.type.size)
    try index.attributes.set(
      "flags",
      "bit 0: contains missing samples (NaN); bit 1: entirely missing, had no payload; "
        + "bit 2: came after it had been declared missing")
    try index.attributes.set("reasons", ["none"] + QualityMask.names[1...4] + ["absence"])
    try index.attributes.set("crc32c", "CRC-32C of the payload: the samples as they are stored, channel after channel")

    let mask = try quality.createDataset(
      stream.name, of: .uint32, chunk: [ArchiveFormat.qualityChunk], cacheBytes: ArchiveFormat.qualityChunk * 4)
    try mask.attributes.set("x0", start)
    try mask.attributes.set("dx", QualityMask.interval(stream.sampleRate))
    try mask.attributes.set("xunit", "s")
    try mask.attributes.set("name", stream.name)
    try mask.attributes.set("bits", QualityMask.names)
    return StreamDatasets(channels: channels, sampleSize: stream.sampleKind.size, index: index, quality: mask)
  }
}

extension ArchiveLayout.Stream {
  func store(in attributes: Attributes) throws {
    try attributes.set("kind", kind)
    try attributes.set("latitude", site.latitude)
    try attributes.set("longitude", site.longitude)
    try attributes.set("altitude", site.altitude)
    try attributes.set("earth_fixed_position", [earthFixedPosition.x, earthFixedPosition.y, earthFixedPosition.z])
    try attributes.set("channels", channels.map(\.name))
    try attributes.set(
      "axes_east_north_up", channels.flatMap { [$0.direction.east, $0.direction.north, $0.direction.up] },
      columns: 3)
    try attributes.set(
      "axes_earth_fixed",
      channels.flatMap { [$0.earthFixedDirection.x, $0.earthFixedDirection.y, $0.earthFixedDirection.z] }, columns: 3)
    try attributes.set("rate_numerator", sampleRate.numerator)
    try attributes.set("rate_denominator", sampleRate.denominator)
    if let baseband { try attributes.set("baseband", baseband) }
    try attributes.set("epoch_ns", epoch.nanoseconds)
    try attributes.set("unit", unit)
    try attributes.set("block_samples", Int64(blockSamples))
    try attributes.set("response", response)
    try attributes.set("noise", noise)
    try attributes.set("clock", clock)
    try attributes.set("spins", spins)
    try attributes.set("calibration_uncertainty", calibrationUncertainty)
    try transfer?.store(in: attributes)
  }
}

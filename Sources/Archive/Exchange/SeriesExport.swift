import HDF5
import Sky

extension ArchiveExport {
  /// One file for gwpy: `/<node>/<channel>`, and as StateVectors `/quality/<node>`.
  mutating func writeSeries(to path: String, deflation: Int, _ progress: (Double) -> Void) throws {
    let file = try File(creating: path)
    let root = try file.root
    let masks = try root.createGroup("quality")
    for (position, selection) in selections.enumerated() {
      let layout = selection.layout
      // The group of the masks has this name.
      guard layout.name != "quality" else {
        throw ArchiveError(
          .wrongUse, path: path, problem: "a node named quality cannot be exported as gwpy", remedy: "leave it out")
      }
      let group = try root.createGroup(layout.name)
      let start = selection.time(selection.range.lowerBound)
      for (channel, its) in layout.channels.enumerated() {
        let dataset = try write(selection, channel: channel, as: its.name, in: group, deflation: deflation)
        // gwpy hands every attribute to its constructor: one more and it cannot read the channel.
        try dataset.attributes.set("x0", Double(start.nanoseconds) / 1e9)
        try dataset.attributes.set("dx", layout.sampleRate.interval)
        try dataset.attributes.set("xunit", "s")
        try dataset.attributes.set("unit", unit)
        try dataset.attributes.set("name", "\(layout.name)/\(its.name)")
        try dataset.attributes.set("channel", "\(layout.name):\(its.name)")
        report.samples += Int64(selection.range.count)
      }
      let (first, entries) = try quality(selection)
      let interval = QualityMask.interval(layout.sampleRate)
      let mask = try Self.write(entries, as: layout.name, in: masks)
      try mask.attributes.set("x0", Double(layout.epoch.nanoseconds) / 1e9 + Double(first) * interval)
      try mask.attributes.set("dx", interval)
      try mask.attributes.set("xunit", "s")
      try mask.attributes.set("name", layout.name)
      try mask.attributes.set("bits", QualityMask.names)
      progress(Double(position + 1) / Double(selections.count))
    }
    try file.close()
    report.files = [path]
  }

  /// A file a channel in the layout of GWOSC: `X-NODE_GNOMON_CHANNEL-GPS-DURATION.hdf5`.
  mutating func writeOpenData(to folder: String, deflation: Int, _ progress: (Double) -> Void) throws {
    try Self.createFolder(folder)
    for (position, selection) in selections.enumerated() {
      let layout = selection.layout
      let start = selection.time(selection.range.lowerBound)
      let (first, entries) = try quality(selection)
      let interval = QualityMask.interval(layout.sampleRate)
      let duration = Double(selection.range.count) * layout.sampleRate.interval
      for (channel, its) in layout.channels.enumerated() {
        let seconds = start.nanoseconds / 1_000_000_000
        let path =
          "\(folder)/\(layout.name.prefix(1).uppercased())-\(layout.name)_GNOMON_\(its.name)-\(seconds)-"
          + "\(Int(duration.rounded(.up))).hdf5"
        let file = try File(creating: path)
        let root = try file.root
        let strain = try root.createGroup("strain")
        let dataset = try write(selection, channel: channel, as: "Strain", in: strain, deflation: deflation)
        try dataset.attributes.set("Npoints", Int64(selection.range.count))
        try setTime("Xstart", start.nanoseconds, dataset.attributes)
        try dataset.attributes.set("Xspacing", layout.sampleRate.interval)
        try dataset.attributes.set("Xunits", "second")
        try dataset.attributes.set("Yunits", unit)
        try dataset.attributes.set("channel", its.name)
        let meta = try root.createGroup("meta")
        try Self.write("Detector", layout.name, meta)
        try Self.write("Observatory", layout.name, meta)
        try Self.write("Description", "Run \(archive.runIdentifier), exported by Gnomon", meta)
        try Self.write("Type", "StrainTimeSeries", meta)
        try Self.write("UTCstart", start.utcString, meta)
        try Self.write("GPSstart", seconds, meta)
        try Self.write("Duration", Int64(duration.rounded(.up)), meta)
        let simple = try root.createGroup("quality").createGroup("simple")
        let mask = try Self.write(entries, as: "DQmask", in: simple)
        try setTime(
          "Xstart", layout.epoch.nanoseconds + Int64(Double(first) * interval * 1e9), mask.attributes)
        try mask.attributes.set("Xspacing", interval)
        try mask.attributes.set("Xunits", "second")
        try Self.write("DQShortnames", QualityMask.names.map { $0.uppercased() }, simple)
        try Self.write("DQDescriptions", QualityMask.descriptions, simple)
        try file.close()
        report.files.append(path)
        report.samples += Int64(selection.range.count)
      }
      progress(Double(position + 1) / Double(selections.count))
    }
  }

  /// Whole seconds as a whole number, as the open data have it.
  private func setTime(_ name: String, _ nanoseconds: Int64, _ attributes: Attributes) throws {
    if nanoseconds % 1_000_000_000 == 0 {
      try attributes.set(name, nanoseconds / 1_000_000_000)
    } else {
      try attributes.set(name, Double(nanoseconds) / 1e9)
    }
  }

  private static func write(_ name: String, _ text: String, _ group: Group) throws {
    try group.createFixedDataset(name, of: .text(length: max(1, text.utf8.count))).writeText(text)
  }

  private static func write(_ name: String, _ value: Int64, _ group: Group) throws {
    let dataset = try group.createFixedDataset(name, of: .int64)
    try withUnsafeBytes(of: value.littleEndian) { try dataset.writeAll($0) }
  }

  private static func write(_ name: String, _ texts: [String], _ group: Group) throws {
    let length = max(1, texts.map(\.utf8.count).max() ?? 1)
    let dataset = try group.createFixedDataset(name, of: .text(length: length), extent: [texts.count])
    try texts.flatMap { paddedText($0, length: length) }.withUnsafeBytes { try dataset.writeAll($0) }
  }
}

extension QualityMask {
  /// What each bit says, in the order of `names`.
  static let descriptions = [
    "every sample of the second is there", "samples are missing: outage", "samples are missing: calibration",
    "samples are missing: saturation", "samples are missing: maintenance", "samples are missing: no reason given",
    "the stream ended within this second", "samples are missing: flagged by the station",
  ]
}

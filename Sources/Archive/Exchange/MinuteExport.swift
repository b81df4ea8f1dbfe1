import HDF5
import Sky

extension ArchiveExport {
  /// Minute files of the GNOME network: `STATION/YYYY/MM/DD/STATION_YYYYMMDD_HHMMSS.hdf5`.
  ///
  /// A station of several channels becomes a station a channel, `NODE-CHANNEL`. A minute without any sample has no file, and a
  /// second with a missing one has 0 in its sanity channel.
  mutating func writeMinutes(to folder: String, deflation: Int, _ progress: (Double) -> Void) throws {
    try Self.createFolder(folder)
    for (position, selection) in selections.enumerated() {
      let layout = selection.layout
      guard layout.sampleRate.numerator >= layout.sampleRate.denominator else {
        throw ArchiveError(
          .wrongUse, path: archive.path, object: "/nodes/\(layout.name)",
          problem: "its rate is below 1 Hz, too low for a file a minute", remedy: "export it as gwpy or csv")
      }
      let quality = try archive.quality(stream: selection.stream)
      let epoch = layout.epoch.nanoseconds
      var second = (selection.time(selection.range.lowerBound).nanoseconds - epoch) / 1_000_000_000
      func sample(_ second: Int64) -> Int64 {
        // The first one within that second.
        let rate = layout.sampleRate
        let (quotient, remainder) = (second * rate.numerator).quotientAndRemainder(dividingBy: rate.denominator)
        return quotient + (remainder > 0 ? 1 : 0)
      }
      while sample(second) < selection.range.upperBound {
        let next = second + 60
        let range = max(sample(second), selection.range.lowerBound)..<min(sample(next), selection.range.upperBound)
        let sanity = (second..<next).map { index -> Double in
          Int(index) < quality.count && quality[Int(index)] == .data ? 1 : 0
        }.prefix(Int((Double(range.count) / layout.sampleRate.hertz).rounded(.up)))
        for (channel, its) in layout.channels.enumerated() {
          var isEmpty = true
          try forEachBatch(selection, channel: channel, range) { isEmpty = isEmpty && $1.allSatisfy(\.isNaN) }
          guard !isEmpty else { continue }
          let station = layout.channels.count == 1 ? layout.name : "\(layout.name)-\(its.name)"
          try writeMinute(
            folder, station, selection, channel, range, Array(sanity), deflation: deflation)
        }
        second = next
        progress(
          (Double(position) + Double(range.upperBound) / Double(selection.range.upperBound)) / Double(selections.count))
      }
    }
  }

  private mutating func writeMinute(
    _ folder: String, _ station: String, _ selection: Selection, _ channel: Int, _ range: Range<Int64>,
    _ sanity: [Double], deflation: Int
  ) throws {
    let start = selection.time(range.lowerBound)
    let text = Array(start.utcString)
    let date = (year: String(text[0..<4]), month: String(text[5..<7]), day: String(text[8..<10]))
    let place = "\(folder)/\(station)/\(date.year)/\(date.month)/\(date.day)"
    try Self.createFolder(place)
    let clock = String(text[11..<19].filter { $0 != ":" })
    let path = "\(place)/\(station)_\(date.year)\(date.month)\(date.day)_\(clock).hdf5"
    let file = try File(creating: path)
    let root = try file.root
    let samples = try write(
      selection, channel: channel, range, as: GNOMEMinuteFile.samples, in: root, deflation: deflation)
    let mask = try root.createFixedDataset(GNOMEMinuteFile.sanity, of: .float64, extent: [sanity.count])
    try sanity.withUnsafeBytes { try mask.writeAll($0) }
    let end = selection.time(range.upperBound)
    for (attributes, rate) in [(samples.attributes, selection.layout.sampleRate.hertz), (mask.attributes, 1)] {
      try attributes.set(GNOMEMinuteFile.rate, rate)
      try attributes.set("Date", "\(date.year)/\(date.month)/\(date.day)")
      try attributes.set("t0", Self.clockTime(start))
      try attributes.set("t1", Self.clockTime(end))
    }
    try samples.attributes.set(GNOMEMinuteFile.equation, "\(GNOMEMinuteFile.samples) [\(unit)]")
    let site = selection.layout.site
    try samples.attributes.set("Longitude", site.longitude)
    try samples.attributes.set("Latitude", site.latitude)
    try samples.attributes.set("Altitude", site.altitude)
    try file.close()
    report.files.append(path)
    report.samples += Int64(range.count)
  }

  /// `HH:MM:SS.fff`, with more decimals where milliseconds do not say it.
  private static func clockTime(_ time: GPSTime) -> String {
    let text = time.utcString.drop { $0 != "T" }.dropFirst().dropLast()
    let parts = text.split(separator: ".")
    let decimals = parts.count > 1 ? String(parts[1]) : ""
    return "\(parts[0]).\(decimals)" + String(repeating: "0", count: max(0, 3 - decimals.count))
  }
}

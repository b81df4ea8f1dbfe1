import HDF5
import Sky

/// Series of equally spaced samples in HDF5 as gwpy writes them, and in the layout of the open data of gravitational-wave
/// detectors (GWOSC).
enum SeriesFile {
  /// Datasets that are looked at in one file, and groups within groups.
  private static let most = 4096
  private static let deepest = 8
  static let strain = "strain/Strain"
  static let mask = "quality/simple/DQmask"

  /// Whether a file has the layout of GWOSC.
  static func isGWOSC(_ root: Group) -> Bool {
    ((try? root.contains("strain")) ?? false) && ((try? root.group("strain").contains("Strain")) ?? false)
  }

  // MARK: - GWOSC

  /// The one series of a GWOSC file, with its mask where it has one.
  static func gwosc(_ path: String, _ root: Group, station: String?) throws -> ForeignSeries {
    let dataset = try root.numericDataset(strain)
    let attributes = dataset.attributes
    let start = try time(attributes, ["Xstart"], path, strain)
    let interval = try seconds(attributes, path, strain)
    guard let sampleRate = SampleRate(nearest: 1 / interval) else {
      throw ForeignFileError(path, "Xspacing of \(strain), \(interval) s, is no sample interval")
    }
    let detector = (try? root.singleText("meta/Detector")) ?? ""
    guard let station = station ?? (detector.isEmpty ? nil : plainName(detector)) else {
      throw ForeignFileError(path, "it has no text meta/Detector, so its station is not known; use --station")
    }
    let count = try dataset.length
    guard count > 0 else { throw ForeignFileError(path, "\(strain) is empty") }
    var notes: [String] = []
    if case .number(let points)? = try attributes.value("Npoints"), points != Double(count) {
      notes.append("Npoints is \(points), but there are \(count) samples")
    }
    var channel = "strain"
    if case .text(let text)? = try attributes.value("channel") { channel = channelName(text) }
    var source = ForeignSeries.Source.dataset(strain)
    if (try? root.numericDataset(mask)) != nil {
      let own = try root.numericDataset(mask).attributes
      let offset = try time(own, ["Xstart"], path, mask).time.seconds(since: start.time)
      source = .maskedDataset(
        strain, mask: .init(dataset: mask, offset: offset, interval: try seconds(own, path, mask)))
    } else {
      notes.append("it has no \(mask): all of it is taken for good")
    }
    return ForeignSeries(
      path: path, station: station, channel: channel, start: start.time, startResolution: start.resolution,
      sampleRate: sampleRate, count: count, unit: try unit(attributes, "Yunits"), notes: notes, source: source)
  }

  private static func seconds(_ attributes: Attributes, _ path: String, _ dataset: String) throws -> Double {
    guard case .number(let interval)? = try attributes.value("Xspacing"), interval > 0, interval.isFinite else {
      throw ForeignFileError(path, "\(dataset) has no attribute Xspacing that is a positive number of seconds")
    }
    if case .text(let unit)? = try attributes.value("Xunits"), !["second", "seconds", "s"].contains(unit) {
      throw ForeignFileError(path, "Xunits of \(dataset) is \(unit.prefix(20)), not second")
    }
    return interval
  }

  // MARK: - gwpy

  /// All series of a file: its datasets with a start and an interval.
  static func gwpy(_ path: String, _ root: Group, station: String?) throws -> [ForeignSeries] {
    var found: [ForeignSeries] = []
    var rejected: [ForeignFileError] = []
    var looked = 0
    func visit(_ group: Group, _ place: [String]) throws {
      guard place.count <= deepest else { return }
      for name in try group.members() where looked < most {
        looked += 1
        switch try? group.kind(of: name) {
        case .group?:
          // Quality masks are series, too, but no samples.
          if !(place.isEmpty && name == "quality") { try visit(try group.group(name), place + [name]) }
        case .dataset?:
          do {
            if let series = try series(group, name, place, path, station) { found.append(series) }
          } catch {
            rejected.append(foreignError(error, path))
          }
        default: break
        }
      }
    }
    try visit(root, [])
    if found.isEmpty {
      throw rejected.first
        ?? ForeignFileError(
          path, "it has neither MagneticFields, strain/Strain, nor a dataset with attributes x0 and dx")
    }
    for error in rejected { found[0].notes.append(error.problem) }
    return found
  }

  private static func series(
    _ group: Group, _ name: String, _ place: [String], _ path: String, _ station: String?
  ) throws -> ForeignSeries? {
    // Something that is no numbers is not asked for attributes.
    guard let dataset = try? group.numericDataset(name) else { return nil }
    let attributes = dataset.attributes
    let names = try attributes.names()
    guard names.contains("x0") || names.contains("t0") || names.contains("epoch"),
      !names.contains("bits")
    else { return nil }
    let start = try time(attributes, ["x0", "t0", "epoch"], path, dataset.path)
    let interval: Double
    if case .number(let value)? = try attributes.value("dx") {
      interval = value
    } else if case .number(let value)? = try attributes.value("dt") {
      interval = value
    } else if case .number(let value)? = try attributes.value("sample_rate") {
      interval = 1 / value
    } else {
      throw ForeignFileError(path, "\(dataset.path) has no attribute dx")
    }
    if case .text(let unit)? = try attributes.value("xunit"), !["s", "second"].contains(unit) { return nil }
    guard let sampleRate = SampleRate(nearest: 1 / interval) else {
      throw ForeignFileError(path, "dx of \(dataset.path), \(interval) s, is no sample interval")
    }
    let count = try dataset.length
    guard count > 0 else { throw ForeignFileError(path, "\(dataset.path) is empty") }
    // gwpy's channel is STATION:CHANNEL; otherwise the group is the station, and a file's name is the last resort.
    var owner = place.last ?? stem(path)
    var channel = name
    if case .text(let text)? = try attributes.value("channel"),
      let colon = text.firstIndex(of: ":"), text[..<colon].contains(where: { $0 != " " })
    {
      owner = String(text[..<colon])
      channel = String(text[text.index(after: colon)...])
    }
    return ForeignSeries(
      path: path, station: station ?? plainName(owner), channel: channelName(channel), start: start.time,
      startResolution: start.resolution, sampleRate: sampleRate, count: count, unit: try unit(attributes, "unit"),
      source: .dataset(dataset.path))
  }

  // MARK: - Attributes

  private static func time(
    _ attributes: Attributes, _ names: [String], _ path: String, _ dataset: String
  ) throws -> (time: GPSTime, resolution: Int64) {
    for name in names {
      guard let value = try attributes.value(name) else { continue }
      guard case .number(let seconds) = value, let time = try? GPSTime(seconds: seconds) else {
        throw ForeignFileError(path, "\(name) of \(dataset) is no GPS time in seconds")
      }
      // A double of today's GPS time is good to 0.24 µs.
      return (time, seconds == seconds.rounded() ? 1 : 1000)
    }
    throw ForeignFileError(path, "\(dataset) has no attribute \(names[0])")
  }

  private static func unit(_ attributes: Attributes, _ name: String) throws -> String? {
    guard case .text(let text)? = try attributes.value(name) else { return nil }
    return text
  }
}

/// A file's name without folder and extension.
func stem(_ path: String) -> String {
  let file = path.split(separator: "/").last.map(String.init) ?? path
  return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
}

/// A name of a node or channel made of a foreign one: what is not allowed in it becomes `_`.
func plainName(_ text: String) -> String {
  let name = text.prefix(64).map { character -> Character in
    character.isASCII && (character.isLetter || character.isNumber || character == "-" || character == "_")
      ? character : "_"
  }
  let start = name.drop { !($0.isLetter || $0.isNumber) }
  return start.isEmpty ? "unnamed" : String(start)
}

/// As `plainName`; the archive keeps the name `index` for itself.
func channelName(_ text: String) -> String {
  let name = plainName(text)
  return name == "index" ? "index_" : name
}

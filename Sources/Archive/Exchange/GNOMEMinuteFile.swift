import HDF5
import Sky

/// A file of the GNOME network: about a minute of one magnetometer, `STATION_YYYYMMDD_HHMMSS.hdf5` in UTC.
///
/// Datasets `MagneticFields` and `SanityChannel` (1 Hz, 0 is bad), both with attributes `SamplingRate(Hz)`, `Date` as
/// `YYYY/MM/DD`, `t0` and `t1` as `HH:MM:SS.fff`; `MagFieldEq` on the first, a formula with the unit in brackets.
enum GNOMEMinuteFile {
  static let samples = "MagneticFields"
  static let sanity = "SanityChannel"
  static let rate = "SamplingRate(Hz)"
  static let equation = "MagFieldEq"
  /// The only channel of a station.
  static let channel = "axis"

  /// Whether a file is of this format, as its datasets say.
  static func recognises(_ root: Group) -> Bool { (try? root.contains(samples)) ?? false }

  /// Reads what a file says of itself.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - station: replaces the station of the file's name.
  ///   - clock: what to believe when name and attributes disagree.
  static func series(
    _ path: String, _ root: Group, station: String?, clock: ForeignImport.FileTime
  ) throws -> ForeignSeries {
    func refused(_ problem: String) -> ForeignFileError { ForeignFileError(path, problem) }
    let name = FileName(path)
    guard let station = station ?? name?.station else {
      throw refused("its name is not STATION_YYYYMMDD_HHMMSS.hdf5, so its station is not known; use --station")
    }
    let dataset = try root.numericDataset(samples)
    let attributes = dataset.attributes
    let sampleRate = try Self.sampleRate(attributes, of: samples, path)
    let count = try dataset.length
    guard count > 0 else { throw refused("\(samples) is empty") }
    var notes: [String] = []
    let stated = try time("t0", attributes, path)
    var start: (time: GPSTime, resolution: Int64)
    switch (clock, stated, name) {
    case (.attributes, let time?, _): start = time
    case (.name, _, let name?): start = (name.start, 1_000_000_000)
    case (.agreed, let time?, let name?):
      let difference = time.time.seconds(since: name.start)
      // The name has whole seconds, rounded or cut.
      guard abs(difference) < 1.5 else {
        throw refused(
          "its attributes say that it starts at \(time.time.utcString), its name \(name.start.utcString), "
            + "\(difference) s earlier; say which is right with --times")
      }
      start = time
    case (.agreed, let time?, nil): start = time
    case (.agreed, nil, let name?):
      start = (name.start, 1_000_000_000)
      notes.append("it has no attributes Date and t0: its time is that of its name, to a second")
    default: throw refused("it does not say when it starts: \(samples) lacks the attributes Date and t0")
    }
    let length = Double(count) * sampleRate.interval
    if let end = try? time("t1", attributes, path, after: start.time)?.time {
      // Some write the time of the last sample, some that behind it.
      let stated = end.seconds(since: start.time)
      let slack = 2 * sampleRate.interval + 0.002
      if abs(stated - length) > slack {
        notes.append("t1 says that it lasts \(stated) s, its \(count) samples last \(length) s")
      }
    }
    let equation: CalibrationExpression
    switch try attributes.value(Self.equation) {
    case .text(let text)?:
      do throws(CalibrationExpression.Fault) {
        equation = try CalibrationExpression(text)
      } catch {
        throw refused("\(Self.equation) \(error)")
      }
    case .number?: throw refused("\(Self.equation) is a number, not a formula")
    case nil: throw refused("\(samples) has no attribute \(Self.equation), so its unit is not known")
    }
    for other in equation.datasets.sorted() where other != samples {
      guard try root.contains(other), try root.numericDataset(other).length == count else {
        throw refused("\(Self.equation) uses \(other), which is no dataset with a value for every sample")
      }
    }
    let sanity = try Self.sanity(root, start: start.time, length: length, path, &notes)
    return ForeignSeries(
      path: path, station: station, channel: channel, start: start.time, startResolution: start.resolution,
      sampleRate: sampleRate, count: count, unit: equation.unit, notes: notes,
      source: .minuteFile(equation, sanity: sanity))
  }

  private static func sanity(
    _ root: Group, start: GPSTime, length: Double, _ path: String, _ notes: inout [String]
  ) throws -> ForeignSeries.SanityChannel? {
    guard try root.contains(sanity) else {
      notes.append("it has no \(sanity): all of it is taken for good")
      return nil
    }
    let dataset = try root.numericDataset(sanity)
    let rate = try sampleRate(dataset.attributes, of: sanity, path).hertz
    let own = (try? time("t0", dataset.attributes, path))??.time ?? start
    var offset = own.seconds(since: start)
    if abs(offset) > 1.5 {
      notes.append("\(sanity) says that it starts \(offset) s after the samples; it is taken to start with them")
      offset = 0
    }
    // Both clocks are one: what differs by less than a value's length is how they were rounded.
    if abs(offset) * rate < 0.5 { offset = 0 }
    let covered = Double(try dataset.length) / rate + offset
    if covered < length - 1e-6 {
      notes.append("\(sanity) ends \(length - covered) s before the samples, which are flagged from there on")
    }
    return ForeignSeries.SanityChannel(offset: offset, rate: rate)
  }

  private static func sampleRate(_ attributes: Attributes, of dataset: String, _ path: String) throws -> SampleRate {
    let hertz: Double?
    switch try attributes.value(rate) {
    case .number(let number)?: hertz = number
    case .text(let text)?: hertz = Double(text.filter { $0 != " " })
    case nil: throw ForeignFileError(path, "\(dataset) has no attribute \(rate)")
    }
    guard let hertz, let sampleRate = SampleRate(nearest: hertz) else {
      throw ForeignFileError(path, "\(rate) of \(dataset) is no rate between 1e-9 and 1e9 Hz")
    }
    return sampleRate
  }

  /// The time in `Date` and the attribute `name`; nil when one is not there.
  private static func time(
    _ name: String, _ attributes: Attributes, _ path: String, after start: GPSTime? = nil
  ) throws -> (time: GPSTime, resolution: Int64)? {
    guard let date = try attributes.value("Date"), let clock = try attributes.value(name) else { return nil }
    guard case .text(let day) = date, case .text(let time) = clock else {
      throw ForeignFileError(path, "Date and \(name) are not texts")
    }
    let text = day.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "-") + "T" + time
    let decimals = time.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
    var resolution: Int64 = 1_000_000_000
    for _ in 0..<min(decimals, 9) { resolution /= 10 }
    do throws(GPSTimeError) {
      var result = try GPSTime(utc: text)
      if let start, result < start {
        // The end of a file that begins on the day before: Date is that of its start.
        let next = CalendarDate(daysSinceGPSEpoch: result.civilTime.day + 1)
        result = try GPSTime(utc: "\(next.iso8601)T\(time)")
      }
      return (result, resolution)
    } catch {
      throw ForeignFileError(
        path, "Date \"\(day.prefix(40))\" and \(name) \"\(time.prefix(40))\" are no time: \(error)")
    }
  }

  /// What a file's name says.
  struct FileName {
    var station: String
    var start: GPSTime

    init?(_ path: String) {
      guard let file = path.split(separator: "/").last else { return nil }
      let stem = file.split(separator: ".", omittingEmptySubsequences: false)
      guard stem.count == 2, ["hdf5", "h5"].contains(stem[1].lowercased()) else { return nil }
      let parts = stem[0].split(separator: "_", omittingEmptySubsequences: false)
      guard parts.count >= 3 else { return nil }
      let (day, time) = (Array(parts[parts.count - 2]), Array(parts[parts.count - 1]))
      guard day.count == 8, time.count == 6 else { return nil }
      let text =
        "\(String(day[..<4]))-\(String(day[4..<6]))-\(String(day[6...]))T\(String(time[..<2])):"
        + "\(String(time[2..<4])):\(String(time[4...]))Z"
      guard let start = try? GPSTime(utc: text) else { return nil }
      station = parts.dropLast(2).joined(separator: "_")
      self.start = start
    }
  }
}

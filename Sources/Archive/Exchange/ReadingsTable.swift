import FoundationEssentials
import Sky

/// A table of readings in text: a time, one or more values, perhaps the uncertainty of the value, as clocks are compared.
///
///     # station: strontium   unit: 1   rate: 1 Hz
///     gps_s,frequency,uncertainty
///     1167264018.000000000,1.2e-15,3e-16
///
/// The time is GPS seconds (`gps_s`, read exactly, to a nanosecond), UTC in ISO 8601 (`utc`, leap seconds as second 60) or
/// the Modified Julian Date in UTC (`mjd`). Without a header the first column is the time, the second the value, the third its
/// uncertainty. Columns are separated by commas, semicolons, tabs or spaces. Rows may be missing: the grid stays.
struct ReadingsTable {
  /// Bytes of a file that is read.
  static let largest = 1 << 30

  private(set) var series: [ForeignSeries] = []
  /// Root of the mean square of the uncertainties; nil without such a column.
  private(set) var uncertainty: Double?

  private enum TimeScale { case gps, utc, modifiedJulian }

  private let path: String
  private var keys: [String: String] = [:]
  private var names: [String] = []
  private var scale: TimeScale?
  private var times: [Int64] = []
  private var columns: [[Double]] = []
  private var notes: [String] = []

  /// - Parameters:
  ///   - path: of the file.
  ///   - station: instead of what the file says.
  ///   - rate: samples a second instead of what the file says or its rows suggest.
  init(_ path: String, station: String?, rate: SampleRate?) throws(ForeignFileError) {
    self.path = path
    guard fileSize(path) <= Self.largest else {
      throw ForeignFileError(path, "it is larger than 1 GiB; split it")
    }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw ForeignFileError(path, "it cannot be read")
    }
    guard !data.prefix(4096).contains(0) else { throw ForeignFileError(path, "it is not text") }
    var number = 0
    for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      try read(String(decoding: line, as: UTF8.self), number)
    }
    try makeSeries(station: station, rate: rate)
  }

  private mutating func read(_ line: String, _ number: Int) throws(ForeignFileError) {
    let text = line.drop { " \t\r\u{FEFF}".contains($0) }
    guard let first = text.first else { return }
    if first == "#" {
      for (key, value) in Self.keys(in: text.dropFirst()) { keys[key] = value }
      return
    }
    let fields = Self.fields(text)
    if scale == nil {
      let header = fields.map { $0.lowercased() }
      scale = Self.scale(header[0])
      if scale != nil {
        names = fields.dropFirst().map(String.init)
      } else {
        guard header[0].first.map({ $0.isNumber || $0 == "+" || $0 == "-" }) ?? false else {
          throw ForeignFileError(
            path, "line \(number): the first column is \"\(header[0].prefix(40))\"; name it gps_s, utc or mjd")
        }
        scale = header[0].contains(":") || header[0].contains("T") || header[0].contains("t") ? .utc : .gps
        names = fields.count > 2 ? ["value", "uncertainty"] : ["value"]
      }
      guard !names.isEmpty else { throw ForeignFileError(path, "line \(number): there is no column of values") }
      columns = names.map { _ in [] }
      if Self.scale(header[0]) != nil { return }
    }
    guard fields.count == names.count + 1 else {
      throw ForeignFileError(path, "line \(number) has \(fields.count) columns, not \(names.count + 1)")
    }
    guard let scale, let time = Self.time(fields[0], scale) else {
      throw ForeignFileError(path, "line \(number): \"\(fields[0].prefix(40))\" is no time")
    }
    times.append(time)
    for (column, field) in fields.dropFirst().enumerated() {
      guard let value = Double(field) else {
        throw ForeignFileError(path, "line \(number): \"\(field.prefix(40))\" is not a number (write nan for none)")
      }
      columns[column].append(value)
    }
  }

  private static func fields(_ line: some StringProtocol) -> [Substring] {
    let separators: [Character] = [",", ";", "\t"]
    let text = Substring(line)
    guard let separator = separators.first(where: { text.contains($0) }) else {
      return text.split { $0 == " " || $0 == "\r" }
    }
    return text.split(separator: separator, omittingEmptySubsequences: false).map { field in
      Substring(String(field.drop { " \"\r".contains($0) }.reversed().drop { " \"\r".contains($0) }.reversed()))
    }
  }

  /// `key: value` pairs of a comment, two or more spaces apart.
  private static func keys(in comment: some StringProtocol) -> [(String, String)] {
    Substring(comment).split(separator: "  ").compactMap { part in
      guard let colon = part.firstIndex(of: ":") else { return nil }
      func trimmed(_ text: Substring) -> String {
        String(text.drop { " \t\r".contains($0) }.reversed().drop { " \t\r".contains($0) }.reversed())
      }
      return (trimmed(part[..<colon]).lowercased(), trimmed(part[part.index(after: colon)...]))
    }
  }

  private static func scale(_ name: String) -> TimeScale? {
    switch name {
    case "gps_s", "time_gps_s", "gps", "t_gps": .gps
    case "utc", "time_utc", "date": .utc
    case "mjd", "mjd_utc": .modifiedJulian
    default: nil
    }
  }

  /// GPS nanoseconds.
  private static func time(_ text: Substring, _ scale: TimeScale) -> Int64? {
    switch scale {
    case .gps: return decimal(text, unit: 1_000_000_000)
    case .utc: return try? GPSTime(utc: String(text)).nanoseconds
    case .modifiedJulian:
      // UTC days: whole ones by the calendar, the rest in parts of 86 400 s, as the date is commonly used.
      guard let nanoseconds = decimal(text, unit: 86_400_000_000_000) else { return nil }
      let day = nanoseconds / 86_400_000_000_000
      let date = CalendarDate(daysSinceGPSEpoch: day - 44_244)
      guard let midnight = try? GPSTime(utc: date.iso8601) else { return nil }
      return midnight.nanoseconds + nanoseconds % 86_400_000_000_000
    }
  }

  /// A decimal number times `unit`, rounded down to a whole number.
  private static func decimal(_ text: Substring, unit: Int64) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = Int64(parts[0]), whole >= 0, whole < 10_000_000_000 else { return nil }
    var (result, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return result }
    guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    var (numerator, denominator): (Int64, Int64) = (0, 1)
    for digit in parts[1].utf8.prefix(17) {
      numerator = 10 * numerator + Int64(digit) - 48
      denominator *= 10
    }
    let (high, low) = numerator.multipliedFullWidth(by: unit)
    result += denominator.dividingFullWidth((high, low)).quotient
    return result
  }

  private mutating func makeSeries(station: String?, rate: SampleRate?) throws(ForeignFileError) {
    guard let first = times.min(), let last = times.max() else { throw ForeignFileError(path, "it has no readings") }
    let sampleRate: SampleRate
    if let rate { sampleRate = rate } else { sampleRate = try self.rate() }
    let length = sampleRate.nearestSample(toNanoseconds: last - first) + 1
    guard length <= 1 << 27, length <= 1000 * Int64(times.count) + 1_000_000 else {
      throw ForeignFileError(
        path,
        "\(times.count) readings would be \(length) samples at \(sampleRate.hertz) Hz; is a time wrong, or the rate?")
    }
    let uncertain = names.firstIndex { ["uncertainty", "sigma", "error", "u"].contains($0.lowercased()) }
    if let uncertain {
      let finite = columns[uncertain].filter { $0.isFinite }
      if !finite.isEmpty {
        uncertainty = (finite.reduce(0) { $0 + $1 * $1 } / Double(finite.count)).squareRoot()
      }
    }
    let owner = station ?? keys["station"].map(plainName) ?? plainName(stem(path))
    var worst: Int64 = 0
    var places: [Int] = []
    for time in times {
      let place = sampleRate.nearestSample(toNanoseconds: time - first)
      let grid = sampleRate.time(ofSample: place, epoch: GPSTime(nanoseconds: first)).nanoseconds
      worst = max(worst, abs(time - grid))
      places.append(Int(place))
    }
    guard Double(worst) * 1e-9 <= 0.1 * sampleRate.interval else {
      throw ForeignFileError(
        path,
        "its readings are not equally spaced: one is \(Double(worst) * 1e-9) s off the grid of \(sampleRate.hertz) Hz; "
          + "give --rate, or put them on a grid first")
    }
    // Of readings that are there twice the first stays.
    func samples(_ column: [Double]) -> [Double] {
      var values = [Double](repeating: .nan, count: Int(length))
      for (row, place) in places.enumerated().reversed() { values[place] = column[row] }
      return values
    }
    var hasRow = [Bool](repeating: false, count: Int(length))
    for place in places { hasRow[place] = true }
    let readings = record(places, count: Int(length), uncertainties: uncertain.map { samples(columns[$0]) } ?? [])
    for (column, name) in names.enumerated() where column != uncertain {
      series.append(
        ForeignSeries(
          path: path, station: owner, channel: channelName(name), start: GPSTime(nanoseconds: first),
          startResolution: max(1, worst), sampleRate: sampleRate, count: Int(length), unit: keys["unit"],
          notes: series.isEmpty ? notes : [], readings: readings,
          source: .readings(samples(columns[column]), rows: hasRow)))
    }
  }

  /// Counts what is wrong with the rows, and notes it.
  ///
  /// - Parameters:
  ///   - places: the sample of each row.
  ///   - count: of samples.
  ///   - uncertainties: of each sample; empty without such a column.
  private mutating func record(_ places: [Int], count: Int, uncertainties: [Double]) -> ReadingsRecord {
    var record = ReadingsRecord()
    record.uncertainties = uncertainties
    record.outOfOrder = times.count - longestAscent(places)
    var owners = [Int32](repeating: -1, count: count)
    for (row, place) in places.enumerated() {
      if owners[place] < 0 {
        owners[place] = Int32(row)
      } else {
        record.duplicates += 1
        let first = Int(owners[place])
        if columns.contains(where: { $0[first] != $0[row] && !($0[first].isNaN && $0[row].isNaN) }) {
          record.conflicts += 1
        }
      }
    }
    if record.outOfOrder > 0 {
      notes.append("\(record.outOfOrder) of its rows are not in the order of time and were put there")
    }
    if record.duplicates > 0 {
      notes.append(
        "\(record.duplicates) of its rows have the time of an earlier one and were left out, \(record.conflicts) of them "
          + "with another value")
    }
    return record
  }

  /// The most numbers that may stay where they are when a list is put in order.
  private func longestAscent(_ numbers: [Int]) -> Int {
    // The least end of an ascent of each length.
    var ends: [Int] = []
    for number in numbers {
      var (low, high) = (0, ends.count)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] <= number { low = middle + 1 } else { high = middle }
      }
      if low == ends.count { ends.append(number) } else { ends[low] = number }
    }
    return ends.count
  }

  /// What the file says, or else the shortest time between two readings.
  private func rate() throws(ForeignFileError) -> SampleRate {
    if let text = keys["rate"] {
      guard let hertz = Double(text.prefix { !" H".contains($0) }), let rate = SampleRate(nearest: hertz) else {
        throw ForeignFileError(path, "its comment `rate: \(text.prefix(40))` is no rate in Hz")
      }
      return rate
    }
    let sorted = times.sorted()
    let spacings = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.sorted()
    guard let shortest = spacings.first else {
      throw ForeignFileError(path, "it has one reading only, so its rate is not known; give --rate")
    }
    // Times are rounded when they are written: the middle of those that are about the shortest.
    let near = spacings.prefix { $0 < shortest + shortest / 2 }
    let spacing = near[near.count / 2]
    let divisor = greatestCommonDivisor(1_000_000_000, spacing)
    // Above 1 Hz the last digit of a time may hide the rate.
    let rate =
      spacing < 1_000_000_000
      ? SampleRate(nearest: (1e15 / Double(spacing)).rounded() / 1e6)
      : spacing / divisor <= 1_000_000_000 ? SampleRate(1_000_000_000 / divisor, per: spacing / divisor) : nil
    guard let rate else {
      throw ForeignFileError(path, "its readings are \(shortest) ns apart, which is no rate; give --rate")
    }
    return rate
  }
}

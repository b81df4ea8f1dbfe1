import CERFA
import Foundation

/// A text that is no instant.
public struct TimeError: Error, Hashable, Sendable, CustomStringConvertible {
  public var text: String
  public var reason: String

  public var description: String { "'\(text)' is no UTC time: \(reason); write it like 2026-01-31T12:00:00" }
}

extension GPSTime {
  /// TAI - GPS in seconds, constant by definition.
  private static let taiMinusGPS: Int64 = 19
  /// Julian day number at noon of 1980-01-06, half a day after the GPS epoch.
  private static let epochDay = 2_444_244.5

  /// Reads an ISO 8601 time, such as `2016-12-31T23:59:60.5Z`; leap seconds are understood.
  /// - Throws: ``TimeError``.
  public init(utc text: String) throws(TimeError) {
    func fail(_ reason: String) -> TimeError { TimeError(text: text, reason: reason) }
    let trimmed = text.hasSuffix("Z") ? String(text.dropLast()) : text.hasSuffix(" UTC") ? String(text.dropLast(4)) : text
    let halves = trimmed.split(whereSeparator: { $0 == "T" || $0 == " " }).map(String.init)
    guard halves.count == 1 || halves.count == 2 else { throw fail("date and time are not separated by one T") }
    let date = halves[0].split(separator: "-").map { Int($0) }
    guard date.count == 3, let year = date[0], let month = date[1], let day = date[2], year >= 1980 else {
      throw fail("the date is not year-month-day from 1980 on")
    }
    var clock: [Int] = [0, 0, 0]
    var fraction: Int64 = 0
    if halves.count == 2 {
      let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard (2...3).contains(parts.count) else { throw fail("the time is not hours:minutes:seconds") }
      for (index, part) in parts.enumerated() {
        let pieces = part.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int(pieces[0]), whole >= 0, pieces.count == 1 || (index == 2 && pieces.count == 2) else {
          throw fail("the time is not hours:minutes:seconds")
        }
        clock[index] = whole
        if pieces.count == 2 {
          let digits = String(pieces[1].prefix(9))
          guard let value = Int64(digits), value >= 0, digits.count == pieces[1].count else {
            throw fail("the fraction of a second has 1 to 9 digits")
          }
          fraction = value * Int64(pow(10, Double(9 - digits.count)))
        }
      }
    }
    var (base, modified) = (0.0, 0.0)
    guard eraCal2jd(Int32(year), Int32(month), Int32(day), &base, &modified) == 0 else {
      throw fail("there is no such day")
    }
    let days = Int64(base + modified - Self.epochDay)
    let leap = try Self.taiMinusUTC(year, month, day, text)
    let next = try Self.dayAfter(base + modified, text)
    let lastMinute = clock[0] == 23 && clock[1] == 59
    let seconds = lastMinute ? 60 + Int(next - leap) : 60
    guard clock[0] < 24, clock[1] < 60, clock[2] < seconds else {
      throw fail("there is no such time of day")
    }
    let whole = days * 86400 + Int64(clock[0] * 3600 + clock[1] * 60 + clock[2]) + leap - Self.taiMinusGPS
    self.init(nanoseconds: whole * 1_000_000_000 + fraction)
  }

  /// TAI - UTC in whole seconds on a day, from ERFA's table.
  private static func taiMinusUTC(_ year: Int, _ month: Int, _ day: Int, _ text: String) throws(TimeError) -> Int64 {
    var difference = 0.0
    // A positive status warns that the date lies beyond the table; the last value is then the best there is.
    guard eraDat(Int32(year), Int32(month), Int32(day), 0, &difference) >= 0 else {
      throw TimeError(text: text, reason: "no leap seconds are known for that day")
    }
    return Int64(difference)
  }

  private static func dayAfter(_ julianDay: Double, _ text: String) throws(TimeError) -> Int64 {
    var (year, month, day): (Int32, Int32, Int32) = (0, 0, 0)
    var fraction = 0.0
    guard eraJd2cal(julianDay + 1, 0, &year, &month, &day, &fraction) == 0 else {
      throw TimeError(text: text, reason: "there is no day after it")
    }
    return try taiMinusUTC(Int(year), Int(month), Int(day), text)
  }

  /// The instant in UTC, such as `2026-01-31T12:00:00` with as many decimals as it needs.
  public var utcString: String {
    let seconds = Int64((Double(nanoseconds) / 1e9).rounded(.down))
    let whole = nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0)
    _ = seconds
    let fraction = nanoseconds - whole * 1_000_000_000
    let tai = whole + Self.taiMinusGPS
    var utc = (0.0, 0.0)
    let day = tai >= 0 ? tai / 86400 : (tai - 86399) / 86400
    guard eraTaiutc(Self.epochDay + Double(day), Double(tai - day * 86400) / 86400, &utc.0, &utc.1) >= 0 else {
      return "\(nanoseconds) ns GPS"
    }
    var (year, month, date): (Int32, Int32, Int32) = (0, 0, 0)
    var clock: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let status = withUnsafeMutableBytes(of: &clock) { bytes in
      eraD2dtf("UTC", 0, utc.0, utc.1, &year, &month, &date, bytes.bindMemory(to: Int32.self).baseAddress)
    }
    guard status >= 0 else { return "\(nanoseconds) ns GPS" }
    var text = String(format: "%04d-%02d-%02dT%02d:%02d:%02d", year, month, date, clock.0, clock.1, clock.2)
    if fraction > 0 {
      var digits = String(format: "%09d", fraction)
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }
}

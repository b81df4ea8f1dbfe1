/// UTC in, UTC out: what people read and write. Everything between is whole numbers.
extension GPSTime {
  /// Reads a UTC time in ISO 8601.
  ///
  /// - Parameter text: `2026-01-31`, `2026-01-31T12:34:56Z` or with up to nine decimals; a space may stand for the T,
  ///   and the Z (or +00:00) may be left out. The second 60 is allowed where UTC has a leap second.
  /// - Throws: `GPSTimeError` when the text is malformed, the instant does not exist or lies before 1972.
  public init(utc text: String) throws(GPSTimeError) {
    guard let fields = UTCFields(text) else { throw .malformed(text) }
    let date = CalendarDate(year: fields.year, month: fields.month, day: fields.day)
    guard date.exists else { throw .nonexistent(text, reason: "the calendar has no such day") }
    guard fields.hour < 24, fields.minute < 60, fields.second < 61 else {
      throw .nonexistent(text, reason: "hours run to 23, minutes and seconds to 59")
    }
    guard (1972..<2262).contains(date.year) else { throw .outOfRange(text) }
    let day = date.daysSinceGPSEpoch
    if fields.second == 60 {
      guard fields.hour == 23, fields.minute == 59, LeapSeconds.endsWithLeapSecond(daysSinceGPSEpoch: day) else {
        throw .nonexistent(text, reason: "there is no leap second at that time")
      }
    }
    let secondOfDay = Int64(fields.hour * 3600 + fields.minute * 60 + fields.second)
    self.init(
      nanoseconds: (GPSTime.startOfDay(day) + secondOfDay) * nanosecondsPerSecond + Int64(fields.nanosecond))
  }

  /// The instant of a number of seconds since the GPS epoch, to the nearest nanosecond.
  ///
  /// A double of today's GPS time is good to 0.2 µs only: use nanoseconds where that matters.
  /// - Throws: `GPSTimeError.outOfRange` when the number is not finite or beyond 64-bit nanoseconds.
  public init(seconds: Double) throws(GPSTimeError) {
    guard abs(seconds) < 9.2e9 else { throw .outOfRange("\(seconds) s") }
    let whole = seconds.rounded(.down)
    self.init(
      nanoseconds: Int64(whole) * nanosecondsPerSecond + Int64(((seconds - whole) * 1e9).rounded()))
  }

  /// The instant in UTC as ISO 8601 with as many decimals as it needs, such as `2015-09-14T09:50:45.391Z`.
  ///
  /// A leap second reads as second 60. Before 1972 UTC is continued backwards without leap seconds.
  public var utcString: String {
    let civil = civilTime
    let second = min(civil.secondOfDay, 86_399)
    var text = CalendarDate(daysSinceGPSEpoch: civil.day).iso8601
    text += "T\(zeroPadded(second / 3600, 2)):\(zeroPadded(second / 60 % 60, 2))"
    text += ":\(zeroPadded(second % 60 + civil.secondOfDay - second, 2))"
    if civil.nanosecond > 0 {
      var decimals = zeroPadded(civil.nanosecond, 9)
      while decimals.last == "0" { decimals.removeLast() }
      text += "." + decimals
    }
    return text + "Z"
  }

  /// UTC as the day since 1980-01-06, the second of the day (86 400 in a leap second) and the nanosecond.
  public var civilTime: (day: Int64, secondOfDay: Int64, nanosecond: Int64) {
    let (wholeSeconds, nanosecond) = nanoseconds.flooredDivision(by: nanosecondsPerSecond)
    // The leap seconds since 1980 are far fewer than the seconds of a day: the day is right or one too late.
    var day = wholeSeconds.flooredDivision(by: 86_400).quotient
    if GPSTime.startOfDay(day) > wholeSeconds { day -= 1 }
    if GPSTime.startOfDay(day + 1) <= wholeSeconds { day += 1 }
    return (day, wholeSeconds - GPSTime.startOfDay(day), nanosecond)
  }

  /// GPS seconds at 00:00:00 UTC of a day counted from 1980-01-06.
  private static func startOfDay(_ day: Int64) -> Int64 {
    day * 86_400 + LeapSeconds.offset(daysSinceGPSEpoch: day) - 19
  }
}

let nanosecondsPerSecond: Int64 = 1_000_000_000

extension Int64 {
  /// Quotient rounded down and the remainder in 0 ..< divisor.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// The numbers of an ISO 8601 text, not yet checked against calendar and clock.
private struct UTCFields {
  var year = 0
  var month = 0
  var day = 0
  var hour = 0
  var minute = 0
  var second = 0
  var nanosecond = 0

  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    func number(_ digits: Int) -> Int? {
      guard rest.count >= digits else { return nil }
      var value = 0
      for byte in rest.prefix(digits) {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      rest = rest.dropFirst(digits)
      return value
    }
    func skip(_ allowed: String) -> Bool {
      guard let byte = rest.first, allowed.utf8.contains(byte) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2) else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    if rest.isEmpty { return }
    guard skip("Tt "), let hour = number(2), skip(":"), let minute = number(2) else { return nil }
    (self.hour, self.minute) = (hour, minute)
    if skip(":") {
      guard let second = number(2) else { return nil }
      self.second = second
      if skip(".") {
        var digits = 0
        while digits < 9, let digit = number(1) {
          nanosecond = nanosecond * 10 + digit
          digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<9 { nanosecond *= 10 }
      }
    }
    let zone = String(decoding: rest, as: UTF8.self)
    guard ["", "Z", "z", "+00:00"].contains(zone) else { return nil }
  }
}

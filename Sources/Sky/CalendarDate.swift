/// A day of the Gregorian calendar.
public struct CalendarDate: Hashable, Sendable {
  public var year: Int
  /// 1 ... 12.
  public var month: Int
  /// 1 ... 31.
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day `days` after 1980-01-06, the first day of GPS time.
  public init(daysSinceGPSEpoch days: Int64) {
    // Years are counted from March, so that the leap day is the last of its year, in cycles of 400 years.
    let shifted = days + 723_125
    let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfCycle = shifted - cycle * 146_097
    let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = Int(yearOfCycle + cycle * 400) + (month <= 2 ? 1 : 0)
  }

  /// Days from 1980-01-06 to this day, negative before.
  public var daysSinceGPSEpoch: Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let cycle = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfCycle = shiftedYear - cycle * 400
    let dayOfYear = Int64(153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(day) - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    return cycle * 146_097 + dayOfCycle - 723_125
  }

  /// Whether the calendar has this day.
  public var exists: Bool {
    (1...12).contains(month) && (1...31).contains(day) && CalendarDate(daysSinceGPSEpoch: daysSinceGPSEpoch) == self
  }

  /// The day in ISO 8601, such as 2017-01-01.
  public var iso8601: String {
    "\(zeroPadded(Int64(year), 4))-\(zeroPadded(Int64(month), 2))-\(zeroPadded(Int64(day), 2))"
  }
}

/// `value` in at least `width` decimal digits.
func zeroPadded(_ value: Int64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

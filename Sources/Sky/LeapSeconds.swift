import CERFA

/// TAI - UTC from ERFA's table of leap seconds.
///
/// GPS time is TAI - 19 s. The table is the one compiled into the ERFA library on the machine.
public enum LeapSeconds {
  /// One row of the table: TAI - UTC from the start of a day on.
  public struct Change: Hashable, Sendable {
    public var date: CalendarDate
    /// TAI - UTC in whole seconds.
    public var offset: Int64
  }

  /// The rows since UTC runs in whole seconds (1972-01-01), ascending.
  public static let changes: [Change] = {
    // UTC changes at the start of a month only; the table is read once, since ERFA sets it up without a lock.
    var rows: [Change] = []
    for year in 1972...trustedThroughYear {
      for month in 1...12 {
        var offset = 0.0
        guard eraDat(Int32(year), Int32(month), 1, 0, &offset) == 0 else { continue }
        let seconds = Int64(offset.rounded())
        if rows.last?.offset != seconds {
          rows.append(Change(date: CalendarDate(year: year, month: month, day: 1), offset: seconds))
        }
      }
    }
    return rows
  }()

  /// The last year for which ERFA answers without doubt; a leap second announced since its release may be missing.
  public static let trustedThroughYear: Int = {
    var offset = 0.0
    var year = 1972
    while eraDat(Int32(year + 1), 1, 1, 0, &offset) == 0 { year += 1 }
    return year
  }()

  /// TAI - UTC in seconds on the day that begins `daysSinceGPSEpoch` days after 1980-01-06T00:00:00 UTC.
  ///
  /// Before 1972, when UTC had no leap seconds, the 10 s of 1972-01-01.
  public static func offset(daysSinceGPSEpoch day: Int64) -> Int64 {
    rows.last { $0.firstDay <= day }?.offset ?? 10
  }

  /// Whether the last minute of that day has 61 seconds.
  public static func endsWithLeapSecond(daysSinceGPSEpoch day: Int64) -> Bool {
    offset(daysSinceGPSEpoch: day + 1) > offset(daysSinceGPSEpoch: day)
  }

  private static let rows = changes.map { (firstDay: $0.date.daysSinceGPSEpoch, offset: $0.offset) }
}

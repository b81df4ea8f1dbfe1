import Sky
import Testing

@Suite("GPS time and UTC")
struct GPSTimeTests {
  @Test(
    "published pairs",
    arguments: [
      ("1980-01-06T00:00:00Z", 0),
      // gwpy's documentation.
      ("2015-09-14T09:50:45.391Z", 1_126_259_462_391_000_000),
      // The start of 2017, after the leap second (LIGO's time converter: 1167264018), and the leap second.
      ("2017-01-01T00:00:00Z", 1_167_264_018_000_000_000),
      ("2016-12-31T23:59:60Z", 1_167_264_017_000_000_000),
      ("2016-12-31T23:59:60.25Z", 1_167_264_017_250_000_000),
      ("2016-12-31T23:59:59.999999999Z", 1_167_264_016_999_999_999),
      // The first leap second of GPS time: 1981-07-01 is one second later than days alone say.
      ("1981-07-01T00:00:00Z", (Int64(542) * 86_400 + 1) * 1_000_000_000),
      // Before the epoch TAI - UTC was 19 s too on 1980-01-01, 18 s on 1979-12-31.
      ("1980-01-05T23:59:59.5Z", -500_000_000),
      ("1979-12-31T23:59:60Z", -(5 * 86_400 + 1) * 1_000_000_000),
      ("1972-01-01T00:00:00Z", -(2927 * 86_400 + 9) * 1_000_000_000),
    ] as [(String, Int64)])
  func published(text: String, nanoseconds: Int64) throws {
    #expect(try GPSTime(utc: text).nanoseconds == nanoseconds)
    #expect(GPSTime(nanoseconds: nanoseconds).utcString == text)
  }

  @Test("forms of ISO 8601 that mean the same")
  func forms() throws {
    let time = try GPSTime(utc: "2026-11-21T08:30:00Z")
    for text in [
      "2026-11-21T08:30:00", "2026-11-21 08:30", "2026-11-21t08:30:00.000z", "2026-11-21T08:30:00.0+00:00",
    ] {
      #expect(try GPSTime(utc: text) == time, "\(text)")
    }
    #expect(try GPSTime(utc: "2026-11-21") == GPSTime(utc: "2026-11-21T00:00:00Z"))
  }

  @Test(
    "texts that are no instant",
    arguments: [
      "", "now", "2026", "2026-1-1", "2026-01-01T", "2026-01-01T12", "2026-01-01T12:00:00+01:00",
      "2026-01-01T12:00:00.", "2026-01-01T12:00:00.1234567890Z", "2026-01-01T12:00:00Zz", "２026-01-01", "2026-01-01 x",
    ])
  func malformed(text: String) {
    #expect(throws: GPSTimeError.malformed(text)) { try GPSTime(utc: text) }
  }

  @Test(
    "instants that do not exist",
    arguments: [
      "2026-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "2100-02-29", "2026-01-01T24:00:00",
      "2026-01-01T12:60:00",
      "2026-01-01T12:00:61Z", "2026-12-31T23:59:60Z", "2016-12-31T22:59:60Z", "2016-12-30T23:59:60Z",
    ])
  func nonexistent(text: String) {
    #expect {
      try GPSTime(utc: text)
    } throws: { error in
      guard case GPSTimeError.nonexistent(text, _) = error else { return false }
      return true
    }
  }

  @Test("out of range")
  func range() {
    #expect(throws: GPSTimeError.outOfRange("1971-12-31")) { try GPSTime(utc: "1971-12-31") }
    #expect(throws: GPSTimeError.outOfRange("2262-01-01")) { try GPSTime(utc: "2262-01-01") }
    #expect(throws: GPSTimeError.self) { try GPSTime(seconds: .nan) }
    #expect(throws: GPSTimeError.self) { try GPSTime(seconds: 1e10) }
    // The ends of 64-bit time can be printed.
    #expect(GPSTime(nanoseconds: .max).utcString.hasPrefix("2272-04-1"))
    #expect(GPSTime(nanoseconds: .min).utcString.hasPrefix("1687-09-2"))
  }

  @Test("seconds to the nearest nanosecond")
  func seconds() throws {
    #expect(try GPSTime(seconds: 1.5).nanoseconds == 1_500_000_000)
    #expect(try GPSTime(seconds: -0.25).nanoseconds == -250_000_000)
    #expect(try GPSTime(seconds: 1e-9).nanoseconds == 1)
  }

  @Test("every day from 1972 to 2100 and back, days apart by 86 400 s or 86 401 s at the 27 leap seconds")
  func days() throws {
    var previous = try GPSTime(utc: "1972-01-01")
    var leaps = 0
    for day
      in (CalendarDate(year: 1972, month: 1, day: 2).daysSinceGPSEpoch)...CalendarDate(
        year: 2100, month: 1, day: 1
      ).daysSinceGPSEpoch
    {
      let date = CalendarDate(daysSinceGPSEpoch: day)
      #expect(date.exists && date.daysSinceGPSEpoch == day)
      let time = try GPSTime(utc: date.iso8601)
      #expect(time.utcString == date.iso8601 + "T00:00:00Z")
      let length = (time.nanoseconds - previous.nanoseconds) / 1_000_000_000
      leaps += length == 86_401 ? 1 : 0
      #expect(length == 86_400 || length == 86_401)
      previous = time
    }
    #expect(leaps == LeapSeconds.changes.count - 1)
    #expect(leaps >= 27)
  }

  @Test("TAI - UTC: rows of ERFA's own test program")
  func taiMinusUTC() throws {
    for (text, offset) in [("2003-06-01", 32), ("2008-01-17", 33), ("2017-09-01", 37)] as [(String, Int64)] {
      let day = try GPSTime(utc: text).civilTime.day
      #expect(LeapSeconds.offset(daysSinceGPSEpoch: day) == offset)
    }
    #expect(LeapSeconds.trustedThroughYear >= 2021)
    #expect(LeapSeconds.changes.first?.offset == 10)
    // eraUtctai(2453750.5, 0.892100694) = 0.8924826384444444444, GPS time being TAI - 19 s; and eraTaiutc back.
    let time = try GPSTime(utc: "2006-01-15T21:24:37.4999616Z")
    let day: Int64 = 86_400_000_000_000
    let tai = Double((time.nanoseconds + 19_000_000_000) % day) / Double(day)
    #expect(abs(tai - 0.8924826384444444444) < 1e-12)
    let taiOfDay = Int64((0.892482639 * 86_400e9).rounded())
    let back = GPSTime(nanoseconds: time.nanoseconds / day * day + taiOfDay - 19_000_000_000)
    let civil = back.civilTime
    let utc = (Double(civil.secondOfDay) + Double(civil.nanosecond) * 1e-9) / 86_400
    #expect(abs(utc - 0.8921006945555555556) < 1e-12)
  }
}

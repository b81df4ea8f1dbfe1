import CERFA
import Sky
import Testing

private func length(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }

@Suite("The turning Earth, sites and velocities")
struct EarthTests {
  /// JD 2459000.5, the date of the reference table (vector-network section 10).
  private let date = CalendarDate(year: 2020, month: 5, day: 31)
  private let site = Site(latitude: 45, longitude: 10, altitude: 100)

  private func time() throws -> GPSTime { try GPSTime(utc: date.iso8601) }

  @Test("reference table: laboratory velocity, sensor direction, position")
  func referenceTable() throws {
    let time = try time()
    // The table's sidereal time comes from a Julian date in double precision, good to 1e-11 rad.
    let velocity = EarthVelocity.laboratory(at: site, time: time) / 1e3
    #expect(length(velocity - SIMD3(136.17180673297, -123.8426221328, 167.36462145908)) < 2e-11)
    let direction = LocalDirection(east: 0.6, north: 0, up: 0.8).inertial(at: site, time: time)
    #expect(length(direction - SIMD3(0.48050707922823, -0.6701588966891, 0.56568542494924)) < 1e-11)
    let position = site.inertialPosition(at: time)
    #expect(length(position - SIMD3(-865527.40148396, -4433974.3520648, 4487419.119544)) < 6e-5)
  }

  @Test("sidereal time equals the linear formula in 50 digits")
  func siderealTime() throws {
    // Python's decimal: (280.46061837 + 360.98564736629 (JD - 2451545)) mod 360, in radians.
    let expected: [(String, Double)] = [
      ("2020-05-31T00:00:00Z", 4.3450767204982578535), ("2026-11-21T14:57:46.666570637Z", 4.9754019236663058848),
    ]
    for (text, value) in expected {
      #expect(abs(EarthRotation.greenwichMeanSiderealTime(at: try GPSTime(utc: text)) - value) < 5e-14, "\(text)")
    }
    // ERFA's test rows gmst82 and gmst06 at MJD 53736 (UT1 = TT there).
    let row = EarthRotation.greenwichMeanSiderealTime(at: try GPSTime(utc: "2006-01-01"))
    #expect(abs(row - 1.754174981860675096) < 1.3e-6)
    #expect(abs(row - 1.754174971870091203) < 1.3e-6)
  }

  @Test("sidereal time within 7e-5 degrees of IAU 2006, 1990 to 2050")
  func siderealTimeAgainstIAU2006() throws {
    for year in 1990...2050 {
      for month in 1...12 {
        let date = CalendarDate(year: year, month: month, day: 11)
        let time = try GPSTime(utc: date.iso8601 + "T17:00:00Z")
        let day = Double(date.daysSinceGPSEpoch) + 44244 + 17.0 / 24
        let offset = Double(LeapSeconds.offset(daysSinceGPSEpoch: date.daysSinceGPSEpoch)) + 32.184
        let reference = eraGmst06(2_400_000.5, day, 2_400_000.5, day + offset / 86_400)
        let difference = EarthRotation.greenwichMeanSiderealTime(at: time) - reference
        #expect(abs(difference.remainder(dividingBy: 2 * .pi)) * 180 / .pi < 7e-5, "\(date)")
      }
    }
  }

  @Test("WGS84: ERFA's test row gd2gc(3.1, -0.5, 2500 m)")
  func ellipsoid() {
    let site = Site(latitude: -0.5 * 180 / .pi, longitude: 3.1 * 180 / .pi, altitude: 2500)
    let expected = SIMD3(-5599000.5577049947, 233011.67223479203, -3040909.4706983363)
    #expect(length(site.earthFixedPosition - expected) < 1e-7)
    #expect(Site(latitude: .nan, longitude: 0).earthFixedPosition.x.isNaN)
    let place = Site(earthFixedPosition: expected)
    #expect(abs(place.latitude + 0.5 * 180 / .pi) < 1e-12 && abs(place.longitude - 3.1 * 180 / .pi) < 1e-12)
    #expect(abs(place.altitude - 2500) < 1e-7)
    #expect(Site(earthFixedPosition: SIMD3(.nan, 0, 0)).latitude.isNaN)
  }

  @Test("speed through the halo: 219.565 km/s on 3 December, 248.573 km/s on 1 June")
  func annualExtremes() throws {
    var slowest = (speed: Double.infinity, date: "")
    var fastest = (speed: 0.0, date: "")
    let first = CalendarDate(year: 2020, month: 1, day: 1).daysSinceGPSEpoch
    for hour in 0..<366 * 24 {
      let date = CalendarDate(daysSinceGPSEpoch: first + Int64(hour / 24)).iso8601
      let time = try GPSTime(utc: date).advanced(byNanoseconds: Int64(hour % 24) * 3_600_000_000_000)
      let speed = length(EarthVelocity.throughHalo(at: time)) / 1e3
      if speed < slowest.speed { slowest = (speed, date) }
      if speed > fastest.speed { fastest = (speed, date) }
    }
    #expect(abs(slowest.speed - 219.565) < 6e-4 && ["2020-12-02", "2020-12-03"].contains(slowest.date))
    #expect(abs(fastest.speed - 248.573) < 6e-4 && fastest.date == "2020-06-01")
    #expect(abs(length(SolarMotion().equatorial) - 232_618) < 0.5)
  }

  @Test("orbital velocity within 0.73 km/s of ERFA's ephemeris row epv00")
  func orbit() throws {
    // MJD 53411.52501161 TDB is 64.184 s later than UTC.
    let time = try GPSTime(utc: "2005-02-10T12:34:56.819104Z")
    let barycentric = SIMD3(-0.1091874268116823295e-1, -0.1246525461732861538e-1, -0.5404773180966231279e-2)
    let expected = barycentric * 149_597_870_700 / 86_400
    #expect(length(EarthVelocity.orbital(at: time) - expected) < 730)
    #expect(length(EarthVelocity.orbital(at: time)) > 29e3)
  }

  @Test("galactic axes: ERFA's test row icrs2g")
  func galacticAxes() {
    let (ra, dec) = (5.9338074302227188048671087, -1.1784870613579944551540570)
    let (l, b) = (5.5850536063818546461558, -0.7853981633974483096157)
    func unit(_ longitude: Double, _ latitude: Double) -> SIMD3<Double> {
      var vector = [0.0, 0, 0]
      eraS2c(longitude, latitude, &vector)
      return SIMD3(vector[0], vector[1], vector[2])
    }
    #expect(length(GalacticFrame.galactic(fromEquatorial: unit(ra, dec)) - unit(l, b)) < 1e-14)
    #expect(length(GalacticFrame.equatorial(fromGalactic: unit(l, b)) - unit(ra, dec)) < 1e-14)
  }

  @Test("azimuth runs clockwise from north, altitude from the horizon up")
  func localDirections() {
    #expect(LocalDirection(azimuth: 0, altitude: 0) == LocalDirection(east: 0, north: 1, up: 0))
    #expect(LocalDirection(azimuth: 90, altitude: 0) == LocalDirection(east: 1, north: 0, up: 0))
    #expect(LocalDirection(azimuth: 180, altitude: 0) == LocalDirection(east: 0, north: -1, up: 0))
    #expect(LocalDirection(azimuth: 270, altitude: 0) == LocalDirection(east: -1, north: 0, up: 0))
    #expect(LocalDirection(azimuth: 0, altitude: 90) == LocalDirection(east: 0, north: 0, up: 1))
    #expect(LocalDirection(azimuth: 0, altitude: -90) == LocalDirection(east: 0, north: 0, up: -1))
    let direction = LocalDirection(azimuth: 251, altitude: 33)
    #expect(abs(direction.azimuth - 251) < 1e-12 && abs(direction.altitude - 33) < 1e-12)
    // At latitude 0, longitude 90 east is -x, north z, up y.
    let equator = Site(latitude: 0, longitude: 90)
    #expect(length(LocalDirection(azimuth: 90, altitude: 0).earthFixed(at: equator) - SIMD3(-1, 0, 0)) < 1e-15)
    #expect(length(LocalDirection(azimuth: 0, altitude: 0).earthFixed(at: equator) - SIMD3(0, 0, 1)) < 1e-15)
    #expect(length(LocalDirection(azimuth: 0, altitude: 90).earthFixed(at: equator) - SIMD3(0, 1, 0)) < 1e-15)
  }

  @Test("baselines turn with the Earth: opposite half a sidereal day later, back after a whole one")
  func turning() throws {
    let other = Site(latitude: -33, longitude: -71)
    let start = try time()
    let baseline = site.baseline(from: other, at: start)
    let siderealDay = 86_164.0905 * 1e9
    let half = site.baseline(from: other, at: start.advanced(byNanoseconds: Int64(siderealDay / 2)))
    let whole = site.baseline(from: other, at: start.advanced(byNanoseconds: Int64(siderealDay)))
    #expect(length(baseline - whole) < 1e-7 * length(baseline))
    #expect(length(SIMD3(-baseline.x, -baseline.y, baseline.z) - half) < 1e-7 * length(baseline))
    #expect(length(EarthRotation.earthFixed(baseline, at: start) - site.baseline(from: other)) < 1e-8)
    #expect(site.baseline(from: other) == -other.baseline(from: site))
  }

  @Test("places that are none")
  func validation() {
    #expect(throws: SiteError.latitude(90.5)) { try Site(latitude: 90.5, longitude: 0).validate() }
    #expect(throws: SiteError.longitude(361)) { try Site(latitude: 0, longitude: 361).validate() }
    #expect(throws: SiteError.altitude(2e6)) { try Site(latitude: 0, longitude: 0, altitude: 2e6).validate() }
    #expect(throws: SiteError.self) { try Site(latitude: .nan, longitude: 0).validate() }
  }
}

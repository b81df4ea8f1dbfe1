import Foundation
import Sky
import Testing

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing {
    print("SKIPPED: astropy is not asked about the Earth: python3 is not installed")
  }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("astropy agrees on the Earth", .enabled(if: canRun))
struct AstropyEarthTests {
  @Test("sidereal time to 7e-5 degrees, sites to a micrometre, Earth's velocity to 0.73 km/s")
  func earth() throws {
    let seen = try PythonEnvironment.json(
      """
      import json, warnings
      warnings.simplefilter("ignore")
      from astropy import units as u
      from astropy.utils import iers
      iers.conf.auto_download = False
      from astropy.coordinates import EarthLocation, get_body_barycentric_posvel
      from astropy.time import Time
      rows = []
      for year in range(2000, 2031, 3):
          for month in (1, 4, 8, 11):
              t = Time(f"{year}-{month:02d}-17T05:43:21", scale="utc")
              t.delta_ut1_utc = 0.0
              velocity = get_body_barycentric_posvel("earth", t, ephemeris="builtin")[1]
              rows.append({"utc": t.isot, "gps": round((t - Time("1980-01-06T00:00:00", scale="utc")).sec),
                           "gmst": t.sidereal_time("mean", "greenwich", model="IAU2006").rad,
                           "velocity": velocity.get_xyz().to_value(u.km / u.s).tolist()})
      places = [(45, 10, 100), (-35.2745, 149.1185, 900), (89.9, -120, 0), (0, 0, -50), (50, 8, 4e5)]
      sites = [[c.to_value(u.m) for c in EarthLocation.from_geodetic(b * u.deg, a * u.deg, h * u.m, "WGS84").geocentric]
               for a, b, h in places]
      print(json.dumps({"rows": rows, "places": places, "sites": sites}))
      """, [])
    let rows = try #require(seen["rows"] as? [[String: Any]])
    #expect(rows.count == 44)
    for row in rows {
      let text = try #require(row["utc"] as? String)
      let time = try GPSTime(utc: text + "Z")
      #expect(time.nanoseconds == Int64(try #require(row["gps"] as? Int)) * 1_000_000_000, "\(text)")
      let sidereal = try #require(row["gmst"] as? Double)
      let turned = (EarthRotation.greenwichMeanSiderealTime(at: time) - sidereal).remainder(dividingBy: 2 * .pi)
      #expect(abs(turned) * 180 / .pi < 7e-5, "\(text)")
      // The barycentric velocity in J2000 axes; section 2 states the error of the circular orbit.
      let velocity = try #require(row["velocity"] as? [Double])
      let difference = EarthVelocity.orbital(at: time) / 1e3 - SIMD3(velocity[0], velocity[1], velocity[2])
      #expect((difference * difference).sum().squareRoot() < 0.74, "\(text)")
    }
    let places = try #require(seen["places"] as? [[Double]])
    let sites = try #require(seen["sites"] as? [[Double]])
    for (place, expected) in zip(places, sites) {
      let position = Site(latitude: place[0], longitude: place[1], altitude: place[2]).earthFixedPosition
      let difference = position - SIMD3(expected[0], expected[1], expected[2])
      #expect((difference * difference).sum().squareRoot() < 1e-6, "\(place)")
    }
  }
}

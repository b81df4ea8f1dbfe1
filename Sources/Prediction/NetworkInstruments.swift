import Instruments
import Sky

/// `network`: sensors and where they are (physics page vector-network, sections 2 and 3).
enum NetworkInstruments {
  static let quantities = [
    Quantity(
      "network.bloch-response", source: "vector-network.md 3, (19)", value: "complex number: R(f)",
      Inputs.number("frequency_Hz", unit: "Hz"),
      Inputs.number("larmor_frequency_Hz", unit: "Hz", .positive, "w0 / 2 pi"),
      Inputs.number("relaxation_time_s", unit: "s", .positive, "T2"),
      Inputs.number("spin", .any, "S0", default: 0.5),
      Inputs.number("gyromagnetic_ratio", unit: "rad/s/T", .any, "gamma")
    ) { frequency, larmorFrequency, relaxationTime, spin, gyromagneticRatio in
      let response = BlochResponse(
        larmorFrequency: larmorFrequency, relaxationTime: relaxationTime, spin: spin,
        gyromagneticRatio: gyromagneticRatio)
      return .complex(response.value(at: frequency))
    },

    Quantity(
      "network.laboratory-velocity", source: "vector-network.md 2", value: "3-vector, km/s, equatorial axes: v_lab",
      julianDate, latitude, longitude, height
    ) { julianDate, latitude, longitude, height in
      let site = Site(latitude: latitude, longitude: longitude, altitude: height)
      return .vector(EarthVelocity.laboratory(at: site, time: UniversalTime(julianDate: julianDate)) / 1000)
    },

    Quantity(
      "network.sensor-direction", source: "vector-network.md 2", value: "3-vector, equatorial axes",
      julianDate, latitude, longitude,
      Inputs.direction("direction_east_north_up")
    ) { julianDate, latitude, longitude, direction in
      let axes = Site(latitude: latitude, longitude: longitude).localAxes
      let earthFixed = direction.x * axes.east + direction.y * axes.north + direction.z * axes.up
      return .vector(EarthRotation.inertial(earthFixed, at: UniversalTime(julianDate: julianDate)))
    },

    Quantity(
      "network.site-position", source: "vector-network.md 2", value: "3-vector, m, equatorial axes, geocentric",
      julianDate, latitude, longitude, height
    ) { julianDate, latitude, longitude, height in
      let site = Site(latitude: latitude, longitude: longitude, altitude: height)
      return .vector(EarthRotation.inertial(site.earthFixedPosition, at: UniversalTime(julianDate: julianDate)))
    },
  ]

  private static let julianDate = Inputs.number("julian_date", unit: "d", .any, "UT1")
  private static let latitude = Inputs.number("latitude_deg", unit: "deg", .within(-90...90), "geodetic")
  private static let longitude = Inputs.number("longitude_deg", unit: "deg", .any, "east positive")
  private static let height = Inputs.number("height_m", unit: "m", default: 0)
}

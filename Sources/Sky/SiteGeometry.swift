import CERFA
import Glibc

/// Why a place or a direction is refused.
public enum SiteError: Error, Hashable, CustomStringConvertible, Sendable {
  case latitude(Double)
  case longitude(Double)
  case altitude(Double)

  public var description: String {
    switch self {
    case .latitude(let value): "latitude \(value)° is not within -90° ... 90°"
    case .longitude(let value): "longitude \(value)° is not within -180° ... 360° (east positive)"
    case .altitude(let value): "altitude \(value) m is not within -12 km ... 1000 km of the ellipsoid"
    }
  }
}

extension Site {
  /// Checks that the coordinates are a place on or near the Earth.
  ///
  /// - Throws: `SiteError` naming the coordinate at fault.
  public func validate() throws(SiteError) {
    guard abs(latitude) <= 90 else { throw .latitude(latitude) }
    guard longitude >= -180 && longitude <= 360 else { throw .longitude(longitude) }
    guard altitude >= -12e3 && altitude <= 1e6 else { throw .altitude(altitude) }
  }

  /// Position in metres in Earth-fixed axes, origin at the Earth's centre (WGS84, ERFA `eraGd2gc`).
  ///
  /// NaN when a coordinate is not a number; `validate()` says which.
  public var earthFixedPosition: SIMD3<Double> {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3) { vector in
      vector.initialize(repeating: .nan)
      let status = eraGd2gc(
        Int32(ERFA_WGS84), longitude * .pi / 180, latitude * .pi / 180, altitude, vector.baseAddress)
      return status == 0 ? SIMD3(vector[0], vector[1], vector[2]) : SIMD3(repeating: .nan)
    }
  }

  /// The place at a position in metres in Earth-fixed axes, origin at the Earth's centre (WGS84, ERFA `eraGc2gd`).
  ///
  /// The inverse of `earthFixedPosition`; NaN coordinates for a position that is not finite.
  public init(earthFixedPosition position: SIMD3<Double>) {
    var (longitude, latitude, altitude) = (Double.nan, Double.nan, Double.nan)
    if (position * position).sum().isFinite {
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 3) { vector in
        for index in 0..<3 { vector.initializeElement(at: index, to: position[index]) }
        eraGc2gd(Int32(ERFA_WGS84), vector.baseAddress, &longitude, &latitude, &altitude)
      }
    }
    self.init(latitude: latitude * 180 / .pi, longitude: longitude * 180 / .pi, altitude: altitude)
  }

  /// Position in metres in equatorial (inertial) axes, origin at the Earth's centre.
  public func inertialPosition(at time: GPSTime) -> SIMD3<Double> {
    EarthRotation.inertial(earthFixedPosition, at: time)
  }

  /// Earth-fixed unit vectors to the east, the north and up.
  public var localAxes: (east: SIMD3<Double>, north: SIMD3<Double>, up: SIMD3<Double>) {
    let (sinLatitude, cosLatitude) = (sin(latitude * .pi / 180), cos(latitude * .pi / 180))
    let (sinLongitude, cosLongitude) = (sin(longitude * .pi / 180), cos(longitude * .pi / 180))
    return (
      SIMD3(-sinLongitude, cosLongitude, 0),
      SIMD3(-sinLatitude * cosLongitude, -sinLatitude * sinLongitude, cosLatitude),
      SIMD3(cosLatitude * cosLongitude, cosLatitude * sinLongitude, sinLatitude)
    )
  }

  /// The baseline from `other` to this site in metres, Earth-fixed axes: x = x_self - x_other.
  public func baseline(from other: Site) -> SIMD3<Double> {
    earthFixedPosition - other.earthFixedPosition
  }

  /// The baseline from `other` to this site in metres in equatorial axes: it turns with the Earth.
  public func baseline(from other: Site, at time: GPSTime) -> SIMD3<Double> {
    EarthRotation.inertial(baseline(from: other), at: time)
  }
}

extension LocalDirection {
  /// The direction of an azimuth and an altitude.
  ///
  /// - Parameters:
  ///   - azimuth: degrees, clockwise from north: 90 is east.
  ///   - altitude: degrees above the horizon: 90 is up.
  public init(azimuth: Double, altitude: Double) {
    let (sinAzimuth, cosAzimuth) = LocalDirection.sineAndCosine(degrees: azimuth)
    let (sinAltitude, cosAltitude) = LocalDirection.sineAndCosine(degrees: altitude)
    self.init(east: sinAzimuth * cosAltitude, north: cosAzimuth * cosAltitude, up: sinAltitude)
  }

  /// Degrees above the horizon, -90 ... 90.
  public var altitude: Double { atan2(up, (east * east + north * north).squareRoot()) * 180 / .pi }

  /// Degrees clockwise from north, 0 ..< 360; 0 for straight up and down.
  public var azimuth: Double {
    let degrees = atan2(east, north) * 180 / .pi
    return degrees < 0 ? degrees + 360 : degrees
  }

  /// The unit vector in Earth-fixed axes of a sensor at `site`.
  public func earthFixed(at site: Site) -> SIMD3<Double> {
    let axes = site.localAxes
    return east * axes.east + north * axes.north + up * axes.up
  }

  /// The unit vector in equatorial (inertial) axes of a sensor at `site`.
  public func inertial(at site: Site, time: GPSTime) -> SIMD3<Double> {
    EarthRotation.inertial(earthFixed(at: site), at: time)
  }

  /// Exact at multiples of 90 degrees, so that an axis "to the north" has no component up or east.
  private static func sineAndCosine(degrees: Double) -> (Double, Double) {
    let quarter = (degrees / 90).rounded()
    let rest = (degrees - 90 * quarter) * .pi / 180
    switch quarter.truncatingRemainder(dividingBy: 4) {
    case 1, -3: return (cos(rest), -sin(rest))
    case 2, -2: return (-sin(rest), -cos(rest))
    case 3, -1: return (-cos(rest), sin(rest))
    default: return (sin(rest), cos(rest))
    }
  }
}

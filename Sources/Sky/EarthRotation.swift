import Glibc

/// The turning Earth: the time model of vector-network section 2, UT1 taken equal to UTC, no precession or nutation.
public enum EarthRotation {
  /// Angular speed in rad/s relative to the stars.
  public static let angularSpeed = 7.292115e-5

  /// Greenwich mean sidereal time in radians, 0 ..< 2π.
  ///
  /// The linear formula 280.46061837° + 360.98564736629° (JD - 2451545), evaluated from whole days and the fraction
  /// of the day, so that no digits are lost to a large Julian date; within 7e-5° of IAU 2006 from 1990 to 2050.
  public static func greenwichMeanSiderealTime(at time: GPSTime) -> Double {
    greenwichMeanSiderealTime(at: UniversalTime(time))
  }

  /// Greenwich mean sidereal time in radians, 0 ..< 2π.
  public static func greenwichMeanSiderealTime(at time: UniversalTime) -> Double {
    // The whole turns of whole days are left out; what remains of a day is 0.98564736629 degrees.
    let degrees =
      280.46061837 + 0.98564736629 * time.days + 360 * (time.fraction - time.fraction.rounded(.down))
    let turns = degrees / 360
    return 2 * Double.pi * (turns - turns.rounded(.down))
  }

  /// Turns an Earth-fixed vector into equatorial (inertial) axes.
  ///
  /// - Parameter vector: any unit; x towards longitude 0 on the equator, z towards the north pole.
  public static func inertial(_ vector: SIMD3<Double>, at time: GPSTime) -> SIMD3<Double> {
    rotate(vector, by: greenwichMeanSiderealTime(at: time))
  }

  /// Turns an Earth-fixed vector into equatorial (inertial) axes.
  public static func inertial(_ vector: SIMD3<Double>, at time: UniversalTime) -> SIMD3<Double> {
    rotate(vector, by: greenwichMeanSiderealTime(at: time))
  }

  /// Turns a vector in equatorial (inertial) axes into Earth-fixed axes.
  public static func earthFixed(_ vector: SIMD3<Double>, at time: GPSTime) -> SIMD3<Double> {
    rotate(vector, by: -greenwichMeanSiderealTime(at: time))
  }

  /// UTC days from 2000-01-01T12:00 (JD 2451545) as whole days and a fraction of at least 0 and below 1 (in a leap
  /// second just above).
  static func daysSinceJ2000(_ time: GPSTime) -> (days: Int64, fraction: Double) {
    let civil = time.civilTime
    // 1980-01-06T00:00 is JD 2444244.5.
    let nanosecond = civil.secondOfDay * nanosecondsPerSecond + civil.nanosecond
    let noon = 43_200 * nanosecondsPerSecond
    return nanosecond >= noon
      ? (civil.day - 7300, Double(nanosecond - noon) / 86_400e9)
      : (civil.day - 7301, Double(nanosecond + noon) / 86_400e9)
  }

  private static func rotate(_ vector: SIMD3<Double>, by angle: Double) -> SIMD3<Double> {
    let (cosine, sine) = (cos(angle), sin(angle))
    return SIMD3(cosine * vector.x - sine * vector.y, sine * vector.x + cosine * vector.y, vector.z)
  }
}

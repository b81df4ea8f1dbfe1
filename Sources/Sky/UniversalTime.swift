/// The time that tells how far the Earth has turned (UT1), in days since J2000: JD 2451545, 2000-01-01T12:00.
///
/// Whole days and a fraction, so that no digits are lost; UT1 is taken equal to UTC.
public struct UniversalTime: Hashable, Sendable {
  /// Whole days since J2000, rounded down.
  public var wholeDays: Double
  /// The rest of the day: at least 0 and below 1 (in a leap second just above).
  public var fraction: Double

  /// - Parameter julianDate: days; any finite number.
  public init(julianDate: Double) {
    let days = julianDate - 2_451_545
    wholeDays = days.rounded(.down)
    fraction = days - wholeDays
  }

  public init(_ time: GPSTime) {
    let (days, fraction) = EarthRotation.daysSinceJ2000(time)
    (wholeDays, self.fraction) = (Double(days), fraction)
  }

  /// Days since J2000.
  public var days: Double { wholeDays + fraction }
}

/// An instant as whole nanoseconds since the GPS epoch, 1980-01-06T00:00:00 UTC.
///
/// GPS time has no leap seconds, so differences are true durations. It is the only time on the wire and in archives.
public struct GPSTime: Hashable, Comparable, Sendable, Codable {
  /// Nanoseconds since the GPS epoch.
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  public static func < (lhs: GPSTime, rhs: GPSTime) -> Bool {
    lhs.nanoseconds < rhs.nanoseconds
  }

  /// The instant `nanoseconds` later.
  public func advanced(byNanoseconds nanoseconds: Int64) -> GPSTime {
    GPSTime(nanoseconds: self.nanoseconds + nanoseconds)
  }

  /// Seconds from `epoch` to this instant.
  public func seconds(since epoch: GPSTime) -> Double {
    Double(nanoseconds - epoch.nanoseconds) * 1e-9
  }
}

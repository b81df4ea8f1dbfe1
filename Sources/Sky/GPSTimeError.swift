/// Why a text or a number is no instant.
public enum GPSTimeError: Error, Hashable, CustomStringConvertible, Sendable {
  /// The text is not of the form 2026-01-31T12:34:56.789Z.
  case malformed(String)
  /// The text has a date or time of day that does not exist.
  case nonexistent(String, reason: String)
  /// The instant is outside what 64-bit nanoseconds and UTC's leap seconds cover.
  case outOfRange(String)

  public var description: String {
    switch self {
    case .malformed(let text):
      "'\(text)' is no UTC time: write it as 2026-01-31, 2026-01-31T12:34:56Z or 2026-01-31T12:34:56.123456789Z"
    case .nonexistent(let text, let reason):
      "'\(text)' is no instant of UTC: \(reason)"
    case .outOfRange(let text):
      "'\(text)' is out of range: UTC times run from 1972-01-01 to 2262-01-01, GPS seconds within ±9.2e9"
    }
  }
}

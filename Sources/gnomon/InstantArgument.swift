import Sky

/// An instant that an option names, in seconds from the epoch or as UTC, in nanoseconds from the epoch.
func instant(_ text: String, _ epoch: GPSTime, _ option: String) throws -> Int64 {
  if let seconds = Double(text) {
    guard abs(seconds) < 9e9 else { throw CommandError("\(option) \(text): it is absurdly far from the epoch") }
    return Int64((seconds * 1e9).rounded())
  }
  do {
    return try GPSTime(utc: text).nanoseconds - epoch.nanoseconds
  } catch {
    throw CommandError(
      "\(option) \(text): it is neither a number of seconds from the epoch nor UTC such as 2026-01-01T00:01:00Z")
  }
}

/// The clock that stamps a node's samples: when the samples really happen, and what the node says of it.
///
/// Sample n is taken at true time t_n + offset + drift (t_n - epoch) + error + jitter, t_n the nominal instant. The node
/// reports offset + drift (t_n - epoch) as its clock offset, and `uncertainty` as its standard deviation; error and
/// jitter are what it does not know.
public struct ClockModel: Hashable, Sendable, Codable {
  /// Seconds, reported.
  public var offset: Double
  /// Dimensionless (seconds per second), reported.
  public var drift: Double
  /// Seconds, constant, not reported.
  public var error: Double
  /// Standard deviation in seconds of independent timing noise of every sample, not reported.
  public var jitter: Double
  /// Standard deviation in seconds that the node claims.
  public var uncertainty: Double

  public init(
    offset: Double = 0, drift: Double = 0, error: Double = 0, jitter: Double = 0, uncertainty: Double = 0
  ) {
    self.offset = offset
    self.drift = drift
    self.error = error
    self.jitter = jitter
    self.uncertainty = uncertainty
  }
}

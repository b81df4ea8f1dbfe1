import Numerics

extension ClockModel {
  /// Seconds by which the node says its samples are late: offset + drift x seconds since the epoch.
  public func reportedOffset(secondsSinceEpoch: Double) -> Double {
    offset + drift * secondsSinceEpoch
  }

  /// Whether every sample is displaced by the same offset + error.
  public var isConstant: Bool { drift == 0 && jitter == 0 }

  /// Fills the true displacement of samples: offset + error + drift x n interval + jitter.
  ///
  /// - Parameters:
  ///   - output: receives seconds.
  ///   - firstSample: number of the first sample, counted from the epoch.
  ///   - interval: seconds between nominal samples.
  ///   - jitterKey: `jitterKey(seed:nodeIdentifier:)` of the node.
  public func fillDisplacements(
    _ output: UnsafeMutableBufferPointer<Double>, firstSample: Int64, interval: Double, jitterKey: UInt64
  ) {
    if jitter > 0 {
      NormalDeviates.fillWhite(output, firstSample: firstSample, key: jitterKey, scale: jitter)
    } else {
      output.update(repeating: 0)
    }
    for j in output.indices {
      output[j] += offset + error + drift * (Double(firstSample + Int64(j)) * interval)
    }
  }

  /// Key of the timing noise of a node's samples, one deviate a sample for all its channels.
  ///
  /// derive(seed; "NOIS", node id, 2 x 0x1F00) with the counters of white noise: channel 0x1F00 of the range that
  /// vector-network section 9.1 keeps for clocks.
  public static func jitterKey(seed: UInt64, nodeIdentifier: UInt64) -> UInt64 {
    Philox.derive(seed, tag: RandomTag.noise, a: Int64(bitPattern: nodeIdentifier), b: 2 * 0x1F00)
  }

  /// Checks the parameters.
  ///
  /// - Throws: `InstrumentError.badParameter`.
  public func validate() throws(InstrumentError) {
    try require(abs(offset) <= 3600, "the clock offset in seconds", offset, "within an hour")
    try require(abs(error) <= 3600, "the clock error in seconds", error, "within an hour")
    try require(abs(drift) <= 1e-3, "the clock drift", drift, "within 1e-3")
    try require(jitter >= 0 && jitter <= 3600, "the clock jitter in seconds", jitter, "from 0 to an hour")
    try require(uncertainty >= 0, "the clock uncertainty in seconds", uncertainty, "finite and not negative")
  }
}

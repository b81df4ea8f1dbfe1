import Sky

/// The complex envelope of a narrow-band field as the channels of one node see it, on an even grid of instants.
///
/// Channel c is Re[exp(-2πi carrier (t - epoch)) z_c(t)] with z_c(t) given at t = epoch + point x step (vector-network
/// section 9.5).
public protocol Envelope {
  var channelCount: Int { get }
  /// The middle of the band: z lies around zero frequency.
  var carrier: CarrierFrequency { get }
  /// Nanoseconds between points.
  var step: Int64 { get }

  /// Computes points `firstPoint` ..< `firstPoint + count`; the same point has the same bits in every range.
  ///
  /// Samples are made from whole chunks: `firstPoint` is a multiple of `envelopeChunk`, and `count` is that.
  ///
  /// - Parameters:
  ///   - real: receives the real parts, channel-major, channelCount x count.
  ///   - imaginary: receives the imaginary parts.
  func fill(
    firstPoint: Int64, count: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>)
}

/// Points of an envelope that are computed together.
public let envelopeChunk = 256

/// The longest step of the grid of an envelope that fills a band, 1/(16 B), in nanoseconds; the relative error of
/// interpolation is then 2.4e-9 (section 9.5).
///
/// - Parameter bandwidth: B in Hz, positive.
/// - Returns: at least 1 (bands wider than 62 MHz are not narrow).
public func envelopeStep(bandwidth: Double) -> Int64 {
  Int64(min(max(1e9 / (16 * bandwidth), 1), 0x1p60))
}

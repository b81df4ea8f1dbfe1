/// The complex amplitudes Z_k of the blocks of a stochastic process (vector-network section 9.4).
///
/// A block of length L is Re Σ_k Z_k exp(-2πi k s/L), 0 <= s < L. Blocks are independent; any one can be computed alone.
public protocol BlockAmplitudes {
  var channelCount: Int { get }
  /// k of the first amplitude; at least 1.
  var firstBin: Int { get }
  var binCount: Int { get }

  /// Computes the amplitudes of one block.
  ///
  /// - Parameters:
  ///   - block: number of the block, negative before the reference epoch.
  ///   - real: receives the real parts, channel-major, channelCount x binCount.
  ///   - imaginary: receives the imaginary parts.
  func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>)
}

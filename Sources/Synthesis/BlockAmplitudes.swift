/// The complex amplitudes Z_k of the blocks of a stochastic process (vector-network section 9.4).
///
/// A block of length L is Re Σ_k Z_k exp(-2πi k s/L), 0 <= s < L. Blocks are independent; any one can be computed alone.
public protocol BlockAmplitudes {
  var channelCount: Int { get }
  /// Sets of amplitudes of a block: one, or J + 1 for a geometry that changes during the block. The samples at s are then
  /// interpolated linearly between those of the sets j and j + 1, j = floor(J s/L).
  var knotCount: Int { get }
  /// k of the first amplitude; at least 1.
  var firstBin: Int { get }
  var binCount: Int { get }

  /// Computes the amplitudes of one block.
  ///
  /// - Parameters:
  ///   - block: number of the block, negative before the reference epoch.
  ///   - real: receives the real parts, order [knot][channel][bin].
  ///   - imaginary: receives the imaginary parts.
  func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>)
}

extension BlockAmplitudes {
  public var knotCount: Int { 1 }
}

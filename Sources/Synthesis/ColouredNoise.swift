import Numerics

/// One channel of stationary noise with a given power in every bin, in independent blocks (vector-network section 9.5).
public struct ColouredNoise: BlockAmplitudes, Sendable {
  public let channelCount = 1
  public let firstBin: Int
  public var binCount: Int { scale.count }

  private let key: UInt64
  private let component: UInt32
  private let scale: [Double]

  /// - Parameters:
  ///   - noiseKey: of the channel (section 9.1).
  ///   - component: number of the component; below 64.
  ///   - firstBin: k of the first bin, at least 1; it counts as zero in the random numbers.
  ///   - powers: the power N(f_k)/L in each bin, unit².
  ///   - weight: factor on all amplitudes.
  public init(noiseKey: UInt64, component: UInt32, firstBin: Int, powers: [Double], weight: Double = 1) {
    precondition(firstBin >= 1, "bin 0 is no oscillation")
    key = noiseKey
    self.component = component
    self.firstBin = firstBin
    scale = powers.map { weight * (2 * $0).squareRoot() }
  }

  public func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    NormalDeviates.fillComplex(
      real: UnsafeMutableBufferPointer(start: real, count: binCount),
      imaginary: UnsafeMutableBufferPointer(start: imaginary, count: binCount),
      counter: SIMD4(0, 0, 0, RandomTag.cell), varying: .first,
      key: Philox.derive(key, tag: RandomTag.block, a: block, b: component))
    scale.withUnsafeBufferPointer { scale in
      for k in 0..<scale.count { real[k] *= scale[k] }
      for k in 0..<scale.count { imaginary[k] *= scale[k] }
    }
  }
}

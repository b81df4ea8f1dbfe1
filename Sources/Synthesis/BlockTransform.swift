import Numerics

/// Turns the amplitudes of a block into its samples on a grid of `length` points, in storage that it owns.
///
/// Points of complex baseband are pairs of doubles.
final class BlockTransform<Amplitudes: BlockAmplitudes> {
  let amplitudes: Amplitudes
  let length: Int

  /// Doubles of one point: 1, or 2 for complex baseband.
  let pointSize: Int

  private enum Transform {
    case real(RealFourierTransform)
    case complex(ComplexFourierTransform, carrierBin: Int)
  }

  private let transform: Transform
  private let real: AlignedBuffer
  private let imaginary: AlignedBuffer
  private let spectrum: AlignedBuffer

  /// - Parameters:
  ///   - length: points of a block; even.
  ///   - carrierBin: k_c of the centre frequency for complex baseband, nil for real samples.
  init(_ amplitudes: Amplitudes, length: Int, carrierBin: Int?) {
    precondition(length > 0 && length % 2 == 0, "blocks overlap by half")
    let farthest = farthestBin(of: amplitudes, from: carrierBin)
    precondition(amplitudes.binCount == 0 || 2 * farthest < length, "amplitudes within half the rate")
    self.amplitudes = amplitudes
    self.length = length
    if let carrierBin {
      pointSize = 2
      transform = .complex(.shared(length: length), carrierBin: carrierBin)
    } else {
      pointSize = 1
      transform = .real(.shared(length: length))
    }
    real = AlignedBuffer(count: amplitudes.channelCount * amplitudes.binCount)
    imaginary = AlignedBuffer(count: amplitudes.channelCount * amplitudes.binCount)
    spectrum = AlignedBuffer(count: pointSize * length + 2)
  }

  /// Writes twice the block: 2 Re Σ_k Z_k exp(-2πi k m/length), m = 0 ..< length, or for complex baseband
  /// 2 (-1)^(k_c b) Σ_k Z_k exp(-2πi (k - k_c) m/length) (vector-network sections 9.4, 9.5).
  ///
  /// - Parameter output: channel-major, channelCount x length points.
  func twice(block: Int64, into output: UnsafeMutablePointer<Double>) {
    amplitudes.fill(block: block, real: real.pointer, imaginary: imaginary.pointer)
    for channel in 0..<amplitudes.channelCount {
      let (re, im) = (real.pointer + channel * amplitudes.binCount, imaginary.pointer + channel * amplitudes.binCount)
      spectrum.pointer.update(repeating: 0, count: spectrum.count)
      switch transform {
      case .real(let transform):
        let target = spectrum.pointer + 2 * amplitudes.firstBin
        // The library's inverse has the opposite sign in the exponent.
        for k in 0..<amplitudes.binCount {
          target[2 * k] = re[k]
          target[2 * k + 1] = -im[k]
        }
        transform.inverse(spectrum.pointer, output + channel * length)
      case .complex(let transform, let carrierBin):
        // At the start of block b, half a block after that of b - 1, the carrier has gone through k_c b half turns.
        let scale: Double = carrierBin & 1 == 1 && block & 1 == 1 ? -2 : 2
        for k in 0..<amplitudes.binCount {
          let distance = amplitudes.firstBin + k - carrierBin
          let target = spectrum.pointer + 2 * (distance < 0 ? distance + length : distance)
          target[0] = scale * re[k]
          target[1] = scale * im[k]
        }
        transform.forward(spectrum.pointer, output + 2 * channel * length)
      }
    }
  }
}

/// The largest |k| of the amplitudes, or |k - k_c| from a carrier.
func farthestBin(of amplitudes: some BlockAmplitudes, from carrierBin: Int?) -> Int {
  let last = amplitudes.firstBin + amplitudes.binCount - 1
  guard let carrierBin else { return last }
  return max(abs(amplitudes.firstBin - carrierBin), abs(last - carrierBin))
}

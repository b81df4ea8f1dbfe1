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
  private let margin: (before: Int, after: Int)
  /// Points of a channel with its margins.
  private var stride: Int { margin.before + length + margin.after }
  private let real: AlignedBuffer
  private let imaginary: AlignedBuffer
  private let spectrum: AlignedBuffer
  /// The samples of one knot, where there are several.
  private let knotSamples: AlignedBuffer

  /// - Parameters:
  ///   - length: points of a block; even.
  ///   - carrierBin: k_c of the centre frequency for complex baseband, nil for real samples.
  ///   - margin: points to be written also before the block and after its end. Blocks are periodic.
  init(_ amplitudes: Amplitudes, length: Int, carrierBin: Int?, margin: (before: Int, after: Int) = (0, 0)) {
    precondition(length > 0 && length % 2 == 0, "blocks overlap by half")
    let farthest = farthestBin(of: amplitudes, from: carrierBin)
    precondition(amplitudes.binCount == 0 || 2 * farthest < length, "amplitudes within half the rate")
    self.amplitudes = amplitudes
    self.length = length
    self.margin = margin
    if let carrierBin {
      pointSize = 2
      transform = .complex(.shared(length: length), carrierBin: carrierBin)
    } else {
      pointSize = 1
      transform = .real(.shared(length: length))
    }
    let size = amplitudes.knotCount * amplitudes.channelCount * amplitudes.binCount
    real = AlignedBuffer(count: size)
    imaginary = AlignedBuffer(count: size)
    spectrum = AlignedBuffer(count: pointSize * length + 2)
    knotSamples = AlignedBuffer(count: amplitudes.knotCount > 1 ? pointSize * length : 0)
  }

  /// Writes twice the block: 2 Re Σ_k Z_k exp(-2πi k m/length), m = 0 ..< length, or for complex baseband
  /// 2 (-1)^(k_c b) Σ_k Z_k exp(-2πi (k - k_c) m/length) (vector-network sections 9.4, 9.5).
  ///
  /// Samples of amplitudes with several knots are interpolated between those of the knots.
  ///
  /// - Parameter output: channel-major, channelCount x length points, each channel with its margins.
  func twice(block: Int64, into output: UnsafeMutablePointer<Double>) {
    amplitudes.fill(block: block, real: real.pointer, imaginary: imaginary.pointer)
    for channel in 0..<amplitudes.channelCount {
      let target = output + channel * pointSize * stride
      if amplitudes.knotCount == 1 {
        transform(set: channel, block: block, into: target + pointSize * margin.before)
        let wrap = pointSize * length
        for index in 0..<pointSize * margin.before { target[index] = target[index + wrap] }
        for index in pointSize * (margin.before + length)..<pointSize * stride { target[index] = target[index - wrap] }
      } else {
        target.update(repeating: 0, count: pointSize * stride)
        for knot in 0..<amplitudes.knotCount {
          transform(set: knot * amplitudes.channelCount + channel, block: block, into: knotSamples.pointer)
          addSamples(ofKnot: knot, to: target)
        }
      }
    }
  }

  /// Twice the samples of one knot and channel.
  private func transform(set: Int, block: Int64, into output: UnsafeMutablePointer<Double>) {
    let (re, im) = (real.pointer + set * amplitudes.binCount, imaginary.pointer + set * amplitudes.binCount)
    spectrum.pointer.update(repeating: 0, count: spectrum.count)
    switch transform {
    case .real(let transform):
      let target = spectrum.pointer + 2 * amplitudes.firstBin
      // The library's inverse has the opposite sign in the exponent.
      for k in 0..<amplitudes.binCount {
        target[2 * k] = re[k]
        target[2 * k + 1] = -im[k]
      }
      transform.inverse(spectrum.pointer, output)
    case .complex(let transform, let carrierBin):
      // At the start of block b, half a block after that of b - 1, the carrier has gone through k_c b half turns.
      let scale: Double = carrierBin & 1 == 1 && block & 1 == 1 ? -2 : 2
      for k in 0..<amplitudes.binCount {
        let distance = amplitudes.firstBin + k - carrierBin
        let target = spectrum.pointer + 2 * (distance < 0 ? distance + length : distance)
        target[0] = scale * re[k]
        target[1] = scale * im[k]
      }
      transform.forward(spectrum.pointer, output)
    }
  }

  /// Adds the share of a knot.
  private func addSamples(ofKnot knot: Int, to target: UnsafeMutablePointer<Double>) {
    for part in GeometryKnots.hat(knot, count: amplitudes.knotCount, length: length, margin: margin) {
      for point in part.range {
        let weight = part.weight(point)
        let wrapped = point < 0 ? point + length : point < length ? point : point - length
        let (source, place) = (pointSize * wrapped, pointSize * (margin.before + point))
        for index in 0..<pointSize { target[place + index] += weight * knotSamples.pointer[source + index] }
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

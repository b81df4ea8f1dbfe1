import Numerics

/// Turns the amplitudes of a block into its samples on a grid of `length` points, in storage that it owns.
final class BlockTransform<Amplitudes: BlockAmplitudes> {
  let amplitudes: Amplitudes
  let length: Int

  private let transform: RealFourierTransform
  private let real: AlignedBuffer
  private let imaginary: AlignedBuffer
  private let spectrum: AlignedBuffer

  init(_ amplitudes: Amplitudes, length: Int) {
    precondition(length > 0 && length % 2 == 0, "blocks overlap by half")
    precondition(2 * (amplitudes.firstBin + amplitudes.binCount) <= length + 1, "amplitudes below half the rate")
    self.amplitudes = amplitudes
    self.length = length
    transform = RealFourierTransform.shared(length: length)
    real = AlignedBuffer(count: amplitudes.channelCount * amplitudes.binCount)
    imaginary = AlignedBuffer(count: amplitudes.channelCount * amplitudes.binCount)
    spectrum = AlignedBuffer(count: length + 2)
  }

  /// Writes 2 Re Σ_k Z_k exp(-2πi k m/length), m = 0 ..< length: twice the block.
  ///
  /// - Parameter output: channel-major, channelCount x length.
  func twice(block: Int64, into output: UnsafeMutablePointer<Double>) {
    amplitudes.fill(block: block, real: real.pointer, imaginary: imaginary.pointer)
    for channel in 0..<amplitudes.channelCount {
      spectrum.pointer.update(repeating: 0, count: length + 2)
      let target = spectrum.pointer + 2 * amplitudes.firstBin
      let (re, im) = (real.pointer + channel * amplitudes.binCount, imaginary.pointer + channel * amplitudes.binCount)
      // The library's inverse has the opposite sign in the exponent.
      for k in 0..<amplitudes.binCount {
        target[2 * k] = re[k]
        target[2 * k + 1] = -im[k]
      }
      transform.inverse(spectrum.pointer, output + channel * length)
    }
  }
}

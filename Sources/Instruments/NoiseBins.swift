import Sky

/// The bins of the blocks in which a node makes its own noise; those below 2/L, L the block's length in seconds, are empty.
///
/// No other node shares this noise, so the bins of complex baseband are counted from the centre frequency, whatever cycles
/// that has in a block.
struct NoiseBins {
  /// Samples of a block.
  let blockLength: Int
  let firstBin: Int
  /// The bin of the centre frequency of complex baseband; nil for real samples.
  let carrierBin: Int?
  /// Hz between bins.
  let resolution: Double

  private let count: Int
  private let centre: Double

  /// - Parameters:
  ///   - blockLength: samples of a block; even.
  ///   - baseband: centre frequency in Hz of complex samples, nil for real ones.
  init(blockLength: Int, sampleRate: SampleRate, baseband: Double?) {
    self.blockLength = blockLength
    resolution = sampleRate.hertz / Double(blockLength)
    if let baseband {
      (firstBin, count) = (1, blockLength - 1)
      carrierBin = blockLength / 2
      centre = baseband
    } else {
      (firstBin, count) = (2, blockLength / 2 - 2)
      carrierBin = nil
      centre = 0
    }
  }

  /// The power of every bin.
  ///
  /// - Parameter power: of the bin about a frequency in Hz.
  func powers(_ power: (_ frequency: Double) -> Double) -> [Double] {
    (firstBin..<firstBin + count).map { bin in
      let frequency = centre + Double(bin - (carrierBin ?? 0)) * resolution
      return frequency >= 2 * resolution ? power(frequency) : 0
    }
  }
}

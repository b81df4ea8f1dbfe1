import Glibc
import Numerics
import Sky
import Synthesis

extension NoiseModel.Line {
  /// The one-sided density at a frequency in Hz, in unit²/Hz; its integral over f > 0 is rms².
  public func density(at frequency: Double) -> Double {
    let half = width / 2
    let distance = (frequency - self.frequency) / half
    return rms * rms / (.pi * half * (1 + distance * distance)) / positiveShare
  }

  /// The power between two frequencies in Hz, unit².
  public func power(from low: Double, to high: Double) -> Double {
    let half = width / 2
    return rms * rms / .pi * (atan((high - frequency) / half) - atan((low - frequency) / half)) / positiveShare
  }

  /// The share of the Lorentzian above zero frequency.
  private var positiveShare: Double { 0.5 + atan(2 * frequency / width) / .pi }
}

extension NoiseModel {
  /// The one-sided density N(f) in readout units², /Hz: white² (1 + knee/f) + randomWalk²/f² + lines (section 3).
  ///
  /// - Parameter frequency: Hz, positive.
  public func density(at frequency: Double) -> Double {
    white * white + broadbandDensity(at: frequency) + lines.reduce(0) { $0 + $1.density(at: frequency) }
  }

  /// What rises towards low frequencies.
  private func broadbandDensity(at frequency: Double) -> Double {
    white * white * (knee > 0 ? knee / frequency : 0)
      + (randomWalk > 0 ? randomWalk * randomWalk / (frequency * frequency) : 0)
  }

  /// Standard deviation of the white part of one sample: σ² = N_w r/2, or N_w r for each part of a complex one
  /// (vector-network section 9.5).
  public func whiteDeviation(sampleRate: SampleRate, kind: SampleKind = .real) -> Double {
    white * (kind == .real ? sampleRate.hertz / 2 : sampleRate.hertz).squareRoot()
  }

  /// Whether there is more than white noise.
  public var isColoured: Bool { knee > 0 || randomWalk > 0 || lines.contains { $0.rms > 0 } }

  /// Samples in a block of the coloured part: a power of two, at least 4096 samples, 64 s and 20/(narrowest line width)
  /// long, but never more than 2^18 samples.
  ///
  /// Knee and random walk are exact to 0.3 % above 20/L and cut below 2/L (0.03 Hz at 64 s), L the block's length in
  /// seconds. A line narrower than 20/L keeps its power but is broadened to about 2/L.
  public func colouredBlockLength(sampleRate: SampleRate) -> Int {
    let narrowest = lines.filter { $0.rms > 0 }.map(\.width).min() ?? .infinity
    let wanted = max(4096, max(64, 20 / narrowest) * sampleRate.hertz)
    var length = 4096
    while Double(length) < wanted, length < 1 << 18 { length *= 2 }
    return length
  }

  /// The coloured part of one channel, nil when there is none.
  ///
  /// - Parameters:
  ///   - baseband: centre frequency in Hz of a complex channel, nil for a real one.
  ///   - noiseKey: derive(seed; "NOIS", node id, 2 x channel).
  ///   - weight: factor on all samples.
  func colouredBlocks(
    sampleRate: SampleRate, baseband: Double?, noiseKey: UInt64, weight: Double
  ) -> OverlappedBlocks<ColouredNoise>? {
    guard isColoured else { return nil }
    let bins = NoiseBins(
      blockLength: colouredBlockLength(sampleRate: sampleRate), sampleRate: sampleRate, baseband: baseband)
    let powers = bins.powers { frequency in
      // Lines are integrated over the bin: their power is right also where the bin is wider.
      lines.reduce(broadbandDensity(at: frequency) * bins.resolution) {
        $0 + $1.power(from: frequency - bins.resolution / 2, to: frequency + bins.resolution / 2)
      }
    }
    return OverlappedBlocks(
      ColouredNoise(noiseKey: noiseKey, component: 0, firstBin: bins.firstBin, powers: powers, weight: weight),
      blockLength: bins.blockLength, carrierBin: bins.carrierBin)
  }

  /// Checks the parameters.
  ///
  /// - Throws: `InstrumentError.badParameter`.
  public func validate() throws(InstrumentError) {
    try require(white >= 0, "the white noise", white, "finite and not negative")
    try require(knee >= 0, "the knee in Hz", knee, "finite and not negative")
    try require(randomWalk >= 0, "the random walk", randomWalk, "finite and not negative")
    for line in lines {
      try require(line.frequency > 0, "the frequency of a noise line in Hz", line.frequency, "finite and positive")
      try require(line.width > 0, "the width of a noise line in Hz", line.width, "finite and positive")
      try require(line.rms >= 0, "the rms of a noise line", line.rms, "finite and not negative")
    }
  }
}

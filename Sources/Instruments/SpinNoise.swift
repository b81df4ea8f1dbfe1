import Numerics
import Sky
import Synthesis

/// The projection noise of one or two spin ensembles in the channels that read them (vector-network sections 3 and 9.5).
///
/// Each ensemble is one source; the channels see it with a fixed complex factor, since what turns along x has turned along y
/// a quarter of a period later.
struct SpinNoise: BlockAmplitudes {
  let channelCount: Int
  let firstBin: Int
  let binCount: Int

  private let sources: [ColouredNoise]
  /// Of (channel, source), in this order.
  private let factors: [ComplexNumber]

  /// - Parameter factors: for each channel one for every source.
  init(_ sources: [ColouredNoise], factors: [[ComplexNumber]]) {
    precondition(!sources.isEmpty && factors.allSatisfy { $0.count == sources.count })
    self.sources = sources
    self.factors = factors.flatMap { $0 }
    channelCount = factors.count
    firstBin = sources[0].firstBin
    binCount = sources[0].binCount
  }

  func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    real.update(repeating: 0, count: channelCount * binCount)
    imaginary.update(repeating: 0, count: channelCount * binCount)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * binCount) { scratch in
      scratch.initialize(repeating: 0)
      guard let sourceReal = scratch.baseAddress, binCount > 0 else { return }
      let sourceImaginary = sourceReal + binCount
      for (number, source) in sources.enumerated() {
        source.fill(block: block, real: sourceReal, imaginary: sourceImaginary)
        for channel in 0..<channelCount {
          let factor = factors[channel * sources.count + number]
          guard factor != .zero else { continue }
          let (outputReal, outputImaginary) = (real + channel * binCount, imaginary + channel * binCount)
          for k in 0..<binCount {
            outputReal[k] += factor.real * sourceReal[k] - factor.imaginary * sourceImaginary[k]
            outputImaginary[k] += factor.real * sourceImaginary[k] + factor.imaginary * sourceReal[k]
          }
        }
      }
    }
  }
}

extension SpinPrecession {
  /// Samples of the longest block that projection noise is made in.
  private static let longestNoiseBlock = 1 << 22

  /// Seconds of the longest T2 whose projection noise can be made: blocks of 100 T2 hold at most 2^22 samples.
  public static func longestRelaxationTime(sampleRate: SampleRate) -> Double {
    Double(longestNoiseBlock) / 100 / sampleRate.hertz
  }

  /// Samples in a block of the projection noise: a power of two, at least 4096 samples and 100 T2 (section 9.5).
  ///
  /// - Throws: `InstrumentError.badParameter` when T2 is too long for the rate.
  fileprivate func noiseBlockLength(sampleRate: SampleRate) throws(InstrumentError) -> Int {
    let longest = SpinPrecession.longestRelaxationTime(sampleRate: sampleRate)
    try require(
      resonance.relaxationTime <= longest, "the relaxation time T2 in seconds", resonance.relaxationTime,
      "at most \(longest) for projection noise at this sample rate")
    var length = 4096
    while Double(length) < 100 * resonance.relaxationTime * sampleRate.hertz, length < SpinPrecession.longestNoiseBlock
    {
      length *= 2
    }
    return length
  }
}

extension VectorSensor {
  /// The projection noise of all channels, nil when there is none.
  ///
  /// - Parameters:
  ///   - baseband: centre frequency in Hz of complex channels, nil for real ones.
  ///   - noiseKeys: of channel 0, for the one ensemble or A, and of channel 1, for B (section 9.1).
  /// - Throws: `InstrumentError.badParameter` when T2 is too long for the rate.
  func projectionNoiseBlocks(
    _ readout: SpinReadout, sampleRate: SampleRate, baseband: Double?, noiseKeys: [UInt64]
  ) throws(InstrumentError) -> OverlappedBlocks<SpinNoise>? {
    guard let spins, spins.projectionNoise > 0 else { return nil }
    let bins = NoiseBins(
      blockLength: try spins.noiseBlockLength(sampleRate: sampleRate), sampleRate: sampleRate, baseband: baseband)
    let powers = bins.powers { projectionNoiseDensity(at: $0) * bins.resolution }
    let sources = noiseKeys.prefix(spins.readout.ensembleCount).map {
      ColouredNoise(noiseKey: $0, component: 1, firstBin: bins.firstBin, powers: powers)
    }
    return OverlappedBlocks(
      SpinNoise(sources, factors: axes.indices.map(readout.projectionNoiseFactors)),
      blockLength: bins.blockLength, carrierBin: bins.carrierBin)
  }
}

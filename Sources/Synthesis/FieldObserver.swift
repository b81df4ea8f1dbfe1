import DarkMatter
import Numerics
import Sky

/// One node as the synthesis of a field sees it: where it is, how it samples, and how its channels follow the field.
public struct FieldObserver: Sendable {
  /// How the channels follow a vector field Re[O exp(-2πi f t)]: channel c reads Σ_b response(c, b, f) (basis_b . O).
  public struct Readout: Sendable {
    /// Earth-fixed unit vectors.
    public var basis: [SIMD3<Double>]
    public var channelCount: Int
    /// The complex factor of channel, basis vector, and frequency in Hz.
    public var response: @Sendable (_ channel: Int, _ basis: Int, _ frequency: Double) -> ComplexNumber

    public init(
      basis: [SIMD3<Double>], channelCount: Int,
      response: @escaping @Sendable (_ channel: Int, _ basis: Int, _ frequency: Double) -> ComplexNumber
    ) {
      self.basis = basis
      self.channelCount = channelCount
      self.response = response
    }
  }

  public var seed: UInt64
  /// Time of sample 0 and reference time of the fields.
  public var epoch: GPSTime
  /// Length of the synthesis blocks that all nodes share, in nanoseconds.
  public var blockNanoseconds: Int64
  /// Length of the run in nanoseconds, shared: it decides how finely a line is made. Samples outside may be asked for.
  public var duration: Int64
  /// The shared, ordered list of distinct sites, and which of them this is.
  public var sites: [Site]
  public var siteIndex: Int
  public var sampleRate: SampleRate
  /// Centre frequency f_c in Hz of channels that record complex baseband z, with the signal Re[z exp(-2πi f_c (t - epoch))];
  /// nil for real channels.
  public var baseband: Double?
  /// Seconds by which every sample is later than its nominal instant; 0 when sampling wanders.
  public var offset: Double
  /// Whether `add` is given displacements.
  public var wanders: Bool
  public var readout: Readout

  public init(
    seed: UInt64, epoch: GPSTime, blockNanoseconds: Int64, duration: Int64, sites: [Site], siteIndex: Int,
    sampleRate: SampleRate, baseband: Double? = nil, offset: Double = 0, wanders: Bool = false, readout: Readout
  ) {
    precondition(sites.indices.contains(siteIndex), "a site of the list")
    self.seed = seed
    self.epoch = epoch
    self.blockNanoseconds = blockNanoseconds
    self.duration = duration
    self.sites = sites
    self.siteIndex = siteIndex
    self.sampleRate = sampleRate
    self.baseband = baseband
    self.offset = offset
    self.wanders = wanders
    self.readout = readout
  }

  /// Samples of a synthesis block.
  ///
  /// - Throws: `SynthesisError.blockDoesNotFit` unless they are an even whole number.
  @discardableResult
  public func blockLength() throws(SynthesisError) -> Int {
    guard blockNanoseconds > 0, let samples = sampleRate.samples(inNanoseconds: blockNanoseconds), samples > 0,
      samples % 2 == 0, samples <= Int64(Int32.max)
    else { throw .blockDoesNotFit(sampleRate, nanoseconds: blockNanoseconds) }
    return Int(samples)
  }

  /// Cycles k_c of the centre frequency in a synthesis block, nil for real channels (vector-network section 9.5).
  ///
  /// - Throws: `SynthesisError.basebandDoesNotFit` unless they are a positive whole number.
  public func carrierBin() throws(SynthesisError) -> Int? {
    guard let baseband else { return nil }
    guard let cycles = wholeCycles(of: baseband, inNanoseconds: blockNanoseconds), cycles > 0, cycles < 1 << 32
    else { throw .basebandDoesNotFit(baseband, nanoseconds: blockNanoseconds) }
    return Int(cycles)
  }

  /// The multiples k of 1/block that the channels record: f_k < r/2 for real channels, |f_k - f_c| < r/2 for complex ones.
  ///
  /// - Throws: `SynthesisError.blockDoesNotFit` or `basebandDoesNotFit`.
  public func recordedBins() throws(SynthesisError) -> Range<Int> {
    let half = try blockLength() / 2
    guard let carrier = try carrierBin() else { return 1..<half }
    return max(1, carrier - half + 1)..<max(1, carrier + half)
  }
}

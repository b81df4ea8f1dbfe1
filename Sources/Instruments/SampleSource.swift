/// What one sample of a channel is.
public enum SampleKind: String, Hashable, Sendable, Codable {
  /// A real number.
  case real
  /// Complex baseband z about a centre frequency f_c: the signal is Re[z exp(-2πi f_c (t - epoch))]
  /// (vector-network section 9.5). Real and imaginary part follow each other.
  case complex

  /// Doubles of one sample.
  public var size: Int { self == .real ? 1 : 2 }

  /// - Parameter baseband: the centre frequency of complex channels, nil for real ones.
  public init(baseband: Double?) {
    self = baseband == nil ? .real : .complex
  }
}

/// Where a node's samples come from: any instrument.
///
/// A source is a function of the sample number: any range can be rendered, in any order, with the same bits.
public protocol SampleSource: AnyObject {
  var channelCount: Int { get }

  /// The numbers of the plan's signals that have frequencies which the instrument records.
  var recordedSignals: [Int] { get }

  /// What the samples of every channel are.
  var sampleKind: SampleKind { get }

  /// Renders samples.
  ///
  /// - Parameters:
  ///   - firstSample: number of the first sample, counted from the epoch; may be negative.
  ///   - count: samples of each channel.
  ///   - output: receives them channel-major, channelCount x count x `sampleKind.size` doubles, in the channel's unit; NaN in
  ///     gaps, in both parts of complex samples.
  func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) throws

  /// Why the first missing sample of a range is missing; nil when none is.
  func gapReason(firstSample: Int64, count: Int) -> DataGaps.Reason?

  /// Whether every sample of a range is missing.
  func isEntirelyMissing(firstSample: Int64, count: Int) -> Bool
}

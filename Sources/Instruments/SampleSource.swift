/// Where a node's samples come from: any instrument.
///
/// A source is a function of the sample number: any range can be rendered, in any order, with the same bits.
public protocol SampleSource: AnyObject {
  var channelCount: Int { get }

  /// Renders samples.
  ///
  /// - Parameters:
  ///   - firstSample: number of the first sample, counted from the epoch; may be negative.
  ///   - count: samples of each channel.
  ///   - output: receives them channel-major, channelCount x count, in the channel's unit; NaN in gaps.
  func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) throws

  /// Why the first missing sample of a range is missing; nil when none is.
  func gapReason(firstSample: Int64, count: Int) -> DataGaps.Reason?

  /// Whether every sample of a range is missing.
  func isEntirelyMissing(firstSample: Int64, count: Int) -> Bool
}

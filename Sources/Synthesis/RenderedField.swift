/// A field as the channels of one node record it, rendered sample by sample.
///
/// A pure function of the sample number: any range can be rendered, in any order, with the same bits. Not for use by
/// several threads at a time.
public protocol RenderedField: AnyObject {
  var channelCount: Int { get }

  /// Adds samples `firstSample` ..< `firstSample + count` to the output.
  ///
  /// - Parameters:
  ///   - displacements: seconds by which the true instant of each sample is later than the nominal one, for sampling
  ///     that wanders; nil for sampling that is off by the constant of `FieldObserver.offset`.
  ///   - output: sample j of channel c at `output[c x channelStride + j]`; for a complex channel real and imaginary part
  ///     at `output[c x channelStride + 2 j]` and the next.
  ///   - channelStride: doubles from one channel to the next.
  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int)
}

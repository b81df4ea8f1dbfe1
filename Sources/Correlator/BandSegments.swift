import Sky

extension BandPlan {
  /// Samples of one segment at a sample rate, or nil when that is no whole number.
  public func samplesPerSegment(at rate: SampleRate) -> Int? {
    rate.samples(inNanoseconds: segment).map(Int.init)
  }

  /// Samples from the start of one segment to the start of the next at a sample rate, or nil when that is no whole number.
  public func samplesPerHop(at rate: SampleRate) -> Int? {
    rate.samples(inNanoseconds: hop).map(Int.init)
  }

  /// Segments, counted from segment 0 at the epoch, that end within the first `samples` samples of a stream.
  ///
  /// - Returns: the count, or nil when the sample rate does not fit the plan.
  public func segments(inSamples samples: Int64, at rate: SampleRate) -> Int64? {
    guard let length = samplesPerSegment(at: rate), let step = samplesPerHop(at: rate), step > 0 else { return nil }
    return samples < Int64(length) ? 0 : (samples - Int64(length)) / Int64(step) + 1
  }

  /// Number of the first sample of a segment, or nil when the sample rate does not fit the plan.
  public func firstSample(ofSegment segment: Int64, at rate: SampleRate) -> Int64? {
    samplesPerHop(at: rate).map { segment * Int64($0) }
  }

  /// Number of the integration to which a segment belongs.
  public func integration(ofSegment segment: Int64) -> Int64 {
    let size = Int64(segmentsPerIntegration)
    let (quotient, remainder) = segment.quotientAndRemainder(dividingBy: size)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

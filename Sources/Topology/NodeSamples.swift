import Instruments

extension Node {
  /// Makes the node's samples.
  ///
  /// - Parameter plan: what the nodes share.
  /// - Throws: `InstrumentError`.
  public func sampleSource(plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    try instrument.model.samples(at: station(gaps: gaps), plan: plan)
  }

  /// Makes the samples without noise and gaps: what the instrument reads of the plan's signals alone.
  ///
  /// - Parameter plan: what the nodes share.
  /// - Throws: `InstrumentError`.
  public func signalSource(plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    try instrument.model.noiseless.samples(at: station(gaps: DataGaps()), plan: plan)
  }

  private func station(gaps: DataGaps) -> SamplingStation {
    SamplingStation(
      nodeName: name, site: site, sampleRate: sampleRate, baseband: baseband, clock: clock, gaps: gaps)
  }
}

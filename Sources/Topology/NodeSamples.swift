import Instruments

extension Node {
  /// Makes the instrument of the node's kind.
  ///
  /// - Parameter plan: what the nodes share.
  /// - Throws: `InstrumentError`.
  public func sampleSource(plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    switch instrument {
    case .vectorSensor(let sensor):
      try VectorSensorSource(
        sensor: sensor, nodeName: name, site: site, sampleRate: sampleRate, baseband: baseband, clock: clock,
        gaps: gaps, plan: plan)
    case .clock(let ratio):
      try ClockRatioSource(
        ratio: ratio, nodeName: name, sampleRate: sampleRate, clock: clock, gaps: gaps, plan: plan)
    }
  }

  /// Makes the instrument without noise and gaps: what it reads of the plan's signals alone.
  ///
  /// - Parameter plan: what the nodes share.
  /// - Throws: `InstrumentError`.
  public func signalSource(plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    var node = self
    node.gaps = DataGaps()
    switch instrument {
    case .vectorSensor(let sensor): node.instrument = .vectorSensor(sensor.noiseless)
    case .clock(var ratio):
      // The servo filters signals, too.
      ratio.noise = ClockNoise(servoTime: ratio.noise.servoTime)
      node.instrument = .clock(ratio)
    }
    return try node.sampleSource(plan: plan)
  }
}

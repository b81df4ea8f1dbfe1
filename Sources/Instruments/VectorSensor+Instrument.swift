import Sky

extension VectorSensor: MeasuringInstrument {
  public static let archiveName = "vectorSensor"
  public static let measurand = Measurand.vectorField

  public var channels: [InstrumentChannel] { axes.map { InstrumentChannel(name: $0.name, direction: $0.direction) } }

  public var record: InstrumentRecord { InstrumentRecord(response: response, noise: noise, spins: spins) }

  /// Seconds until the readout has forgotten a step of the field to 1e-6: 14 times the sum of the time constants of its
  /// response, 1/(2π corner) and T2 (vector-network section 3).
  public var settlingTime: Double {
    var constants = spins?.resonance.relaxationTime ?? 0
    if case .lowPass(_, let corner) = response { constants += 1 / (2 * Double.pi * corner) }
    return 14 * constants
  }

  /// The same sensor without any noise of its own: its channels read the field alone.
  public var noiseless: VectorSensor {
    var sensor = self
    sensor.noise = NoiseModel(white: 0)
    sensor.spins?.projectionNoise = 0
    return sensor
  }

  public func selecting(_ names: [String]) -> VectorSensor? {
    guard axes.count != 1 || names.count != 1 else { return self }
    var sensor = self
    sensor.axes = names.compactMap { name in axes.first { $0.name == name } }
    return sensor.axes.count == names.count ? sensor : nil
  }

  public func readout() throws(InstrumentError) -> SensorReadout? { try SensorReadout(self) }

  public func samples(at station: SamplingStation, plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    try VectorSensorSource(
      sensor: self, nodeName: station.nodeName, site: station.site, sampleRate: station.sampleRate,
      baseband: station.baseband, clock: station.clock, gaps: station.gaps, plan: plan)
  }
}

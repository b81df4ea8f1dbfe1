extension VectorSensor {
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
}

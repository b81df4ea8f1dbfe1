import Numerics

extension VectorSensor {
  /// The one-sided noise density N(f) of a channel in readout units²/Hz: readout and projection noise of one sensor, twice
  /// that for the components of a pair (vector-network section 3).
  ///
  /// - Parameter frequency: Hz, positive.
  public func noiseDensity(at frequency: Double) -> Double {
    let ensembles = spins?.readout == .pairComponents ? 2.0 : 1
    return ensembles * (noise.density(at: frequency) + projectionNoiseDensity(at: frequency))
  }

  /// What the spins of one ensemble add, through the readout; its level is that of a readout with the gain's own height.
  func projectionNoiseDensity(at frequency: Double) -> Double {
    guard let spins else { return 0 }
    let relative = response.value(at: frequency).magnitudeSquared / response.value(at: 0).magnitudeSquared
    return spins.projectionNoiseDensity(at: frequency) * relative
  }
}

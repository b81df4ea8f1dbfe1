import Sky

/// Spins that precess about a bias field and are read out across it: a Bloch sensor (vector-network section 3).
///
/// Alone it follows one helicity of the field; two of them at one place, the second with spins and bias field reversed
/// (sensors A and B), carry both.
public struct SpinPrecession: Hashable, Sendable, Codable {
  /// What the channels of the sensor record.
  public enum Readout: String, Hashable, Sendable, Codable, CaseIterable {
    /// The spin of one ensemble along each axis: one axis for S_x alone, two at right angles for S_x and S_y.
    case single
    /// The spins of A along the first axis and of B along the second, as they are.
    case pairRecords = "pair-records"
    /// Of A and B the combination y_α that follows the field along each axis (20)-(21), α its angle from the first axis, along
    /// which both are read.
    case pairComponents = "pair-components"

    /// How many ensembles are read.
    var ensembleCount: Int { self == .single ? 1 : 2 }
  }

  /// Of the bias field and the spins, of sensor A in a pair.
  public var polarization: LocalDirection
  public var resonance: BlochResponse
  /// Readout in channel units for one unit of spin.
  public var calibration: Double
  /// Amplitude spectral density on resonance of the projection noise of each ensemble, in channel units/√Hz.
  public var projectionNoise: Double
  public var readout: Readout

  /// - Parameter calibration: nil for 1/(|γ| S0 T2), with which |R| = 1 on resonance: channels are in the unit of the field.
  public init(
    polarization: LocalDirection, resonance: BlochResponse, calibration: Double? = nil, projectionNoise: Double = 0,
    readout: Readout = .single
  ) {
    self.polarization = polarization
    self.resonance = resonance
    self.calibration = calibration ?? 1 / resonance.peak
    self.projectionNoise = projectionNoise
    self.readout = readout
  }

  /// Seconds of the shortest synthesis block with which the peak of |R|² is right to 1e-3: 100 T2 (section 9.4).
  public var shortestBlock: Double { 100 * resonance.relaxationTime }

  /// The one-sided density in unit²/Hz that the projection noise of one ensemble has in its readout:
  /// N_spin/(1 + (w0 - w)² T2²) (section 3).
  ///
  /// - Parameter frequency: Hz.
  public func projectionNoiseDensity(at frequency: Double) -> Double {
    projectionNoise * projectionNoise * resonance.lineShape(at: frequency)
  }

  /// Checks the parameters, but not how they fit to the axes of a sensor.
  ///
  /// - Throws: `InstrumentError.badParameter`.
  public func validate() throws(InstrumentError) {
    try resonance.validate()
    try require(calibration > 0, "the calibration of the spins", calibration, "finite and positive")
    try require(projectionNoise >= 0, "the projection noise of the spins", projectionNoise, "finite and not negative")
  }
}

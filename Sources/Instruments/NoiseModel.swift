/// The noise of one channel in readout units (vector-network sections 3 and 9.5).
public struct NoiseModel: Hashable, Sendable, Codable {
  /// A narrow Lorentzian line in the noise.
  public struct Line: Hashable, Sendable, Codable {
    /// Centre in Hz.
    public var frequency: Double
    /// Full width at half maximum in Hz; positive.
    public var width: Double
    /// Root mean square of the line in channel units.
    public var rms: Double

    public init(frequency: Double, width: Double, rms: Double) {
      self.frequency = frequency
      self.width = width
      self.rms = rms
    }
  }

  /// Amplitude spectral density of the white part, unit/√Hz.
  public var white: Double
  /// Frequency in Hz below which 1/f noise exceeds the white part: N = white² (1 + knee/f); 0 for none.
  public var knee: Double
  /// Amplitude spectral density at 1 Hz of the random walk, unit/√Hz: N = (randomWalk)² (1 Hz/f)²; 0 for none.
  public var randomWalk: Double
  public var lines: [Line]

  public init(white: Double, knee: Double = 0, randomWalk: Double = 0, lines: [Line] = []) {
    self.white = white
    self.knee = knee
    self.randomWalk = randomWalk
    self.lines = lines
  }
}

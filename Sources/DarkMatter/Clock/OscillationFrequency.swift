/// Whether a ratio of clocks follows the field itself or its square, which oscillates twice as fast.
public enum ClockSignalOrder: String, Hashable, Sendable, Codable {
  /// Scalar fields.
  case linear
  /// The axion, whose sign cannot matter.
  case quadratic

  /// Frequency of the signal over m c²/h.
  public var harmonic: Double {
    switch self {
    case .linear: 1
    case .quadratic: 2
    }
  }

  /// Frequency of the signal of a mass, in Hz (section 2.3).
  ///
  /// - Parameter mass: eV.
  public func frequency(mass: Double) -> Double { harmonic * NaturalUnits.frequencyPerMass * mass }

  /// Mass whose signal has a frequency, in eV.
  ///
  /// - Parameter frequency: Hz.
  public func mass(frequency: Double) -> Double { frequency / (harmonic * NaturalUnits.frequencyPerMass) }

  /// tau_c = 1/(f (v/c)²) in s, f the frequency of the signal: half as long for quadratic ones (section 2.3).
  ///
  /// - Parameters:
  ///   - mass: eV.
  ///   - speed: v/c, 1e-3 in the paper.
  public func coherenceTime(mass: Double, speed: Double = 1e-3) -> Double {
    1 / (frequency(mass: mass) * speed * speed)
  }
}

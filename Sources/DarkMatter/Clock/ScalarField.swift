/// A scalar field that makes fundamental constants oscillate at the frequency of its mass (physics page clock, sections 2.1
/// and 2.4), over times short against its coherence time.
///
/// A clock ratio reads A Re[zeta exp(-2πi f t)], with one zeta for all clocks: of modulus one, or a complex Gaussian number.
public struct ScalarField: Hashable, Sendable, Codable {
  /// m c²/h in Hz.
  public var restFrequency: Double
  /// Relative amplitude of the mean squared charge radius of nuclei, beside what the couplings make.
  public var radiusModulation: Double
  /// d_e, d_me, d_g and d_mhat.
  public var couplings: ScalarCouplings
  /// Of the dark matter that the field is, in GeV/cm³.
  public var density: Double
  /// Whether amplitude and phase are drawn from the seed: zeta complex Gaussian with mean square one.
  public var isStochastic: Bool
  /// Of A cos(2π f t + phase) in degrees, for a field that is not stochastic.
  public var phase: Double

  public init(
    restFrequency: Double, radiusModulation: Double = 0, couplings: ScalarCouplings = ScalarCouplings(),
    density: Double = LocalDarkMatter.density, isStochastic: Bool = true, phase: Double = 0
  ) {
    self.restFrequency = restFrequency
    self.radiusModulation = radiusModulation
    self.couplings = couplings
    self.density = density
    self.isStochastic = isStochastic
    self.phase = phase
  }

  /// A, signed: the amplitude in a clock ratio for a zeta of modulus one (equation 10).
  ///
  /// - Parameter sensitivity: of the ratio to the constants.
  public func amplitude(in sensitivity: ClockSensitivity) -> Double {
    let signal = ScalarClockSignal(
      mass: ClockSignalOrder.linear.mass(frequency: restFrequency),
      coefficients: sensitivity.couplingCoefficients(), density: density)
    return sensitivity.chargeRadius * radiusModulation + signal.amplitude(couplings)
  }
}

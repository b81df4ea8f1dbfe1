/// The reduced Planck mass in GeV.
public enum ReducedPlanckMass {
  /// As the paper rounds it.
  public static let paper = 2.4e18
  /// sqrt(hbar c/(8 pi G)), CODATA 2018.
  public static let codata = 2.435_323_460_1e18
}

/// The oscillation of a clock ratio by a scalar field phi(t) = sqrt(2 rho)/m cos(m t + theta) (section 2.1).
///
/// y(t) = A cos(2 pi f t + theta), f = m c²/h, with the signed amplitude A of equation (10).
public struct ScalarClockSignal: Hashable, Sendable {
  /// eV.
  public var mass: Double
  /// rho in GeV/cm³.
  public var density: Double
  /// M_Pl in GeV.
  public var planckMass: Double
  /// Relative change of the ratio for phi/(sqrt 2 M_Pl) = 1 and a coupling of one.
  public var coefficients: ScalarCouplings

  public init(
    mass: Double, coefficients: ScalarCouplings = ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients(),
    density: Double = LocalDarkMatter.density, planckMass: Double = ReducedPlanckMass.paper
  ) {
    self.mass = mass
    self.coefficients = coefficients
    self.density = density
    self.planckMass = planckMass
  }

  /// Amplitude of phi/(sqrt 2 M_Pl): sqrt(rho)/(m M_Pl).
  public var fieldAmplitude: Double {
    NaturalUnits.naturalDensity(density).squareRoot() / (mass * planckMass * 1e9)
  }

  /// A, signed.
  public func amplitude(_ couplings: ScalarCouplings) -> Double {
    coefficients.dot(couplings) * fieldAmplitude
  }

  /// The magnitude of each coupling, the others zero, that has an amplitude (section 6).
  ///
  /// - Parameters:
  ///   - amplitude: the limit A95 at the frequency of the signal.
  ///   - stochasticFactor: F, multiplies the coupling.
  /// - Returns: infinite for couplings the ratio does not answer to.
  public func couplings(amplitude: Double, stochasticFactor: Double) -> ScalarCouplings {
    coefficients.map { stochasticFactor * amplitude / (abs($0) * fieldAmplitude) }
  }
}

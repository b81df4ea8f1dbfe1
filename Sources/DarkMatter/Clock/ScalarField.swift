/// A scalar field that makes fundamental constants oscillate at the frequency of its mass (physics page clock, sections 2.1,
/// 2.2 and 2.4).
///
/// With phi proportional to Re[zeta exp(-2πi f t)], zeta common to all clocks, the ratio of a clock reads
///
///     y = A Re[zeta exp(-2πi f t)] + (B/2) (|zeta|² + Re[zeta² exp(-4πi f t)])
///
/// A from the linear couplings (equation 10), B from 1/f_a of an axion (equation 14).
public struct ScalarField: Hashable, Sendable, Codable {
  /// m c²/h in Hz.
  public var restFrequency: Double
  /// Relative amplitude of the mean squared charge radius of nuclei, beside what the couplings make.
  public var radiusModulation: Double
  /// d_e, d_me, d_g and d_mhat.
  public var couplings: ScalarCouplings
  /// 1/f_a of an axion in 1/GeV; 0 for none.
  public var inverseDecayConstant: Double
  /// m_u/m_d.
  public var quarkMassRatio: Double
  /// Of the dark matter that the field is, in GeV/cm³.
  public var density: Double
  /// Whether amplitude and phase are drawn from the seed: zeta complex Gaussian with mean square one.
  public var isStochastic: Bool
  /// v_vir of the halo in m/s, which limits the coherence of a stochastic field; 0 for one that is coherent for ever.
  public var virialSpeed: Double
  /// Of A cos(2π f t + phase) in degrees, for a field that is not stochastic.
  public var phase: Double

  /// Of the standard halo, m/s.
  public static let standardVirialSpeed = 220e3

  public init(
    restFrequency: Double, radiusModulation: Double = 0, couplings: ScalarCouplings = ScalarCouplings(),
    inverseDecayConstant: Double = 0, quarkMassRatio: Double = AxionClockSignal.defaultQuarkMassRatio,
    density: Double = LocalDarkMatter.density, isStochastic: Bool = true,
    virialSpeed: Double = ScalarField.standardVirialSpeed, phase: Double = 0
  ) {
    self.restFrequency = restFrequency
    self.radiusModulation = radiusModulation
    self.couplings = couplings
    self.inverseDecayConstant = inverseDecayConstant
    self.quarkMassRatio = quarkMassRatio
    self.density = density
    self.isStochastic = isStochastic
    self.virialSpeed = virialSpeed
    self.phase = phase
  }

  /// Archives written before fields had a width are read as what they were: coherent for ever, and linear.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    restFrequency = try values.decode(Double.self, forKey: .restFrequency)
    radiusModulation = try values.decode(Double.self, forKey: .radiusModulation)
    couplings = try values.decode(ScalarCouplings.self, forKey: .couplings)
    inverseDecayConstant = try values.decodeIfPresent(Double.self, forKey: .inverseDecayConstant) ?? 0
    quarkMassRatio =
      try values.decodeIfPresent(Double.self, forKey: .quarkMassRatio) ?? AxionClockSignal.defaultQuarkMassRatio
    density = try values.decode(Double.self, forKey: .density)
    isStochastic = try values.decode(Bool.self, forKey: .isStochastic)
    virialSpeed = try values.decodeIfPresent(Double.self, forKey: .virialSpeed) ?? 0
    phase = try values.decode(Double.self, forKey: .phase)
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

  /// B, signed: the largest shift of a clock ratio by the axion for a zeta of modulus one (equation 14).
  ///
  /// - Parameter sensitivity: of the ratio to the constants.
  public func quadraticPeak(in sensitivity: ClockSensitivity) -> Double {
    guard inverseDecayConstant != 0 else { return 0 }
    return AxionClockSignal(
      mass: ClockSignalOrder.linear.mass(frequency: restFrequency),
      quarkMassCoefficient: sensitivity.couplingCoefficients().quarkMass, quarkMassRatio: quarkMassRatio,
      density: density
    ).peak(decayConstant: 1 / inverseDecayConstant)
  }

  /// The largest theta = sqrt(2 rho)/(m f_a) of the axion at |zeta| = 1, which has to be far below one.
  public var largestAngle: Double {
    let mass = ClockSignalOrder.linear.mass(frequency: restFrequency)
    return (2 * NaturalUnits.naturalDensity(density)).squareRoot() * inverseDecayConstant * 1e-9 / mass
  }
}

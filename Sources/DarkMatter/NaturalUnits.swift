/// The constants that lead from natural units (ħ = c = 1, electronvolts) to SI (vector-network section 0).
///
/// Exact values of the SI of 2019, but for the vacuum permittivity (CODATA 2018).
public enum NaturalUnits {
  /// h in J s.
  public static let planckConstant = 6.626_070_15e-34
  /// e in C, and the number of joules in an electronvolt.
  public static let elementaryCharge = 1.602_176_634e-19
  /// ε0 in F/m.
  public static let vacuumPermittivity = 8.854_187_8128e-12
  /// ħ in eV s.
  public static let reducedPlanckConstant = planckConstant / elementaryCharge / (2 * Double.pi)
  /// ħc in eV m.
  public static let lengthTimesEnergy = reducedPlanckConstant * speedOfLight
  /// m c²/h of a mass of 1 eV, in Hz.
  public static let frequencyPerMass = elementaryCharge / planckConstant

  /// An energy density in eV⁴.
  ///
  /// - Parameter density: GeV/cm³.
  public static func naturalDensity(_ density: Double) -> Double {
    density * 1e15 * lengthTimesEnergy * lengthTimesEnergy * lengthTimesEnergy
  }

  /// An energy density in J/m³.
  ///
  /// - Parameter density: GeV/cm³.
  public static func energyDensity(_ density: Double) -> Double {
    density * 1e15 * elementaryCharge
  }
}

/// What the dark matter around the Earth is like, where nothing else is known (vector-network section 2).
public enum LocalDarkMatter {
  /// ρ in GeV/cm³.
  public static let density = 0.4
  /// v_vir in m/s: the standard deviation along one axis is this over the square root of two.
  public static let virialSpeed = 220e3
  /// v_esc in m/s, the speed that leaves the galaxy.
  public static let escapeSpeed = 544e3
  /// The Sun's speed through the halo in m/s, |v_LSR + v_pec|.
  public static let windSpeed = 232.618e3

  /// λ_c = ħ/(m v_vir), beyond which the field at two places is independent, in m.
  ///
  /// - Parameters:
  ///   - mass: eV.
  ///   - virialSpeed: m/s.
  public static func correlationLength(mass: Double, virialSpeed: Double = virialSpeed) -> Double {
    NaturalUnits.lengthTimesEnergy / (mass * (virialSpeed / speedOfLight))
  }

  /// τ_c = 2ħ/(m v_vir²), after which the field at one place is independent, in s.
  ///
  /// - Parameters: as `correlationLength`.
  public static func coherenceTime(mass: Double, virialSpeed: Double = virialSpeed) -> Double {
    let speed = virialSpeed / speedOfLight
    return 2 * NaturalUnits.reducedPlanckConstant / (mass * speed * speed)
  }

  /// The amplitude of the dark electric field before mixing, sqrt(2ρ/ε0), in V/m.
  ///
  /// - Parameter density: ρ in GeV/cm³.
  public static func darkElectricField(density: Double = density) -> Double {
    (2 * NaturalUnits.energyDensity(density) / NaturalUnits.vacuumPermittivity).squareRoot()
  }

  /// The angular rate γ b_eff = 2 g sqrt(2ρ) v/ħ at which an axion wind turns a spin, in rad/s (section 1).
  ///
  /// - Parameters:
  ///   - coupling: g in 1/GeV.
  ///   - speed: v in m/s.
  ///   - density: ρ in GeV/cm³.
  public static func axionWindRate(coupling: Double, speed: Double, density: Double = density) -> Double {
    let field = (2 * NaturalUnits.naturalDensity(density)).squareRoot()
    return 2 * coupling * 1e-9 * field * (speed / speedOfLight) / NaturalUnits.reducedPlanckConstant
  }
}

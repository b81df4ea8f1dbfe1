import Foundation

/// The constant behind the amplitude of a line: what of it a network measures, in which convention (vector-network
/// sections 0 and 1).
///
/// All of them are proportional to the amplitude for a given mass and density of dark matter.
public enum CouplingConstant: String, Hashable, Sendable, Codable, CaseIterable {
  /// g of H = -2 g S·∇a = -g σ·∇a, in 1/GeV; g_aNN, or g_aff/(2 m_f).
  case axionGradient
  /// g of H = -2 g S·A, dimensionless.
  case axialVector
  /// g of H = -2 g S·m²A, in 1/GeV².
  case anapole
  /// d of H = -2 d S·E', in 1/GeV.
  case electricDipole
  /// μ of H = -2 μ S·B', in 1/GeV.
  case magneticDipole
  /// ε, the kinetic mixing with the photon, dimensionless.
  case kineticMixing

  /// Symbol such as `g`, in the markup of plots: `_` lowers what follows.
  public var symbol: String {
    switch self {
    case .axionGradient: "g"
    case .axialVector: "g_A"
    case .anapole: "g_an"
    case .electricDipole: "d"
    case .magneticDipole: "mu"
    case .kineticMixing: "epsilon"
    }
  }

  /// Such as `GeV^-1`; empty for a pure number.
  public var unit: String {
    switch self {
    case .axionGradient, .electricDipole, .magneticDipole: "GeV^-1"
    case .anapole: "GeV^-2"
    case .axialVector, .kineticMixing: ""
    }
  }

  /// The interaction that defines the constant, in a sentence for people.
  public var convention: String {
    switch self {
    case .axionGradient: "H = -2 g S.grad a = -g sigma.grad a (g = g_aNN = g_aff/(2 m_f))"
    case .axialVector: "H = -2 g_A S.A, A the dark photon's vector potential"
    case .anapole: "H = -2 g_an S.(m^2 A), A the dark photon's vector potential"
    case .electricDipole: "H = -2 d S.E', E' the dark photon's electric field"
    case .magneticDipole: "H = -2 mu S.B', B' the dark photon's magnetic field"
    case .kineticMixing: "epsilon times the dark photon's field, rms sqrt(rho/epsilon0)"
    }
  }

  /// The constants that give a field with the matrix of a coupling in a unit.
  ///
  /// A field in rad/s is the rate γ b_eff at which spins turn, in T the field b_eff that would turn them so, in V/m the
  /// electric field of a mixed dark photon, in A/m² the current that stands for it.
  ///
  /// - Parameters:
  ///   - coupling: which two-point matrix a line has.
  ///   - unit: SI unit of the field.
  ///   - gyromagneticRatio: γ of the spins in rad/s/T; only a field in tesla needs it.
  /// - Throws: `CouplingConstantError`, which says why there is none.
  public static func measured(
    _ coupling: HaloCoupling, unit: String, gyromagneticRatio: Double? = nil
  ) throws(CouplingConstantError) -> [CouplingConstant] {
    switch unit {
    case "T" where gyromagneticRatio == nil: throw .needsGyromagneticRatio
    case "rad/s", "T":
      switch coupling {
      case .axionGradient: return [.axionGradient]
      case .magneticDipole: return [.magneticDipole]
      case .electricDipole: return [.electricDipole, .axialVector, .anapole]
      case .scalar: break
      }
    case "V/m", "A/m^2": if coupling == .electricDipole { return [.kineticMixing] }
    case "N", "N m", "m/s^2": throw .needsCharge(unit: unit)
    default: break
    }
    throw .undefined(coupling: coupling, unit: unit)
  }

  /// `DarkMatterLine.amplitude` for a constant of one.
  ///
  /// - Parameters:
  ///   - unit: SI unit of the field: rad/s, T, V/m or A/m^2.
  ///   - mass: m in eV.
  ///   - density: ρ in GeV/cm³.
  ///   - gyromagneticRatio: γ in rad/s/T, for a field in tesla.
  /// - Throws: `CouplingConstantError` when this constant gives no field in that unit.
  public func amplitude(
    unit: String, mass: Double, density: Double = LocalDarkMatter.density, gyromagneticRatio: Double? = nil
  ) throws(CouplingConstantError) -> Double {
    guard try Self.measured(haloCoupling, unit: unit, gyromagneticRatio: gyromagneticRatio).contains(self) else {
      throw .undefined(coupling: haloCoupling, unit: unit)
    }
    if self == .kineticMixing {
      let field = LineAmplitude.darkElectricField(mixing: 1, density: density)
      guard unit == "A/m^2" else { return field }
      // J = ε ε0 ω sqrt(ρ/ε0) with ω = m.
      return NaturalUnits.vacuumPermittivity * mass / NaturalUnits.reducedPlanckConstant * field
    }
    // 2 g O/ħ with the prefactor of O of section 5.4: sqrt(ρ) for gradient, E' and B', sqrt(ρ)/m for A.
    let field = NaturalUnits.naturalDensity(density).squareRoot()
    let operatorAmplitude =
      switch self {
      case .axialVector: field / mass
      case .anapole: field * mass * 1e-18
      default: field * 1e-9
      }
    let rate = 2 * operatorAmplitude / NaturalUnits.reducedPlanckConstant
    guard unit == "T", let gyromagneticRatio else { return rate }
    return rate / abs(gyromagneticRatio)
  }

  private var haloCoupling: HaloCoupling {
    switch self {
    case .axionGradient: .axionGradient
    case .magneticDipole: .magneticDipole
    case .axialVector, .anapole, .electricDipole, .kineticMixing: .electricDipole
    }
  }
}

/// Why a field gives no coupling constant.
public enum CouplingConstantError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A field in tesla stands for a rate of spins whose γ is unknown.
  case needsGyromagneticRatio
  /// A force, torque or acceleration stands for a charge of the test mass, which is unknown.
  case needsCharge(unit: String)
  /// The unit is not one in which bosons of that matrix act.
  case undefined(coupling: HaloCoupling, unit: String)

  public var description: String {
    switch self {
    case .needsGyromagneticRatio:
      "a field in T turns into a coupling constant with the gyromagnetic ratio of the spins only; give "
        + "--gyromagnetic-ratio, or spins in the topology"
    case .needsCharge(let unit):
      "a field in \(unit) turns into a coupling constant with the charge of the test mass only, which a topology does not name"
    case .undefined(let coupling, let unit):
      "no coupling constant is defined for the pattern of \(coupling.name) measured in \(unit.isEmpty ? "1" : unit)"
    }
  }
}

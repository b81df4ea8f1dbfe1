/// How a bosonic field acts on a sensor of vectors: the table of vector-network section 1, equations (14)-(16).
///
/// The signal of one wave is sqrt(2ρ/(N w̄ w_n)) N_ε(p) ε exp(...): the weights N_ε tell the couplings apart.
public enum VectorCoupling: String, Hashable, Sendable, Codable, CaseIterable {
  /// The gradient of an axion or another scalar: O = ∇a.
  case axionGradient
  /// A dark photon that couples to the axial current: O = A.
  case axialVector
  /// The anapole moment, on shell: O = m² A.
  case anapole
  /// The electric dipole moment: O = E' = -∇A⁰ - dA/dt.
  case electricDipole
  /// The magnetic dipole moment: O = B' = curl A.
  case magneticDipole
  /// Kinetic mixing with the photon: an effective current -ε m² A; weights for ε = 1.
  case kineticMixing
  /// B-L or another charge: a force g q E'; weights for g q = 1.
  case chargeForce

  /// N_L: the weight of the longitudinal mode, in powers of eV.
  ///
  /// - Parameters:
  ///   - mass: m in eV.
  ///   - momentum: p in eV.
  public func longitudinalWeight(mass: Double, momentum: Double) -> Double {
    let energy = (mass * mass + momentum * momentum).squareRoot()
    return switch self {
    case .axionGradient: momentum
    case .axialVector: energy / mass
    case .anapole, .kineticMixing: mass * energy
    case .electricDipole, .chargeForce: mass
    case .magneticDipole: 0
    }
  }

  /// N_T: the weight of each transverse mode, in powers of eV.
  ///
  /// - Parameters: as `longitudinalWeight`.
  public func transverseWeight(mass: Double, momentum: Double) -> Double {
    switch self {
    case .axionGradient: 0
    case .axialVector: 1
    case .anapole, .kineticMixing: mass * mass
    case .electricDipole, .chargeForce: (mass * mass + momentum * momentum).squareRoot()
    case .magneticDipole: momentum
    }
  }

  /// P_L and P_T: the share of waves in the longitudinal and in each transverse mode, where nothing else is known.
  public var defaultShares: (longitudinal: Double, transverse: Double) {
    self == .axionGradient ? (1, 0) : (1 / 3, 1 / 3)
  }

  /// f_L = P_L N_L²/(P_L N_L² + 2 P_T N_T²): the longitudinal share of an isotropic field's power.
  ///
  /// - Parameters:
  ///   - mass: m in eV.
  ///   - momentum: p in eV.
  ///   - shares: P_L and P_T of each transverse mode; nil for `defaultShares`.
  public func longitudinalFraction(
    mass: Double, momentum: Double, shares: (longitudinal: Double, transverse: Double)? = nil
  ) -> Double {
    let (longitudinal, transverse) = shares ?? defaultShares
    let longitudinalPower = longitudinal * square(longitudinalWeight(mass: mass, momentum: momentum))
    let transversePower = 2 * transverse * square(transverseWeight(mass: mass, momentum: momentum))
    return longitudinalPower / (longitudinalPower + transversePower)
  }

  /// The matrix that a halo of slow particles gives it (section 5.4).
  public var haloCoupling: HaloCoupling {
    switch self {
    case .axionGradient: .axionGradient
    case .magneticDipole: .magneticDipole
    case .axialVector, .anapole, .electricDipole, .kineticMixing, .chargeForce: .electricDipole
    }
  }
}

/// The two-point matrices that slow particles can have: couplings with one matrix cannot be told apart (section 8).
public enum HaloCoupling: String, Hashable, Sendable, Codable, CaseIterable {
  /// Each component an independent scalar field.
  case scalar
  /// The gradient of a scalar.
  case axionGradient
  /// The magnetic dipole: transverse modes weighted with the momentum.
  case magneticDipole
  /// The electric dipole, and with it axial vector, anapole, kinetic mixing and B-L: all modes alike.
  case electricDipole

  /// As it is called in a sentence.
  public var name: String {
    switch self {
    case .scalar: "scalar"
    case .axionGradient: "axion gradient"
    case .magneticDipole: "magnetic dipole"
    case .electricDipole: "electric dipole"
    }
  }
}

private func square(_ x: Double) -> Double { x * x }

/// A clock transition whose frequency depends on the charge radius of its nucleus (physics page clock, section 2).
public struct FieldShiftTransition: Hashable, Sendable, Codable {
  /// K_FS in Hz/fm²: the frequency that goes with a change of <r²>.
  public var fieldShift: Double
  /// Frequency of the transition in Hz.
  public var frequency: Double
  /// Root-mean-square charge radius of the nucleus in fm.
  public var nuclearRadius: Double

  public init(fieldShift: Double, frequency: Double, nuclearRadius: Double = ytterbiumRadius) {
    self.fieldShift = fieldShift
    self.frequency = frequency
    self.nuclearRadius = nuclearRadius
  }

  /// Radius of ¹⁷¹Yb in fm.
  public static let ytterbiumRadius = 5.3
  /// The electric octupole transition of ¹⁷¹Yb⁺.
  public static let ytterbiumE3 = FieldShiftTransition(fieldShift: 40e9, frequency: 6.42e14)
  /// The electric quadrupole transition of ¹⁷¹Yb⁺.
  public static let ytterbiumE2 = FieldShiftTransition(fieldShift: -15e9, frequency: 6.88e14)

  /// Relative change of the frequency for a relative change of <r²>.
  public var sensitivity: Double { nuclearRadius * nuclearRadius * fieldShift / frequency }

  /// K_ab of equation (4): the relative change of ν_a/ν_b for the same relative change of <r²> in both nuclei.
  public static func coefficient(_ a: FieldShiftTransition, _ b: FieldShiftTransition) -> Double {
    a.sensitivity - b.sensitivity
  }
}

/// How the frequency ratio R of two clocks answers to changes of the constants of nature (section 2.5):
///
///     d ln R = k_alpha d ln alpha_em + k_e d ln(m_e/Lambda) + k_q d ln(mhat/Lambda) + K d ln<r²>
public struct ClockSensitivity: Hashable, Sendable, Codable {
  /// k_alpha, of the fine-structure constant.
  public var fineStructure: Double
  /// k_e, of the electron's mass over the scale of the strong interaction.
  public var electronMass: Double
  /// k_q, of the mean mass of the light quarks over that scale.
  public var quarkMass: Double
  /// K, of the mean squared charge radius; 0 where it has not been calculated.
  public var chargeRadius: Double

  public init(fineStructure: Double = 0, electronMass: Double = 0, quarkMass: Double = 0, chargeRadius: Double = 0) {
    self.fineStructure = fineStructure
    self.electronMass = electronMass
    self.quarkMass = quarkMass
    self.chargeRadius = chargeRadius
  }

  /// The charge radius alone in E3/E2 of ¹⁷¹Yb⁺, K not rounded.
  public static let ytterbiumChargeRadius = ClockSensitivity(
    chargeRadius: FieldShiftTransition.coefficient(.ytterbiumE3, .ytterbiumE2))

  /// Relative change of the ratio for phi/(sqrt 2 M_Pl) = 1, for a coupling of one to each constant (section 2.5).
  ///
  /// - Parameter radius: how the charge radius follows the strong interaction.
  public func couplingCoefficients(_ radius: ChargeRadiusDependence = ChargeRadiusDependence()) -> ScalarCouplings {
    ScalarCouplings(
      fineStructure: fineStructure, electronMass: electronMass,
      gluons: chargeRadius * radius.strongScale - electronMass - quarkMass,
      quarkMass: chargeRadius * radius.pionMass + quarkMass)
  }
}

/// How the mean squared charge radius of a heavy nucleus follows the strong interaction, equation (5).
///
/// Both are inputs from the paper with a common theory error of 30 %; `SphericalWell` says what of them is not reproduced.
public struct ChargeRadiusDependence: Hashable, Sendable, Codable {
  /// alpha = d ln<r²>/d ln Lambda.
  public var strongScale: Double
  /// beta = d ln<r²>/d ln m_pi² at fixed Lambda.
  public var pionMass: Double

  public init(strongScale: Double = -1.1, pionMass: Double = -0.34) {
    self.strongScale = strongScale
    self.pionMass = pionMass
  }

  /// alpha and beta from the share R01/(1 + R01) of the radius that follows the potential's depth (section 3).
  public init(responseRatio: Double) {
    self.init(strongScale: responseRatio * (-2 + 0.9), pionMass: responseRatio * (-0.4 + 0.06))
  }
}

/// Couplings of a scalar field: d ln(constant) = d phi/(sqrt 2 M_Pl); or one number for each of them.
public struct ScalarCouplings: Hashable, Sendable, Codable {
  /// d_e, to the fine-structure constant.
  public var fineStructure: Double
  /// d_me, to the electron's mass.
  public var electronMass: Double
  /// d_g, to the gluons.
  public var gluons: Double
  /// d_mhat, to the mean mass of the light quarks.
  public var quarkMass: Double

  public init(fineStructure: Double = 0, electronMass: Double = 0, gluons: Double = 0, quarkMass: Double = 0) {
    self.fineStructure = fineStructure
    self.electronMass = electronMass
    self.gluons = gluons
    self.quarkMass = quarkMass
  }

  /// The sum of the products of all couplings with their coefficients.
  public func dot(_ other: ScalarCouplings) -> Double {
    fineStructure * other.fineStructure + electronMass * other.electronMass + gluons * other.gluons
      + quarkMass * other.quarkMass
  }

  /// Each number turned into another.
  public func map(_ transform: (Double) throws -> Double) rethrows -> ScalarCouplings {
    ScalarCouplings(
      fineStructure: try transform(fineStructure), electronMass: try transform(electronMass),
      gluons: try transform(gluons), quarkMass: try transform(quarkMass))
  }
}

import DarkMatter

/// What an amplitude in a ratio of clocks can be a limit on (physics page clock, sections 2.5 and 6).
public enum ClockCoupling: String, Hashable, Sendable, Codable, CaseIterable {
  case gluons
  case quarkMass
  case fineStructure
  case electronMass
  /// 1/f_a of the QCD axion, from the line at twice its frequency.
  case axion
  /// The same as the paper has it: the peak of the shift, at f = m c²/h.
  case axionOfPaper

  /// Symbol in the markup of plots without its dollars: `_` lowers what follows.
  public var symbol: String {
    switch self {
    case .gluons: "d_g"
    case .quarkMass: "d_mhat"
    case .fineStructure: "d_e"
    case .electronMass: "d_me"
    case .axion, .axionOfPaper: "1/f_a"
    }
  }

  /// Distinguishes the couplings in titles.
  public var title: String { self == .axionOfPaper ? "1/f_a (mode paper)" : symbol }

  /// Its part of file names.
  public var fileWord: String {
    switch self {
    case .gluons, .quarkMass, .fineStructure, .electronMass: symbol
    case .axion: "inverse-f_a"
    case .axionOfPaper: "inverse-f_a-paper"
    }
  }

  /// Such as `GeV^-1`; empty for a pure number.
  public var unit: String { mode == nil ? "" : "GeV^-1" }

  /// What defines it, in a sentence for people.
  public var convention: String {
    switch self {
    case .gluons: "d ln Lambda_QCD = d_g phi/(sqrt2 M_Pl), the other couplings zero"
    case .quarkMass: "d ln mhat = d_mhat phi/(sqrt2 M_Pl), mhat the mean mass of u and d, the other couplings zero"
    case .fineStructure: "d ln alpha_em = d_e phi/(sqrt2 M_Pl), the other couplings zero"
    case .electronMass: "d ln m_e = d_me phi/(sqrt2 M_Pl), the other couplings zero"
    case .axion: "mode physical: the oscillation, half of the peak of theta^2, at f = 2 m c^2/h"
    case .axionOfPaper: "mode paper: the peak of theta^2 compared with the amplitude, at f = m c^2/h (arXiv:2301.10784)"
    }
  }

  /// How the signal goes with the field.
  public var order: ClockSignalOrder { self == .axion ? .quadratic : .linear }

  /// Of the axion's limits, nil for scalar couplings.
  var mode: AxionClockSignal.Mode? {
    switch self {
    case .axion: .physical
    case .axionOfPaper: .paper
    case .gluons, .quarkMass, .fineStructure, .electronMass: nil
    }
  }

  /// The number among a clock's coefficients that this coupling goes with.
  ///
  /// - Parameter coefficients: of a ratio (`ClockSensitivity.couplingCoefficients`).
  public func coefficient(in coefficients: ScalarCouplings) -> Double {
    switch self {
    case .gluons: coefficients.gluons
    case .quarkMass, .axion, .axionOfPaper: coefficients.quarkMass
    case .fineStructure: coefficients.fineStructure
    case .electronMass: coefficients.electronMass
    }
  }
}

extension ClockCoupling {
  /// The couplings that a ratio answers to, each with its coefficient.
  ///
  /// - Parameter coefficients: of the ratio.
  public static func answering(_ coefficients: ScalarCouplings) -> [(ClockCoupling, coefficient: Double)] {
    var result: [(ClockCoupling, coefficient: Double)] = []
    for coupling in allCases {
      let coefficient = coupling.coefficient(in: coefficients)
      if coefficient != 0 { result.append((coupling, coefficient)) }
    }
    return result
  }
}

/// How limits on couplings count that the amplitude of the field is random (section 6).
public enum StochasticTreatment: String, Hashable, Sendable, Codable, CaseIterable {
  /// F = 3, as the paper does.
  case paper
  /// F = 2.7266 for linear signals and 3.2960 on 1/f_a.
  case derived
  /// F = 1: the amplitude is known.
  case none
  /// The amplitude's Rayleigh distribution in the limit itself; for 1/f_a as `derived`.
  case exact

  /// F, or nil when the limits on amplitudes count it themselves.
  func factor(_ order: ClockSignalOrder) -> StochasticFactor? {
    switch (self, order) {
    case (.paper, _): .paper
    case (.none, _): StochasticFactor.none
    case (.exact, .linear): nil
    case (.derived, .linear): .linear
    case (.derived, .quadratic), (.exact, .quadratic): .quadratic
    }
  }
}

/// What is behind limits on the couplings of clocks besides the data.
public struct ClockLimitOptions: Hashable, Sendable, Codable {
  /// Density of the dark matter in GeV/cm³, all of it the field.
  public var density: Double
  /// The reduced one in GeV.
  public var planckMass: Double
  /// m_u/m_d.
  public var quarkMassRatio: Double
  /// How charge radii follow the strong interaction.
  public var radius: ChargeRadiusDependence
  public var stochastic: StochasticTreatment

  public init(
    density: Double = LocalDarkMatter.density, planckMass: Double = ReducedPlanckMass.paper,
    quarkMassRatio: Double = AxionClockSignal.defaultQuarkMassRatio,
    radius: ChargeRadiusDependence = ChargeRadiusDependence(), stochastic: StochasticTreatment = .paper
  ) {
    self.density = density
    self.planckMass = planckMass
    self.quarkMassRatio = quarkMassRatio
    self.radius = radius
    self.stochastic = stochastic
  }
}

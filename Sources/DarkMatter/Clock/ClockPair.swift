/// Pairs of clocks whose sensitivities are in the literature (physics page clock, section 2.5), as `data/clock-pairs.csv`.
///
/// K is calculated for E3/E2 of ¹⁷¹Yb⁺ alone; elsewhere it is not known, not absent. No coefficient has been compared with
/// its paper yet: do so before a limit is published.
public enum ClockPair: String, Hashable, Sendable, Codable, CaseIterable {
  case ytterbiumE3E2 = "yb-e3-e2"
  case rubidiumCaesium = "rb-cs"
  case ytterbiumCaesium = "yb-cs"
  case strontiumYtterbium = "sr-yb+e3"
  case strontiumCavity = "sr-si"
  case hydrogenCavity = "h-si"

  /// How the ratio follows the constants of nature.
  public var sensitivity: ClockSensitivity {
    switch self {
    case .ytterbiumE3E2:
      ClockSensitivity(
        fineStructure: -6.95, chargeRadius: ClockSensitivity.ytterbiumChargeRadius.chargeRadius)
    case .rubidiumCaesium: ClockSensitivity(fineStructure: -0.49, quarkMass: -0.021)
    case .ytterbiumCaesium: ClockSensitivity(fineStructure: -2.52, electronMass: -1, quarkMass: -0.002)
    case .strontiumYtterbium: ClockSensitivity(fineStructure: 6.01)
    case .strontiumCavity: ClockSensitivity(fineStructure: 1.06)
    case .hydrogenCavity: ClockSensitivity(fineStructure: 3, electronMass: 1, quarkMass: -0.10)
    }
  }

  /// What is compared.
  public var title: String {
    switch self {
    case .ytterbiumE3E2: "171Yb+ octupole / quadrupole"
    case .rubidiumCaesium: "87Rb / 133Cs hyperfine"
    case .ytterbiumCaesium: "171Yb lattice / 133Cs"
    case .strontiumYtterbium: "87Sr lattice / 171Yb+ octupole"
    case .strontiumCavity: "87Sr lattice / silicon cavity"
    case .hydrogenCavity: "hydrogen maser / silicon cavity"
    }
  }

  /// Where the coefficients come from.
  public var source: String {
    switch self {
    case .ytterbiumE3E2:
      "Flambaum and Dzuba, Can. J. Phys. 87, 25 (2009); Lange et al., PRL 126, 011102 (2021); K: arXiv:2301.10784"
    case .rubidiumCaesium:
      "Guena et al., PRL 109, 080801 (2012), arXiv:1205.4235; Hees et al., PRL 117, 061301 (2016), arXiv:1604.08514"
    case .ytterbiumCaesium: "Kobayashi et al., PRL 129, 241301 (2022), arXiv:2212.05721"
    case .strontiumYtterbium: "Flambaum and Dzuba, Can. J. Phys. 87, 25 (2009)"
    case .strontiumCavity: "Kennedy et al., PRL 125, 201302 (2020), arXiv:2008.08773"
    case .hydrogenCavity:
      "Kennedy et al., PRL 125, 201302 (2020), arXiv:2008.08773; k_q: Flambaum and Tedesco, PRC 73, 055501 (2006)"
    }
  }

  /// Whether the coefficients have been compared with the papers.
  public var isChecked: Bool { false }
}

extension ClockSensitivity {
  /// The sum of two: a pair's, and what is known beside it.
  public static func + (a: ClockSensitivity, b: ClockSensitivity) -> ClockSensitivity {
    ClockSensitivity(
      fineStructure: a.fineStructure + b.fineStructure, electronMass: a.electronMass + b.electronMass,
      quarkMass: a.quarkMass + b.quarkMass, chargeRadius: a.chargeRadius + b.chargeRadius)
  }
}

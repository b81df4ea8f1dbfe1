import DarkMatter
import Inference

/// A published exclusion limit on a coupling constant that this program's limits share an axis with.
///
/// The curves come from AxionLimits (data/limits/README.md) and are good for the order of magnitude: papers differ in
/// confidence, density and statistics.
public struct PublishedLimit: Sendable {
  public var name: String
  /// Such as `neutron`; empty where the constant says it.
  public var fermion: String
  /// A forecast, not a measurement.
  public var isProjection: Bool
  public var reference: String
  /// In the convention and unit of `CouplingConstant`.
  public var curve: LimitCurve
  /// Path below `data/limits`, and its text.
  public var file: String
  public var text: String

  /// All limits that are known for a constant.
  public static func all(on constant: CouplingConstant) -> [PublishedLimit] {
    constant == .axionGradient ? axionGradient : []
  }

  /// All limits that are known for a coupling of clocks.
  public static func all(on coupling: ClockCoupling) -> [PublishedLimit] {
    switch coupling {
    case .axion, .axionOfPaper: [ytterbiumClock]
    case .fineStructure: [ytterbiumFineStructure, microscopeFineStructure]
    case .electronMass: [microscopeElectron]
    case .gluons, .quarkMass: []
    }
  }

  private static let ytterbiumClock = PublishedLimit(
    "Yb+ E3/E2 (mode paper)", fermion: "", "arXiv:2301.10784", "fa/Yb.txt", PublishedLimitTexts.ytterbiumClock)
  private static let ytterbiumFineStructure = PublishedLimit(
    "Yb+ E3/E2 and Yb+/Sr", fermion: "", "arXiv:2301.03433", "ScalarPhoton/PTB.txt",
    PublishedLimitTexts.ytterbiumFineStructure)
  private static let microscopeFineStructure = PublishedLimit(
    "MICROSCOPE", fermion: "", "arXiv:1712.00483", "ScalarPhoton/MICROSCOPE.txt",
    PublishedLimitTexts.microscopeFineStructure)
  private static let microscopeElectron = PublishedLimit(
    "MICROSCOPE", fermion: "", "arXiv:1712.00483", "ScalarElectron/MICROSCOPE.txt",
    PublishedLimitTexts.microscopeElectron)

  /// g of the gradient: dimensionless couplings g_aff of the files are divided by 2 m_f.
  private static let axionGradient = [
    PublishedLimit(
      "nEDM", fermion: "neutron", "arXiv:1902.04644, 1905.13650", "AxionNeutron/nEDM.txt",
      PublishedLimitTexts.neutronElectricDipole),
    PublishedLimit(
      "NASDUCK", fermion: "neutron", "arXiv:2105.04603", "AxionNeutron/NASDUCK.txt", PublishedLimitTexts.nasduck),
    PublishedLimit(
      "JEDI", fermion: "neutron", "arXiv:2208.07293", "AxionNeutron/JEDI.txt", PublishedLimitTexts.jedi,
      divisor: 2 * neutronMass),
    PublishedLimit(
      "Electrostatic storage ring", fermion: "neutron", "arXiv:2211.08439",
      "AxionNeutron/Projections/ElectrostaticStorageRing.txt", PublishedLimitTexts.electrostaticStorageRing,
      isProjection: true, droppedRows: 1),
    PublishedLimit(
      "Torsion pendulum", fermion: "electron", "arXiv:1902.04246", "AxionElectron/TorsionPendulum-DM.txt",
      PublishedLimitTexts.torsionPendulum, divisor: 2 * electronMass),
  ]

  /// GeV, CODATA 2018.
  private static let neutronMass = 0.939_565_420_52
  private static let electronMass = 0.510_998_950e-3

  private init(
    _ name: String, fermion: String, _ reference: String, _ file: String, _ text: String, divisor: Double = 1,
    isProjection: Bool = false, droppedRows: Int = 0
  ) {
    // Embedded text that a test reads; a file that could not be read would give an empty curve there.
    var curve = (try? LimitCurve(parsing: text, name: file)) ?? LimitCurve(comments: [], masses: [], couplings: [])
    curve.masses.removeFirst(min(droppedRows, curve.masses.count))
    curve.couplings.removeFirst(min(droppedRows, curve.couplings.count))
    curve.couplings = curve.couplings.map { $0 / divisor }
    (self.name, self.fermion, self.reference, self.file, self.text) = (name, fermion, reference, file, text)
    (self.curve, self.isProjection) = (curve, isProjection)
  }
}

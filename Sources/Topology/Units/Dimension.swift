/// One way to write a unit: `lead`, an SI prefix where allowed, `symbol`.
public struct UnitSpelling: Hashable, Sendable {
  /// What stands before the prefix, such as the parenthesis of `(mV/m)^2/Hz`.
  var lead = ""
  var symbol: String
  /// Power of ten to the canonical unit.
  var decimalExponent = 0
  /// Further factor to the canonical unit, 1 for decimal units.
  var multiplier: Double = 1
  /// How often an SI prefix counts: 2 in `pT^2/Hz`, -1 in `GeV^-1`, 0 where no prefix is allowed.
  var prefixPower = 1
}

/// A physical dimension with all the units that a topology file may write it in.
public struct Dimension: Hashable, Sendable {
  /// With its article, as in "a frequency".
  public var name: String
  /// The unit that values have in the model and in resolved topologies.
  public var canonicalUnit: String
  /// The accepted units.
  public var spellings: [UnitSpelling]
  /// A value for messages and documentation.
  public var example: String
  /// Whether a number without unit is complete.
  public var allowsBareNumber = false

  public static let time = Dimension(
    name: "a time", canonicalUnit: "s",
    spellings: [
      UnitSpelling(symbol: "s"),
      UnitSpelling(symbol: "min", multiplier: 60, prefixPower: 0),
      UnitSpelling(symbol: "h", multiplier: 3600, prefixPower: 0),
      UnitSpelling(symbol: "d", multiplier: 86_400, prefixPower: 0),
    ], example: "10 s")

  public static let frequency = Dimension(
    name: "a frequency", canonicalUnit: "Hz", spellings: [UnitSpelling(symbol: "Hz")], example: "512 Hz")

  /// m c²/h, so that a boson's mass can be given in eV: 2.417989242084918e14 Hz for 1 eV.
  public static let restFrequency = Dimension(
    name: "a frequency or a mass", canonicalUnit: "Hz",
    spellings: [UnitSpelling(symbol: "Hz"), UnitSpelling(symbol: "eV", multiplier: 2.417989242084918e14)],
    example: "5 Hz or 2.07e-14 eV")

  public static let angle = Dimension(
    name: "an angle", canonicalUnit: "deg",
    spellings: [
      UnitSpelling(symbol: "deg", prefixPower: 0), UnitSpelling(symbol: "°", prefixPower: 0),
      UnitSpelling(symbol: "rad", multiplier: 180 / Double.pi),
    ], example: "45 deg")

  public static let length = Dimension(
    name: "a length", canonicalUnit: "m", spellings: [UnitSpelling(symbol: "m")], example: "120 m")

  public static let speed = Dimension(
    name: "a speed", canonicalUnit: "m/s",
    spellings: [
      UnitSpelling(symbol: "m/s"), UnitSpelling(symbol: "c", multiplier: 299_792_458, prefixPower: 0),
    ], example: "20 km/s")

  public static let ratio = Dimension(
    name: "a ratio", canonicalUnit: "",
    spellings: [
      UnitSpelling(symbol: "%", decimalExponent: -2, prefixPower: 0),
      UnitSpelling(symbol: "ppm", decimalExponent: -6, prefixPower: 0),
      UnitSpelling(symbol: "ppb", decimalExponent: -9, prefixPower: 0),
      UnitSpelling(symbol: "s/s"),
    ], example: "2e-9", allowsBareNumber: true)

  /// Of couplings that come with a mass scale: the axion's to fermions.
  public static let inverseEnergy = Dimension(
    name: "a coupling constant", canonicalUnit: "GeV^-1",
    spellings: [
      UnitSpelling(symbol: "eV^-1", decimalExponent: 9, prefixPower: -1),
      UnitSpelling(lead: "/", symbol: "eV", decimalExponent: 9, prefixPower: -1),
    ], example: "1e-9 GeV^-1")

  public static let energyDensity = Dimension(
    name: "an energy density", canonicalUnit: "GeV/cm^3",
    spellings: [UnitSpelling(symbol: "eV/cm^3", decimalExponent: -9)], example: "0.4 GeV/cm^3")

  /// Precession in a magnetic field; in Hz/T as γ/2π.
  public static let gyromagneticRatio = Dimension(
    name: "a gyromagnetic ratio", canonicalUnit: "rad/s/T",
    spellings: [
      UnitSpelling(symbol: "rad/s/T"),
      UnitSpelling(symbol: "Hz/T", multiplier: 2 * .pi),
      UnitSpelling(symbol: "Hz/nT", decimalExponent: 9, multiplier: 2 * .pi, prefixPower: 0),
      UnitSpelling(symbol: "Hz/G", decimalExponent: 4, multiplier: 2 * .pi),
    ], example: "2.0378e8 rad/s/T")

  /// The dimensions that do not depend on what the network measures.
  static let fixed = [
    time, frequency, restFrequency, angle, length, speed, ratio, gyromagneticRatio, inverseEnergy, energyDensity,
  ]
}

/// What the channels of a network measure.
public struct FieldUnit: Hashable, Sendable {
  /// SI unit in astropy's spelling.
  public var symbol: String
  var name: String
  /// Other accepted units: symbol and power of ten.
  var others: [(symbol: String, decimalExponent: Int)] = []

  public static func == (lhs: FieldUnit, rhs: FieldUnit) -> Bool { lhs.symbol == rhs.symbol }
  public func hash(into hasher: inout Hasher) { hasher.combine(symbol) }

  public static let tesla = FieldUnit(symbol: "T", name: "magnetic field", others: [("G", -4)])

  /// The units a node can have.
  public static let all = [
    tesla,
    FieldUnit(symbol: "V/m", name: "electric field", others: [("V/cm", 2)]),
    FieldUnit(symbol: "m/s^2", name: "acceleration"),
    FieldUnit(symbol: "rad/s", name: "rotation rate"),
    FieldUnit(symbol: "N", name: "force"),
    FieldUnit(symbol: "N m", name: "torque"),
    FieldUnit(symbol: "A/m^2", name: "current density"),
    FieldUnit(symbol: "1", name: "dimensionless quantity"),
  ]

  /// How the file names it: the symbol, but for what has none.
  public var word: String { isDimensionless ? "dimensionless" : symbol }

  private var isDimensionless: Bool { symbol == "1" }

  private var spellings: [(symbol: String, decimalExponent: Int)] { [(symbol, 0)] + others }

  /// The quantity itself, such as the root mean square of a line.
  public var amplitude: Dimension {
    guard !isDimensionless else {
      return Dimension(
        name: "a \(name)", canonicalUnit: "", spellings: [UnitSpelling(symbol: "1", prefixPower: 0)],
        example: "1e-12", allowsBareNumber: true)
    }
    return Dimension(
      name: "a \(name)", canonicalUnit: symbol,
      spellings: spellings.map { UnitSpelling(symbol: $0.symbol, decimalExponent: $0.decimalExponent) },
      example: "1 p\(symbol)")
  }

  /// Its amplitude spectral density.
  public var amplitudeDensity: Dimension {
    let roots = ["/Hz^0.5", "/√Hz", "/rtHz", "/sqrt(Hz)", "/Hz^(1/2)"]
    guard !isDimensionless else {
      return Dimension(
        name: "an amplitude spectral density of a \(name)", canonicalUnit: "1/Hz^0.5",
        spellings: (roots.flatMap { ["1" + $0, $0] } + ["Hz^-0.5"]).map { UnitSpelling(symbol: $0, prefixPower: 0) },
        example: "1e-13 1/Hz^0.5")
    }
    return Dimension(
      name: "an amplitude spectral density of \(name)", canonicalUnit: "\(symbol)/Hz^0.5",
      spellings: spellings.flatMap { unit in
        roots.map { UnitSpelling(symbol: unit.symbol + $0, decimalExponent: unit.decimalExponent) }
      }, example: "0.1 p\(symbol)/Hz^0.5")
  }

  /// Its power spectral density.
  public var density: Dimension {
    guard !isDimensionless else {
      return Dimension(
        name: "a power spectral density of a \(name)", canonicalUnit: "1/Hz",
        spellings: ["1/Hz", "/Hz", "Hz^-1"].map { UnitSpelling(symbol: $0, prefixPower: 0) }, example: "1e-26 1/Hz")
    }
    return Dimension(
      name: "a power spectral density of \(name)", canonicalUnit: squared(symbol).lead + squared(symbol).symbol,
      spellings: spellings.map { unit in
        UnitSpelling(
          lead: squared(unit.symbol).lead, symbol: squared(unit.symbol).symbol,
          decimalExponent: 2 * unit.decimalExponent, prefixPower: 2)
      }, example: "1e-26 \(squared(symbol).lead)\(squared(symbol).symbol)")
  }

  private func squared(_ symbol: String) -> (lead: String, symbol: String) {
    symbol.contains("/") || symbol.contains(" ") ? ("(", "\(symbol))^2/Hz") : ("", "\(symbol)^2/Hz")
  }

  /// The unit of a symbol, or of the file's word for it.
  static func named(_ symbol: String) -> FieldUnit? { all.first { $0.symbol == symbol || $0.word == symbol } }
}

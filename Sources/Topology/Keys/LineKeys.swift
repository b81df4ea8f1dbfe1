import DarkMatter
import Sky

/// A dark-matter line as the file writes it.
struct LineDraft: Sendable {
  var coupling = VectorCoupling.axionGradient
  var restFrequency = 1.0
  var strength = LineStrengthDraft()
  var components = [LineComponentDraft()]
  var sun = SolarMotion()
  var chirality = 0.0

  /// What stands in for a line with a fault.
  static let blankLine = DarkMatterLine(coupling: .axionGradient, restFrequency: 1, amplitude: 0)

  private init() {}

  init(_ line: DarkMatterLine) {
    (coupling, restFrequency, sun, chirality) = (line.coupling, line.restFrequency, line.sun, line.chirality)
    strength.amplitude = line.amplitude
    components = line.components.map(LineComponentDraft.init)
  }

  static let section = Section<LineDraft>(
    blank: LineDraft(),
    keys: [
      Key(
        "coupling", .choice { $0.rawValue.kebabCased }, \.coupling, example: "axion-gradient",
        """
        How the bosons act on the sensors. Slow particles give three patterns: axion-gradient along the velocities, \
        magnetic-dipole across them, and one pattern without a direction for all others.
        """),
      Key(
        "rest-frequency", .quantity(.restFrequency, .positive), \.restFrequency, example: "0.25 Hz",
        "Frequency m c^2/h of the boson at rest, or its mass in eV; the line lies above it by about 1e-6 of it."),
      Key("strength", LineStrengthDraft.section.form, \.strength, "How strong the field is."),
      Key(
        "components", .list(of: LineComponentDraft.section.form, minimumCount: 1), \.components,
        default: [LineComponentDraft()],
        "Populations of particles, whose fractions sum to 1. Default: the standard halo alone."),
      Key(
        "sun", SolarMotion.section.form, \.sun, default: SolarMotion(),
        "Motion of the Sun through the galaxy; the Earth's own is known."),
      Key(
        "chirality", .number(.from(-1, to: 1)), \.chirality, default: 0,
        "(P_R - P_L)/(P_R + P_L) of the transverse modes, positive for helicity +1; an axion's gradient has none."),
    ])

  /// The line at the run's epoch, or nil after a fault.
  func line(at source: SourceValue, _ reader: inout TopologyReader) -> DarkMatterLine? {
    let faultCount = reader.faults.count
    if chirality != 0, coupling.defaultShares.transverse == 0 {
      reader.fault(
        source["chirality"] ?? source, "\(coupling.rawValue.kebabCased) has no transverse modes to be chiral",
        remedy: "remove chirality, or choose another coupling")
    }
    let list = source["components"]
    var components: [DarkMatterLine.Component] = []
    for (index, draft) in self.components.enumerated() {
      let place = list?.value(at: TopologyPath().index(index)) ?? source
      if let component = draft.component(at: place, sun: sun, &reader) { components.append(component) }
    }
    let sum = components.reduce(0) { $0 + $1.fraction }
    if components.count == self.components.count, abs(sum - 1) > 1e-9 {
      reader.fault(
        list ?? source, "the fractions sum to \(shortest(sum)), not to 1", remedy: "change them so that nothing is left"
      )
    }
    guard reader.faults.count == faultCount else { return nil }
    var line = DarkMatterLine(
      coupling: coupling, restFrequency: restFrequency, amplitude: 1, components: components, sun: sun,
      chirality: chirality)
    guard let amplitude = strength.amplitude(of: line, at: source["strength"] ?? source, &reader) else { return nil }
    line.amplitude = amplitude
    return line
  }
}

/// How strong a line is, in one of the ways a file may say it.
struct LineStrengthDraft: Sendable {
  var rms: Double?
  var amplitude: Double?
  var couplingConstant: Double?
  var mixing: Double?
  var density = LocalDarkMatter.density

  static let section = Section<LineStrengthDraft>(
    blank: LineStrengthDraft(),
    keys: [
      Key(
        "rms", .fieldQuantity(.amplitude, .positive), optional: \.rms, example: "1 pT",
        "Root mean square of the whole field vector at the epoch."),
      Key(
        "amplitude", .fieldQuantity(.amplitude, .positive), optional: \.amplitude, example: "1 nT",
        """
        Factor before the two-point matrix, for velocities in units of c: the rms vector itself where the coupling \
        does not depend on velocity, about 1000 times the rms where it does.
        """),
      Key(
        "coupling-constant", .quantity(.inverseEnergy, .positive), optional: \.couplingConstant,
        example: "1e-9 GeV^-1",
        "g of an axion-gradient, for nodes that measure rad/s: spins turn at gamma b_eff = 2 g sqrt(2 rho) v/hbar."),
      Key(
        "mixing", .number(.positive), optional: \.mixing, example: "1e-9",
        "Factor on the dark electric field sqrt(2 rho/epsilon0), for an electric-dipole and nodes that measure V/m."),
      Key(
        "density", .quantity(.energyDensity, .positive), \.density, default: LocalDarkMatter.density,
        "Density of dark matter; counts with coupling-constant and mixing only."),
    ],
    alternatives: [["rms"], ["amplitude"], ["coupling-constant"], ["mixing"]])

  /// `DarkMatterLine.amplitude` of a line of this strength, or nil after a fault.
  func amplitude(
    of line: DarkMatterLine, at source: SourceValue, _ reader: inout TopologyReader
  ) -> Double? {
    if let amplitude { return amplitude }
    if let rms {
      let meanSquare = line.meanSquare(at: reader.epoch)
      guard meanSquare > 0 else {
        reader.fault(
          source["rms"] ?? source, "particles without velocity give this coupling no field",
          remedy: "give the components a velocity, or choose another coupling")
        return nil
      }
      return rms / meanSquare.squareRoot()
    }
    let coupling = line.coupling.rawValue.kebabCased
    if let couplingConstant {
      guard line.coupling == .axionGradient, reader.field.symbol == "rad/s" else {
        reader.fault(
          source["coupling-constant"] ?? source,
          "known for an axion-gradient measured in rad/s, not for \(coupling) in \(reader.field.symbol)",
          remedy: "give rms or amplitude")
        return nil
      }
      return LineAmplitude.axionWind(coupling: couplingConstant, density: density)
    }
    guard let mixing else { return nil }
    guard line.coupling == .electricDipole, reader.field.symbol == "V/m" else {
      reader.fault(
        source["mixing"] ?? source,
        "known for an electric-dipole measured in V/m, not for \(coupling) in \(reader.field.symbol)",
        remedy: "give rms or amplitude")
      return nil
    }
    return LineAmplitude.darkElectricField(mixing: mixing, density: density)
  }
}

extension SolarMotion {
  fileprivate static let section = Section<SolarMotion>(
    blank: SolarMotion(),
    keys: [
      Key(
        "local-standard-of-rest", galacticSection(SolarMotion().localStandardOfRest).form, \.localStandardOfRest,
        default: SolarMotion().localStandardOfRest, "Velocity of the Sun's neighbourhood around the galaxy."),
      Key(
        "peculiar", galacticSection(SolarMotion().peculiar).form, \.peculiar, default: SolarMotion().peculiar,
        "Velocity of the Sun relative to its neighbourhood."),
    ])

  private static func galacticSection(_ defaults: SIMD3<Double>) -> Section<SIMD3<Double>> {
    let speed = ValueForm<Double>.quantity(.speed, .from(-1e6, to: 1e6))
    return Section<SIMD3<Double>>(
      blank: defaults,
      keys: [
        Key("u", speed, \.x, default: defaults.x, "Towards the galactic centre."),
        Key("v", speed, \.y, default: defaults.y, "Along the galaxy's rotation."),
        Key("w", speed, \.z, default: defaults.z, "To the galactic north pole."),
      ])
  }
}

extension String {
  /// `axionGradient` as `axion-gradient`.
  var kebabCased: String {
    reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
  }
}

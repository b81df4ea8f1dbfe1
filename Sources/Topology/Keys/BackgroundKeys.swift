import DarkMatter

extension IsotropicBackground {
  static let section = Section<IsotropicBackground>(
    blank: IsotropicBackground(
      spectrum: .powerLaw(level: 0, reference: 1, index: 0), lowestFrequency: 1, highestFrequency: 2),
    keys: [
      Key(
        "from", .quantity(.frequency, .positive), \.lowestFrequency, example: "8 Hz",
        "Lowest frequency of the field."),
      Key("to", .quantity(.frequency, .positive), \.highestFrequency, example: "40 Hz", "Highest frequency."),
      Key(
        "spectrum", spectrumSection.form.mapped({ $0.spectrum(at: $1, &$2) }, back: SpectrumDraft.init), \.spectrum,
        "One-sided spectral density of the whole vector; one axis alone sees a third of the power."),
      Key(
        "rest-frequency", .quantity(.restFrequency, .notNegative), \.restFrequency, default: 0,
        "Frequency m c^2/h of the boson at rest, or its mass in eV; 0 Hz for a relativistic field."),
      Key(
        "longitudinal-fraction", .number(.from(0, to: 1)), \.longitudinalFraction, default: 0,
        "f_L, the longitudinal share of the power."),
      Key(
        "chirality", .number(.from(-1, to: 1)), \.chirality, default: 0,
        "P_V, the net helicity of the transverse part, positive for +1; |P_V| <= 1 - f_L."),
    ])

  private static let spectrumSection = Section<SpectrumDraft>(
    blank: SpectrumDraft(),
    keys: [
      Key(
        "amplitude-density", .fieldQuantity(.amplitudeDensity, .positive), optional: \.amplitudeDensity,
        example: "0.05 pT/Hz^0.5", "Amplitude spectral density at reference."),
      Key(
        "density", .fieldQuantity(.density, .positive), optional: \.density, example: "2.5e-27 T^2/Hz",
        "Power spectral density at reference."),
      Key(
        "reference", .quantity(.frequency, .positive), optional: \.reference, example: "20 Hz",
        "Frequency at which the level is given."),
      Key(
        "index", .number(.from(-20, to: 20)), optional: \.index, example: "-1",
        "Power of frequency that the power spectral density follows; 0 for a flat spectrum."),
      Key(
        "table", .list(of: rowSection.form, minimumCount: 2), optional: \.table,
        example: "[{frequency: 8 Hz, density: 5e-27 T^2/Hz}, {frequency: 40 Hz, density: 1e-27 T^2/Hz}]",
        "Rows of ascending frequency, interpolated in log-log; nothing outside."),
    ],
    alternatives: [
      ["amplitude-density", "reference", "index"], ["density", "reference", "index"], ["table"],
    ])

  private static let rowSection = Section<SpectrumDraft.Row>(
    blank: SpectrumDraft.Row(),
    keys: [
      Key("frequency", .quantity(.frequency, .positive), \.frequency, example: "8 Hz", "Frequency of this row."),
      Key(
        "density", .fieldQuantity(.density, .positive), \.density, example: "5e-27 T^2/Hz",
        "Power spectral density of the whole vector there."),
    ])
}

extension AnisotropicBackground {
  static let section = Section<AnisotropicBackground>(
    blank: AnisotropicBackground(
      background: IsotropicBackground.section.blank, directions: AngularDistribution(spots: [])),
    keys: IsotropicBackground.section.keys.map { $0.within(\.background) } + [
      Key(
        "spots", .list(of: spotSection.form, minimumCount: 1), \.directions.spots,
        "Round patches on the sky; what their fractions leave of one comes alike from all directions.")
    ])

  private static let spotSection = Section<AngularDistribution.Spot>(
    blank: AngularDistribution.Spot(direction: SIMD3(0, 0, 1), spread: 1, fraction: 0),
    keys: [
      Key("source", .source, \.direction, "Where on the sky its centre is; the waves travel the opposite way."),
      Key(
        "spread", .quantity(.angle, Bounds(minimum: 0.1, maximum: 180)), \.spreadInDegrees, example: "10 deg",
        "Standard deviation along one axis of its profile exp(cos(distance)/spread^2)."),
      Key("fraction", .number(.positive(upTo: 1)), \.fraction, example: "0.8", "Share of the whole power."),
    ])
}

extension AngularDistribution.Spot {
  fileprivate var spreadInDegrees: Double {
    get {
      // What was read in degrees is written so that it reads back to the same radians.
      let degrees = spread * 180 / .pi
      let candidates = [degrees, degrees.nextUp, degrees.nextDown, degrees.nextUp.nextUp, degrees.nextDown.nextDown]
      return candidates.first { $0 * .pi / 180 == spread } ?? degrees
    }
    set { spread = newValue * .pi / 180 }
  }
}

/// A spectrum as the file writes it, in one of three ways.
private struct SpectrumDraft: Sendable {
  struct Row: Sendable {
    var frequency = 1.0
    var density = 0.0
  }

  var amplitudeDensity: Double?
  var density: Double?
  var reference: Double?
  var index: Double?
  var table: [Row]?

  init() {}

  init(_ spectrum: PowerSpectrum) {
    switch spectrum {
    case .powerLaw(let level, let reference, let index):
      (self.density, self.reference, self.index) = (level, reference, index)
    case .table(let frequencies, let densities):
      table = zip(frequencies, densities).map { Row(frequency: $0, density: $1) }
    }
  }

  func spectrum(at source: SourceValue, _ reader: inout TopologyReader) -> PowerSpectrum? {
    if let table {
      for (lower, upper) in zip(table, table.dropFirst()) where upper.frequency <= lower.frequency {
        reader.fault(
          source["table"] ?? source, "frequencies do not ascend at \(Dimension.frequency.text(of: upper.frequency))",
          remedy: "order the rows by frequency, each once")
        return nil
      }
      return .table(frequencies: table.map(\.frequency), densities: table.map(\.density))
    }
    guard let reference, let index, let level = density ?? amplitudeDensity.map({ $0 * $0 }) else { return nil }
    return .powerLaw(level: level, reference: reference, index: index)
  }
}

import DarkMatter
import Instruments

extension ClockRatio {
  /// The keys that only nodes of kind `clock` have.
  static let section = Section<ClockRatio>(
    blank: ClockRatio(sensitivity: ClockSensitivity(), whiteFrequencyNoise: 0),
    keys: [
      Key(
        "white-frequency-noise", .quantity(.ratio, .notNegative), \.whiteFrequencyNoise, example: "1e-14",
        "Allan deviation at 1 s of the white frequency noise; it falls as 1/sqrt(averaging time)."),
      Key(
        group: "sensitivity",
        [
          Key(
            "charge-radius", .number(.any), \.sensitivity.chargeRadius, default: 0,
            "K, of the mean squared charge radius of the nucleus: 0.0023625830888213 for E3/E2 of 171Yb+."),
          Key(
            "fine-structure", .number(.any), \.sensitivity.fineStructure, default: 0,
            "k_alpha, of the fine-structure constant: 1.06 for 87Sr against a silicon cavity."),
          Key(
            "electron-mass", .number(.any), \.sensitivity.electronMass, default: 0,
            "k_e, of the electron's mass over the scale of the strong interaction."),
          Key(
            "quark-mass", .number(.any), \.sensitivity.quarkMass, default: 0,
            "k_q, of the mean mass of the light quarks over that scale."),
        ], "Relative change of the frequency ratio for a relative change of each constant; at least one is not zero."),
    ])
}

extension ScalarField {
  static let section = Section<ScalarField>(
    blank: ScalarField(restFrequency: 1),
    keys: [
      Key(
        "rest-frequency", .quantity(.restFrequency, .positive), \.restFrequency, example: "1.2 mHz",
        "Frequency m c^2/h of the boson, or its mass in eV."),
      Key(
        "radius-modulation", .quantity(.ratio), \.radiusModulation, default: 0,
        "Relative amplitude of the mean squared charge radius of nuclei, beside what the couplings make."),
      Key(
        group: "couplings",
        [
          Key("gluons", .number(.any), \.couplings.gluons, default: 0, "d_g."),
          Key("quark-mass", .number(.any), \.couplings.quarkMass, default: 0, "d_mhat."),
          Key("fine-structure", .number(.any), \.couplings.fineStructure, default: 0, "d_e."),
          Key("electron-mass", .number(.any), \.couplings.electronMass, default: 0, "d_me."),
        ], "d ln(constant) = d phi/(sqrt2 M_Pl), for a field that is all of the dark matter."),
      Key(
        "density", .quantity(.energyDensity, .positive), \.density, default: LocalDarkMatter.density,
        "Of the dark matter that the field is."),
      Key(
        "stochastic", .flag, \.isStochastic, default: true,
        """
        Whether one amplitude (Rayleigh, mean square one) and phase for the whole run and all clocks are drawn from the \
        seed; false has the stated amplitude and phase.
        """),
      Key(
        "phase", .quantity(.angle, .from(-360, to: 360)), \.phase, default: 0,
        "Of amplitude cos(2 pi frequency (t - epoch) + phase), for a field that is not stochastic."),
    ])
}

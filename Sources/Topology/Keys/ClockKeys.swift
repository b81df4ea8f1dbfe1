import DarkMatter
import Instruments

extension ClockRatio {
  /// The keys that only nodes of kind `clock` have.
  static let section = Section<ClockRatio>(
    blank: ClockRatio(noise: ClockNoise()),
    keys: [
      Key(
        "white-frequency-noise", .quantity(.ratio, .notNegative), \.noise.whiteFrequency, example: "1e-14",
        "Allan deviation at 1 s of the white frequency noise; it falls as 1/sqrt(averaging time)."),
      Key(
        "flicker-frequency-noise", .quantity(.ratio, .notNegative), \.noise.flickerFrequency, default: 0,
        "Allan deviation of the flicker frequency noise, at all averaging times."),
      Key(
        "random-walk-frequency-noise", .quantity(.ratio, .notNegative), \.noise.randomWalkFrequency, default: 0,
        "Allan deviation at 1 s of the random walk of the frequency; it rises as sqrt(averaging time)."),
      Key(
        "white-phase-noise", .quantity(.ratio, .notNegative), \.noise.whitePhase, default: 0,
        "Allan deviation at 1 s of the white phase noise; it falls as 1/(averaging time)."),
      Key(
        "flicker-phase-noise", .quantity(.ratio, .notNegative), \.noise.flickerPhase, default: 0,
        "Modified Allan deviation at 1 s of the flicker phase noise; it falls as 1/(averaging time)."),
      Key(
        "noise-growth", .quantity(.ratio, .notNegative), \.noise.growth, default: 0,
        "By what share of itself the white frequency noise, and the stated uncertainty, grows in a day."),
      Key(
        "drift", .quantity(.ratio), \.noise.drift, default: 0,
        "Linear drift of the ratio in a second, from the epoch on."),
      Key(
        "servo-time", .quantity(.time, .from(0, to: 1e6)), \.noise.servoTime, default: 0,
        "Time constant of the servo, a low-pass filter of frequency noise and signals; 0 s for none."),
      Key(
        "pair", .choice { $0.rawValue }, optional: \.pair, example: "yb-e3-e2",
        "A pair of clocks whose sensitivity is in the literature (data/clock-pairs.csv); `sensitivity` adds to it."),
      Key(
        "field-shifts", .list(of: FieldShiftTransition.section.form), \.transitions, default: [],
        "The two transitions of the ratio, first over second, from which K of the charge radius follows."),
      Key(
        group: "sensitivity",
        [
          Key(
            "charge-radius", .number(.any), \.ownSensitivity.chargeRadius, default: 0,
            "K, of the mean squared charge radius of the nucleus: 0.0023625830888213 for E3/E2 of 171Yb+."),
          Key(
            "fine-structure", .number(.any), \.ownSensitivity.fineStructure, default: 0,
            "k_alpha, of the fine-structure constant: 1.06 for 87Sr against a silicon cavity."),
          Key(
            "electron-mass", .number(.any), \.ownSensitivity.electronMass, default: 0,
            "k_e, of the electron's mass over the scale of the strong interaction."),
          Key(
            "quark-mass", .number(.any), \.ownSensitivity.quarkMass, default: 0,
            "k_q, of the mean mass of the light quarks over that scale."),
        ],
        "Relative change of the frequency ratio for a relative change of each constant; with the pair's, at least one is "
          + "not zero."),
    ])
}

extension FieldShiftTransition {
  fileprivate static let section = Section<FieldShiftTransition>(
    blank: FieldShiftTransition(fieldShift: 1, frequency: 1),
    keys: [
      Key(
        "shift", .quantity(.frequency), \.fieldShift, example: "40 GHz",
        "K_FS, the shift of the frequency for 1 fm^2 of the mean squared charge radius."),
      Key("frequency", .quantity(.frequency, .positive), \.frequency, example: "642 THz", "Of the transition."),
      Key(
        "radius", .quantity(.length, .positive(upTo: 1e-13)), \.nuclearRadiusMetres, default: ytterbiumRadius * 1e-15,
        "Root-mean-square charge radius of the nucleus."),
    ])

  fileprivate var nuclearRadiusMetres: Double {
    get { nuclearRadius * 1e-15 }
    set { nuclearRadius = newValue * 1e15 }
  }
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
        "inverse-decay-constant", .quantity(.inverseEnergy, .notNegative), \.inverseDecayConstant, default: 0,
        """
        1/f_a of an axion: its square shifts ratios by a slow part and an oscillation at twice the rest frequency, in \
        proportion to their dependence on the quark mass.
        """),
      Key(
        "quark-mass-ratio", .number(.positive), \.quarkMassRatio,
        default: AxionClockSignal.defaultQuarkMassRatio, "m_u/m_d, for the axion."),
      Key(
        "density", .quantity(.energyDensity, .positive), \.density, default: LocalDarkMatter.density,
        "Of the dark matter that the field is."),
      Key(
        "stochastic", .flag, \.isStochastic, default: true,
        """
        Whether amplitude and phase, the same for all clocks, are drawn from the seed; false has the stated amplitude \
        and phase.
        """),
      Key(
        "virial-speed", .quantity(.speed, .from(0, to: 3e6)), \.virialSpeed,
        default: ScalarField.standardVirialSpeed,
        "Of the halo: sets how long a stochastic field keeps its amplitude and phase; 0 km/s for ever."),
      Key(
        "phase", .quantity(.angle, .from(-360, to: 360)), \.phase, default: 0,
        "Of amplitude cos(2 pi frequency (t - epoch) + phase), for a field that is not stochastic."),
    ])
}

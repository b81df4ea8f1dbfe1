import DarkMatter
import Numerics

/// `clock`: what an oscillating constant does to a ratio of clocks, and which coupling a limit means (physics page clock,
/// sections 2, 3 and 6).
enum ClockSignals {
  static let quantities = [
    Quantity(
      "clock.sensitivity-coefficient", source: "clock.md 2, (4)", value: "number: K_ab",
      Inputs.number("field_shift_a_Hz_fm2", unit: "Hz/fm^2", .any, "K_FS^a"),
      Inputs.number("frequency_a_Hz", unit: "Hz", .positive),
      Inputs.number("field_shift_b_Hz_fm2", unit: "Hz/fm^2", .any, "K_FS^b"),
      Inputs.number("frequency_b_Hz", unit: "Hz", .positive),
      Inputs.number("nuclear_radius_fm", unit: "fm", .positive, "rms", default: FieldShiftTransition.ytterbiumRadius)
    ) { shiftA, frequencyA, shiftB, frequencyB, radius in
      .number(
        FieldShiftTransition.coefficient(
          FieldShiftTransition(fieldShift: shiftA, frequency: frequencyA, nuclearRadius: radius),
          FieldShiftTransition(fieldShift: shiftB, frequency: frequencyB, nuclearRadius: radius)))
    },

    Quantity(
      "clock.oscillation-frequency", source: "clock.md 2.3", value: "object {frequency_Hz, coherence_time_s}",
      mass,
      Inputs.choice("signal", [("linear", ClockSignalOrder.linear), ("quadratic", .quadratic)], "quadratic: 2 m c^2/h")
        .defaulting(to: .linear, "\"linear\""),
      Inputs.number("velocity_over_c", .positive, default: 1e-3)
    ) { mass, order, speed in
      .object([
        ("frequency_Hz", .number(order.frequency(mass: mass))),
        ("coherence_time_s", .number(order.coherenceTime(mass: mass, speed: speed))),
      ])
    },

    Quantity(
      "clock.scalar-signal-amplitude", source: "clock.md 2.1, (10)", value: "number: signed A",
      mass,
      Inputs.number("d_g", default: 0), Inputs.number("d_m_hat", default: 0),
      sensitivityCoefficient, alpha, beta, density, planckMass
    ) { mass, gluons, quarkMass, sensitivity, alpha, beta, density, planckMass in
      let signal = scalarSignal(mass, sensitivity, alpha, beta, density, planckMass)
      return .number(signal.amplitude(ScalarCouplings(gluons: gluons, quarkMass: quarkMass)))
    },

    Quantity(
      "clock.axion-signal-amplitude", source: "clock.md 2.2",
      value: "object {peak, oscillation}: eq. (14), and the amplitude at 2 m, half of it",
      mass,
      Inputs.number("decay_constant_GeV", unit: "GeV", .positive, "f_a"),
      sensitivityCoefficient, beta, quarkMassRatio, density
    ) { mass, decayConstant, sensitivity, beta, ratio, density in
      let signal = AxionClockSignal(
        mass: mass, quarkMassCoefficient: sensitivity * beta, quarkMassRatio: ratio, density: density)
      return .object([
        ("peak", .number(signal.peak(decayConstant: decayConstant))),
        ("oscillation", .number(signal.oscillation(decayConstant: decayConstant))),
      ])
    },

    Quantity(
      "clock.scalar-coupling-limit", source: "clock.md 6",
      value: "object {d_g, d_m_hat}, each with the other coupling zero",
      mass, amplitudeLimit, stochasticFactor, sensitivityCoefficient, alpha, beta, density, planckMass
    ) { mass, limit, factor, sensitivity, alpha, beta, density, planckMass in
      let couplings = scalarSignal(mass, sensitivity, alpha, beta, density, planckMass)
        .couplings(amplitude: limit, stochasticFactor: factor)
      return .object([("d_g", .number(couplings.gluons)), ("d_m_hat", .number(couplings.quarkMass))])
    },

    Quantity(
      "clock.axion-decay-constant-limit", source: "clock.md 6",
      value: "object {paper_inv_GeV, physical_inv_GeV}: limits on 1/f_a, both at the given mass and A95",
      mass, amplitudeLimit, stochasticFactor, sensitivityCoefficient, beta, quarkMassRatio, density
    ) { mass, limit, factor, sensitivity, beta, ratio, density in
      let signal = AxionClockSignal(
        mass: mass, quarkMassCoefficient: sensitivity * beta, quarkMassRatio: ratio, density: density)
      return .object(
        AxionClockSignal.Mode.allCases.map { mode in
          let value = signal.inverseDecayConstant(amplitude: limit, stochasticFactor: factor, mode: mode)
          return ("\(mode.rawValue)_inv_GeV", .number(value))
        })
    },

    Quantity(
      "clock.stochastic-factor", source: "clock.md 6",
      value: "object {threshold, deterministic_amplitude, linear_amplitude, linear_factor, quadratic_amplitude, "
        + "quadratic_amplitude_factor, quadratic_factor}",
      probability("false_alarm_probability", default: 0.05), probability("confidence_level", default: 0.95)
    ) { falseAlarm, confidence in
      let amplitude = try StochasticAmplitude(falseAlarmProbability: falseAlarm, confidenceLevel: confidence)
      return .object([
        ("threshold", .number(amplitude.threshold)),
        ("deterministic_amplitude", .number(amplitude.deterministic)),
        ("linear_amplitude", .number(amplitude.linear)),
        ("linear_factor", .number(amplitude.linearFactor)),
        ("quadratic_amplitude", .number(amplitude.quadratic)),
        ("quadratic_amplitude_factor", .number(amplitude.quadratic / amplitude.deterministic)),
        ("quadratic_factor", .number(amplitude.quadraticFactor)),
      ])
    },

    Quantity(
      "clock.spherical-well", source: "clock.md 3",
      value: "object {depth, mean_square_radius, response, response_ratio}: X, <r^2>_0/a^2, R01, R01/(1+R01)",
      Inputs.number("ka", NumberDomain(text: "number in (pi/2, pi)") { $0 > .pi / 2 && $0 < .pi })
    ) { ka in
      let well = try SphericalWell(ka: ka)
      return .object([
        ("depth", .number(well.depth)), ("mean_square_radius", .number(well.meanSquareRadius)),
        ("response", .number(well.response)), ("response_ratio", .number(well.responseRatio)),
      ])
    },
  ]

  private static let radius = ChargeRadiusDependence()
  private static let mass = Inputs.number("mass_eV", unit: "eV", .positive)
  private static let amplitudeLimit = Inputs.number("amplitude_limit", .positive, "A95")
  private static let stochasticFactor = Inputs.number(
    "stochastic_factor", .positive, "F", default: StochasticFactor.paper.value)
  private static let sensitivityCoefficient = Inputs.number(
    "sensitivity_coefficient", .notZero, "K", default: ClockSensitivity.ytterbiumChargeRadius.chargeRadius)
  private static let alpha = Inputs.number("alpha", .notZero, default: radius.strongScale)
  private static let beta = Inputs.number("beta", .notZero, default: radius.pionMass)
  private static let density = Inputs.number(
    "density_GeV_cm3", unit: "GeV/cm^3", .positive, "rho", default: LocalDarkMatter.density)
  private static let planckMass = Inputs.number(
    "planck_mass_GeV", unit: "GeV", .positive, "reduced Planck mass", default: ReducedPlanckMass.paper)
  private static let quarkMassRatio = Inputs.number(
    "quark_mass_ratio", .positive, "m_u/m_d", default: AxionClockSignal.defaultQuarkMassRatio)

  private static func scalarSignal(
    _ mass: Double, _ sensitivity: Double, _ alpha: Double, _ beta: Double, _ density: Double, _ planckMass: Double
  ) -> ScalarClockSignal {
    let coefficients = ClockSensitivity(chargeRadius: sensitivity)
      .couplingCoefficients(ChargeRadiusDependence(strongScale: alpha, pionMass: beta))
    return ScalarClockSignal(mass: mass, coefficients: coefficients, density: density, planckMass: planckMass)
  }
}

extension NumberDomain {
  static let notZero = NumberDomain(text: "number, not 0") { $0 != 0 }
  static let probability = NumberDomain(text: "number in (0, 1)") { $0 > 0 && $0 < 1 }
}

/// A probability that is neither zero nor one.
func probability(_ key: String, default value: Double) -> Input<Double> {
  Inputs.number(key, .probability, default: value)
}

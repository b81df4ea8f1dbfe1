import DarkMatter
import Inference
import Numerics

/// `network`: what a network can find out (physics page vector-network, sections 4 and 6 to 8).
enum NetworkForecasts {
  static let quantities = [
    Quantity(
      "network.test-statistic-stream", source: "vector-network.md 6", value: "number: Theta~(Omega given Omega_t)",
      streamMode, sensorDirections, sensorPositions, wavenumberInput,
      Inputs.direction("propagation_direction", "template"),
      Inputs.direction("true_propagation_direction"),
      strengthInput
    ) { mode, directions, positions, wavenumber, template, truth, strength in
      try requireSameCount(("directions", directions.count), ("positions_m", positions.count))
      let forecast = StreamForecast(
        mode: mode, directions: directions, positions: positions, wavenumber: wavenumber, strength: strength)
      return .number(forecast.testStatistic(template: template, truth: truth))
    },

    Quantity(
      "network.localization-solid-angle", source: "vector-network.md 6", value: "number, sr: Delta Omega of (69)",
      streamMode, sensorDirections, sensorPositions, wavenumberInput,
      Inputs.direction("propagation_direction"),
      Inputs.numbers("relative_noise", .positive, "b_I, one per sensor").optional("all 1"),
      strengthInput,
      Inputs.flag("fit_amplitude", "adds ln A to the fit", default: false)
    ) { mode, directions, positions, wavenumber, direction, noise, strength, fitsAmplitude in
      try requireSameCount(
        ("directions", directions.count), ("positions_m", positions.count),
        ("relative_noise", noise?.count ?? directions.count))
      let forecast = StreamForecast(
        mode: mode, directions: directions, positions: positions, wavenumber: wavenumber, strength: strength)
      return .number(
        try forecast.solidAngle(direction: direction, relativeNoise: noise, fitsAmplitude: fitsAmplitude))
    },

    Quantity(
      "network.baseline-angle-resolution", source: "vector-network.md 6, (71)-(72)",
      value: "number, rad: Delta theta",
      streamMode, firstDirection, secondDirection,
      Inputs.direction("propagation_direction"),
      baselineDirection,
      Inputs.number("phase_length", unit: "rad", .positive, "p d"),
      strengthInput
    ) { mode, first, second, direction, baseline, phaseLength, strength in
      .number(
        try StreamForecast.baselineResolution(
          mode: mode, first, second, direction: direction, baseline: baseline, phaseLength: phaseLength,
          strength: strength))
    },

    Quantity(
      "network.chirality-uncertainty", source: "vector-network.md 7, (79)", value: "number: sigma(P_V)",
      firstDirection, secondDirection, baselineDirection,
      Inputs.number("z", .positive, "|p||x|"),
      strengthInput,
      Inputs.flag("fit_amplitude", "fits (ln A, P_V)", default: false),
      Inputs.number("chirality", .within(-1...1), "P_V; used only with fit_amplitude", default: 0)
    ) { first, second, baseline, z, strength, fitsAmplitude, chirality in
      let forecast = ChiralityForecast(first, second, baseline: baseline, z: z, strength: strength)
      return .number(try forecast.uncertainty(fittedAt: fitsAmplitude ? chirality : nil))
    },

    Quantity(
      "network.test-statistic-chirality", source: "vector-network.md 7, (77)", value: "number: Theta~",
      firstDirection, secondDirection, baselineDirection,
      Inputs.number("z", .notNegative, "|p||x|"),
      Inputs.number("chirality", .within(-1...1), "P_V of the template"),
      Inputs.number("true_chirality", .within(-1...1)),
      strengthInput
    ) { first, second, baseline, z, chirality, trueChirality, strength in
      let forecast = ChiralityForecast(first, second, baseline: baseline, z: z, strength: strength)
      return .number(forecast.testStatistic(chirality: chirality, trueChirality: trueChirality))
    },

    Quantity(
      "network.test-statistic-weak", source: "vector-network.md 4, (30)", value: "number: one bin",
      signalMatrix, trueSignalMatrix, noiseDensities
    ) { signal, trueSignal, noise in
      try requireSameCount(("noise", noise.count), ("signal", signal.rows), ("true_signal", trueSignal.rows))
      return .number(TestStatistic.weak(signal: signal, trueSignal: trueSignal, noise: noise))
    },

    Quantity(
      "network.test-statistic-exact", source: "vector-network.md 4, (29)", value: "number: one bin",
      signalMatrix, trueSignalMatrix, noiseDensities
    ) { signal, trueSignal, noise in
      try requireSameCount(("noise", noise.count), ("signal", signal.rows), ("true_signal", trueSignal.rows))
      do {
        return .number(try TestStatistic.exact(signal: signal, trueSignal: trueSignal, noise: noise))
      } catch LinearAlgebraError.notPositiveDefinite {
        throw PredictionError("noise + signal is not positive definite")
      }
    },

    Quantity(
      "network.template-overlap-isotropic", source: "vector-network.md 8",
      value: "number: rho_AB, equal noise, all ordered pairs including I = J",
      isotropicMode("mode_a"), isotropicMode("mode_b"), sensorDirections, sensorPositions, wavenumberInput
    ) { first, second, directions, positions, wavenumber in
      try requireSameCount(("directions", directions.count), ("positions_m", positions.count))
      let (a, b) = (
        TemplateOverlap.isotropic(first, directions: directions, positions: positions, wavenumber: wavenumber),
        TemplateOverlap.isotropic(second, directions: directions, positions: positions, wavenumber: wavenumber)
      )
      return .number(try TemplateOverlap.between(a, b))
    },

    Quantity(
      "network.template-overlap-halo", source: "vector-network.md 8",
      value: "number: rho_AB of the full complex frequency-integrated matrices, equal noise",
      Inputs.choice("coupling_a", haloCouplings), Inputs.choice("coupling_b", haloCouplings), sensorDirections,
      Inputs.vectors("positions_times_mass", unit: "1/u", "m x_I, one per sensor"),
      meanVelocityInput, virialSpeedInput
    ) { first, second, directions, positions, meanVelocity, virialSpeed in
      try requireSameCount(("directions", directions.count), ("positions_times_mass", positions.count))
      let halo = HaloModel(meanVelocity: meanVelocity, virialSpeed: virialSpeed)
      let (a, b) = (
        TemplateOverlap.halo(first, halo, directions: directions, positions: positions),
        TemplateOverlap.halo(second, halo, directions: directions, positions: positions)
      )
      return .number(try TemplateOverlap.between(a, b))
    },
  ]

  private static let streamMode = Inputs.choice(
    "mode", [("longitudinal", StreamForecast.Mode.longitudinal), ("transverse", .transverse)])
  private static let signalMatrix = Inputs.hermitianMatrix("signal", "S of the template, one bin")
  private static let trueSignalMatrix = Inputs.hermitianMatrix("true_signal", "S^t")
  private static let noiseDensities = Inputs.numbers("noise", .positive, "N_I")
}

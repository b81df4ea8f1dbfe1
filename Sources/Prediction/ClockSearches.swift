import Glibc
import Inference
import Numerics

/// `clock`: fits of sinusoids, their limits and thresholds, and the noise of clocks (physics page clock, sections 4, 5 and
/// 7).
enum ClockSearches {
  static let quantities = [
    Quantity(
      "clock.upper-limit", source: "clock.md 5.1", value: "object {bayes, cls, neyman}",
      Inputs.number("amplitude", .notNegative, "measured"),
      Inputs.number("sigma", .positive, "of each quadrature", default: 1),
      probability("confidence_level", default: 0.95)
    ) { amplitude, sigma, confidence in
      .object(
        AmplitudeLimit.allCases.map { limit in
          let value = limit.value(amplitude: amplitude / sigma, confidenceLevel: confidence)
          return (limit.rawValue, .number(sigma * value))
        })
    },

    Quantity(
      "clock.upper-limit-covariance", source: "clock.md 5.1", value: "number: Bayesian limit",
      Inputs.number("cosine"), Inputs.number("sine"),
      Inputs.number("variance_cosine", .positive), Inputs.number("covariance", default: 0),
      Inputs.number("variance_sine", .positive), probability("confidence_level", default: 0.95)
    ) { cosine, sine, varianceOfCosine, covariance, varianceOfSine, confidence in
      let posterior = try AmplitudePosterior(
        cosine: cosine, sine: sine,
        covariance: QuadratureCovariance(cosine: varianceOfCosine, mixed: covariance, sine: varianceOfSine))
      return .number(posterior.upperLimit(confidenceLevel: confidence))
    },

    Quantity(
      "clock.sinusoid-fit", source: "clock.md 5", value: fitResult,
      Inputs.numbers("time_s", unit: "s"), Inputs.numbers("value"), Inputs.numbers("sigma", .positive),
      Inputs.number("frequency_Hz", unit: "Hz", .positive),
      Inputs.number("phase_origin_s", unit: "s", .any, "t0", default: 0)
    ) { times, values, sigmas, frequency, origin in
      try requireSameCount(("time_s", times.count), ("value", values.count), ("sigma", sigmas.count))
      return try predictedValue(
        of: SinusoidFit(times: times, values: values, sigmas: sigmas, frequency: frequency, phaseOrigin: origin))
    },

    Quantity(
      "clock.sinusoid-fit-test-vector", source: "clock.md 7(b)", value: fitResult,
      Inputs.integer("seed", 0...UInt64(UInt32.max)), Inputs.integer("count", 10...200_000, "N, before masking"),
      Inputs.number("sample_interval_s", unit: "s", .positive, "tau0"),
      Inputs.number("noise_sigma", .positive, "multiplies g_k; also the weight of the fit"),
      Inputs.number("amplitude"), Inputs.number("frequency_Hz", unit: "Hz", .notNegative),
      Inputs.number("phase_rad", unit: "rad"), Inputs.number("fit_frequency_Hz", unit: "Hz", .positive),
      maskNumber("mask_period", from: 1, default: 97), maskNumber("mask_keep", from: 1, default: 61),
      maskNumber("block_length", from: 1, default: 1000), maskNumber("block_period", from: 1, default: 3),
      maskNumber("block_drop", from: 0, default: 1)
    ) { seed, count, interval, sigma, amplitude, frequency, phase, fitFrequency, period, keep, length, blocks, drop in
      let width = .pi * frequency * interval
      let smeared = width == 0 ? amplitude : amplitude * sin(width) / width
      var (times, values): ([Double], [Double]) = ([], [])
      for (index, deviate) in PortableNoise(seed: UInt32(seed)).prefix(Int(count)).enumerated() {
        let k = UInt64(index)
        guard k % period < keep, (k / length) % blocks != drop else { continue }
        let time = (Double(index) + 0.5) * interval
        times.append(time)
        values.append(smeared * cos(2 * .pi * frequency * time + phase) + sigma * deviate)
      }
      return try predictedValue(
        of: SinusoidFit(
          times: times, values: values, sigmas: [Double](repeating: sigma, count: times.count),
          frequency: fitFrequency))
    },

    Quantity(
      "clock.uniform-sampling-variance", source: "clock.md 5.2",
      value: "object {variance_cosine, variance_sine} in units of sigma^2/N",
      Inputs.number("frequency_times_span", .positive, "f T")
    ) { cycles in
      let variances = UniformSampling.variances(cycles: cycles)
      return .object([("variance_cosine", .number(variances.cosine)), ("variance_sine", .number(variances.sine))])
    },

    Quantity(
      "clock.global-threshold", source: "clock.md 5.3",
      value:
        "object {effective_number, power, amplitude, independent_power}: W, z, sigma_A sqrt(2 z), and z of f_max T "
        + "independent frequencies",
      Inputs.number("maximum_frequency_Hz", unit: "Hz", .positive), Inputs.number("span_s", unit: "s", .positive, "T"),
      Inputs.number("live_time_s", unit: "s", .positive),
      Inputs.number("noise_at_1s", unit: "s^(1/2)", .positive, "sigma1: sigma_y = sigma1/sqrt(tau)"),
      probability("false_alarm_probability", default: 0.05)
    ) { frequency, span, liveTime, noise, falseAlarm in
      let threshold = GlobalThreshold(band: frequency, timeVariance: span * span / 12)
      let power = try threshold.power(falseAlarmProbability: falseAlarm)
      return .object([
        ("effective_number", .number(threshold.effectiveNumber)), ("power", .number(power)),
        ("amplitude", .number(noise * (2 / liveTime).squareRoot() * (2 * power).squareRoot())),
        (
          "independent_power",
          .number(GlobalThreshold.independentPower(number: frequency * span, falseAlarmProbability: falseAlarm))
        ),
      ])
    },

    Quantity(
      "clock.allan-variance-flicker", source: "clock.md 4", value: "number: AVAR(m) of the discrete process",
      Inputs.number("flicker_level", .positive, "h_-1"), Inputs.integer("averaging_factor", 1...10_000, "m")
    ) { level, factor in
      let variance = FrequencyNoise.flicker.variance(level: level, interval: 1)
      return .number(FrequencyNoise.flicker.allanVariance(factor: Int(factor), variance: variance))
    },
  ]

  private static let fitResult =
    "object {samples, cosine, sine, offset, covariance: [[Vcc, Vcs], [Vcs, Vss]], amplitude, phase_rad, upper_limit_95}"

  private static func maskNumber(_ key: String, from first: UInt64, default value: UInt64) -> Input<UInt64> {
    Inputs.integer(key, first...UInt64(Int64.max)).defaulting(to: value, value.description)
  }

  private static func predictedValue(of fit: SinusoidFit) throws -> PredictedValue {
    let v = fit.covariance
    return .object([
      ("samples", .number(Double(fit.samples))), ("cosine", .number(fit.cosine)), ("sine", .number(fit.sine)),
      ("offset", .number(fit.offset)),
      ("covariance", .rows([[v.cosine, v.mixed], [v.mixed, v.sine]])),
      ("amplitude", .number(fit.amplitude)), ("phase_rad", .number(fit.phase)),
      ("upper_limit_95", .number(try fit.upperLimit())),
    ])
  }
}

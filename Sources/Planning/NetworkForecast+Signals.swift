import DarkMatter
import Glibc
import Inference
import Numerics
import Sky
import Topology

/// Forecasts of the signals of a topology.
struct SignalForecaster {
  let planned: PlannedNetwork
  private var network: ForecastNetwork { planned.network }
  private var times: ObservationTimes { planned.times }

  init(_ planned: PlannedNetwork) {
    self.planned = planned
  }

  /// The outlook of a signal, or why there is none.
  func outlook(_ signal: Signal) throws -> (outlook: NetworkForecast.SignalOutlook?, note: String?) {
    switch signal.field {
    case .isotropic(let background): return try outlook(signal, background)
    case .line(let line): return (try outlook(signal, line), nil)
    case .anisotropic:
      return (nil, "signal \(signal.name): backgrounds with a pattern on the sky are not forecast")
    case .scalar:
      // What clocks make of it is told with them.
      return (nil, nil)
    case .transient:
      return (nil, "signal \(signal.name): single events are not forecast")
    }
  }

  private func outlook(
    _ signal: Signal, _ background: IsotropicBackground
  ) throws -> (NetworkForecast.SignalOutlook?, String?) {
    let (bins, areOwn) = planned.bins(for: background)
    guard !bins.isEmpty else {
      return (nil, "signal \(signal.name): it lies above half of the slowest sample rate")
    }
    let family = TemplateFamily(name: signal.name, background: background, bins: bins)
    var result = try outline(
      signal, family,
      description: "isotropic background, f_L = \(short(background.longitudinalFraction)), "
        + "P_V = \(short(background.chirality)), \(short(background.lowestFrequency)) to "
        + "\(short(background.highestFrequency)) Hz")
    let fisher = try FisherForecast(family, network: network, times: times)
    var index: Double?
    if case .powerLaw(_, _, let value) = background.spectrum { index = value }
    let values = [nil, background.longitudinalFraction, background.chirality, index]
    result.parameters = parameters(fisher, values: values)
    let note =
      areOwn
      ? "signal \(signal.name): no band of the topology covers it; it is forecast on its own band, as if there were one"
      : nil
    return (result, note)
  }

  private func outlook(_ signal: Signal, _ line: DarkMatterLine) throws -> NetworkForecast.SignalOutlook {
    let family = TemplateFamily(name: signal.name, line: line, times: times, extent: planned.extent)
    let coupling = line.coupling.haloCoupling
    let name = HaloCoupling.planned.first { $0.coupling == coupling }?.name ?? "scalar"
    var result = try outline(
      signal, family, description: "\(name) line at \(short(line.restFrequency)) Hz, \(rotationText(family.rotation))")
    let fisher = try FisherForecast(family, network: network, times: times)
    result.parameters = parameters(fisher, values: [nil, line.chirality])
    result.separations = try separations(line)
    if let (stream, direction) = PlannedStream.of(line, times: times) {
      result.solidAngle = try stream.outlook(
        direction: direction, network: network, times: times, rotation: family.rotation
      ).solidAngleFittingAmplitude
    }
    let whole = try WeakProducts.matrix(family, network: network, times: times)[0, 0]
    let half = try WeakProducts.matrix(family, network: network, times: times.halved)[0, 0]
    result.rotationError = whole > 0 ? abs(half / whole - 1) : nil
    return result
  }

  private func outline(
    _ signal: Signal, _ family: TemplateFamily, description: String
  ) throws -> NetworkForecast.SignalOutlook {
    let strength = try SignalStrength(family, network: network, times: times)
    let reach = try AmplitudeReach(strength)
    let statistic = strength.statistic()
    return NetworkForecast.SignalOutlook(
      name: signal.name, kind: signal.field.kind, description: description, statistic: statistic,
      weakStatistic: strength.weakStatistic(), statisticFittingNoise: strength.statisticFittingNoise(), reach: reach,
      detectionProbability: FewSampleLaw(samples: reach.effectiveSamples)
        .detectionProbability(threshold: reach.threshold, expected: statistic))
  }

  private func parameters(_ fisher: FisherForecast, values: [Double?]) -> [NetworkForecast.Parameter] {
    zip(fisher.labels, zip(fisher.uncertainties, values)).map { label, pair in
      .init(
        name: label, value: pair.1, uncertainty: pair.0,
        uncertaintyAlone: fisher.holdingAllBut([label]).uncertainty(label))
    }
  }

  /// The true coupling against all others with the same velocities.
  private func separations(_ line: DarkMatterLine) throws -> [NetworkForecast.Separation] {
    let family = line.againstOthers(times: times, extent: planned.extent)
    let products = try WeakProducts.matrix(family, network: network, times: times)
    let overlaps = WeakProducts.overlaps(products)
    let separation = try TemplateSeparation(family, network: network, times: times)
    return zip(1..<family.labels.count, separation.statistics).map { other, statistic in
      .init(coupling: family.labels[other], overlap: overlaps[0, other], statistic: statistic)
    }
  }

  private func rotationText(_ rotation: TemplateFamily.Rotation) -> String {
    rotation == .coherent ? "coherent through the Earth's rotation" : "summed over segments of the run"
  }
}

extension DarkMatterLine {
  /// The line's coupling first, then the others that its velocities could have.
  func againstOthers(times: ObservationTimes, extent: Double) -> TemplateFamily {
    let own = coupling.haloCoupling
    let all = HaloCoupling.planned
    return TemplateFamily(
      name: "couplings", line: self,
      couplings: all.filter { $0.coupling == own } + all.filter { $0.coupling != own }, times: times, extent: extent)
  }

  /// <|O|²>, the power of the whole vector in the middle of a run.
  func power(times: ObservationTimes) -> Double {
    let coupling = LineTemplate.unpolarised(self.coupling.haloCoupling)
    let spectrum = LineCrossSpectrum(self, at: times.middle.slices[0].time)
    let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    let trace = spectrum.populations.reduce(0) { sum, population in
      if population.virialSpeed == 0 {
        return sum + spectrum.powers([coupling], of: population, separation: SIMD3())[0].trace
      }
      let halo = HaloModel(meanVelocity: population.meanVelocity, virialSpeed: population.virialSpeed)
      let correlation = HaloCorrelation(halo, separation: SIMD3())
      return sum + population.fraction
        * axes.reduce(0) { $0 + correlation.contraction(self.coupling.haloCoupling, $1, $1).real }
    }
    return amplitude * amplitude * trace
  }
}

extension PlannedStream {
  /// The stream of a line that is nothing else, and the direction in which it moves; nil for a halo or a sum.
  static func of(_ line: DarkMatterLine, times: ObservationTimes) -> (PlannedStream, SIMD3<Double>)? {
    let spectrum = LineCrossSpectrum(line, at: times.middle.slices[0].time)
    guard spectrum.populations.count == 1, let stream = spectrum.populations.first else { return nil }
    let speed = length(stream.meanVelocity)
    guard stream.virialSpeed < 0.3 * speed, let direction = unitVector(stream.meanVelocity) else { return nil }
    return (
      PlannedStream(
        coupling: line.coupling.haloCoupling, restFrequency: line.restFrequency, speed: speed,
        virialSpeed: stream.virialSpeed, amplitude: line.amplitude, duration: times.duration), direction
    )
  }
}

/// Four digits, for descriptions.
func short(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  let scale = pow(10, 3 - floor(log10(abs(value))))
  let rounded = (value * scale).rounded() / scale
  return rounded == rounded.rounded() && abs(rounded) < 1e6 ? "\(Int(rounded))" : "\(rounded)"
}

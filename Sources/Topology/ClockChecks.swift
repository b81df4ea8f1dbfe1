import DarkMatter
import Instruments

extension Node {
  /// The clock ratio of a node of kind `clock`, else nil.
  public var clockRatio: ClockRatio? {
    if case .clock(let ratio) = instrument { ratio } else { nil }
  }
}

extension CrossChecks {
  /// A clock measures a dimensionless ratio, and something has to change it.
  mutating func checkClock(_ ratio: ClockRatio, node: Node, at path: TopologyPath) {
    if isSound(path.key("unit")), node.unit != "1" {
      fault(path.key("unit"), "a clock measures a ratio, not \(node.unit)", remedy: "write `unit: dimensionless`")
    }
    if isSound(path.key("baseband")), node.baseband != nil {
      fault(path.key("baseband"), "a clock records real samples", remedy: "remove the key")
    }
    if isSoundBelow(path.key("sensitivity")), ratio.sensitivity == ClockSensitivity() {
      fault(
        path.key("sensitivity"), "the ratio does not depend on any constant",
        remedy: "give at least one of charge-radius, fine-structure, electron-mass, quark-mass")
    }
    if isSound(path.key("white-frequency-noise")), ratio.whiteFrequencyNoise == 0 {
      fault(
        path.key("white-frequency-noise"), "a clock without noise: a search has no uncertainties then",
        remedy: "give the Allan deviation at 1 s")
    }
  }

  /// Bands correlate components of vector fields; clocks have none.
  mutating func checkBandsWithoutClocks() {
    guard let clock = topology.nodes.first(where: { $0.clockRatio != nil }), !topology.bands.isEmpty else { return }
    fault(
      bands, "bands correlate components of vector fields, but `\(clock.name)` is a clock",
      remedy: "remove the bands (clocks are searched without one), or the clocks")
  }

  /// A signal needs a node that can see its kind of field.
  mutating func checkWitnesses(of signal: Signal, at path: TopologyPath) {
    guard signal.enabled, !topology.nodes.isEmpty else { return }
    if case .scalar = signal.field {
      guard topology.nodes.allSatisfy({ $0.clockRatio == nil }) else { return }
      fault(
        path.key("kind"), "no node is a clock, and nothing else sees a scalar field",
        remedy: "add a node of `kind: clock`, or set `enabled: false`")
    } else if topology.nodes.allSatisfy({ $0.clockRatio != nil }) {
      fault(
        path.key("kind"), "all nodes are clocks, which see scalar fields only",
        remedy: "write `kind: scalar`, add a vector sensor, or set `enabled: false`")
    }
  }

  /// A scalar field should be strong enough to be there, slow enough to be recorded, and coherent as it is made.
  mutating func checkScalar(_ field: ScalarField, isEnabled: Bool, at path: TopologyPath) {
    guard isEnabled, isSoundBelow(path) else { return }
    let frequency = path.key("rest-frequency")
    let amplitudes = clockAmplitudes(of: field)
    if !amplitudes.isEmpty, amplitudes.max() == 0, amplitudes.min() == 0 {
      fault(
        path, "its amplitude is zero in every clock",
        remedy: "give radius-modulation, or a coupling that a clock's sensitivity answers to")
    }
    for (rate, node) in distinctRates where field.restFrequency >= rate.hertz / 2 {
      warn(
        frequency, "not below half of the rate \(Dimension.text(of: rate)) of `\(node)`: aliased there",
        remedy: "lower it, or raise the rate")
    }
    // (v/c)^2 = 1e-6 (physics page clock, section 2.3).
    let coherence = 1e6 / field.restFrequency
    let seconds = Double(topology.duration) * 1e-9
    if field.isStochastic, isSound(TopologyPath().key("duration")), seconds > 0.1 * coherence {
      warn(
        frequency,
        "the run is longer than a tenth of the coherence time \(Dimension.time.text(of: coherence)), but the "
          + "field keeps its amplitude and phase",
        remedy: "shorten the run, lower the frequency, or set `stochastic: false`")
    }
  }

  /// What a field makes of every clock's ratio; none where there is no clock.
  private func clockAmplitudes(of field: ScalarField) -> [Double] {
    topology.nodes.compactMap(\.clockRatio).map { field.amplitude(in: $0.sensitivity) }
  }
}

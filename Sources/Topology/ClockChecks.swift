import DarkMatter
import Instruments

extension CrossChecks {
  /// A clock measures a dimensionless ratio, and something has to change it.
  mutating func checkClock(_ ratio: ClockRatio, node: Node, at path: TopologyPath) {
    if isSound(path.key("unit")), node.unit != "1" {
      fault(path.key("unit"), "a clock measures a ratio, not \(node.unit)", remedy: "write `unit: dimensionless`")
    }
    if isSound(path.key("baseband")), node.baseband != nil {
      fault(path.key("baseband"), "a clock records real samples", remedy: "remove the key")
    }
    if isSoundBelow(path.key("sensitivity")), isSound(path.key("pair")), ratio.sensitivity == ClockSensitivity() {
      fault(
        path.key("sensitivity"), "the ratio does not depend on any constant",
        remedy: "give at least one of charge-radius, fine-structure, electron-mass, quark-mass, or a pair")
    }
    if isSoundBelow(path.key("field-shifts")), ![0, 2].contains(ratio.transitions.count) {
      fault(path.key("field-shifts"), "a ratio has two transitions", remedy: "give both, the numerator first, or none")
    }
    if isSound(path.key("white-frequency-noise")), ratio.noise.isSilent {
      fault(
        path.key("white-frequency-noise"), "a clock without noise: a search has no uncertainties then",
        remedy: "give the Allan deviation at 1 s")
    }
    if isSound(path.key("noise-growth")), ratio.noise.growth > 0, ratio.noise.isColoured {
      fault(
        path.key("noise-growth"), "only white frequency noise without servo can grow",
        remedy: "remove the key, or the other noise")
    }
  }

  /// A signal needs a node that can see its kind of field.
  mutating func checkWitnesses(of signal: Signal, at path: TopologyPath) {
    guard signal.enabled, !topology.nodes.isEmpty else { return }
    if case .scalar = signal.field {
      guard topology.nodes.allSatisfy(\.measuresVectors) else { return }
      fault(
        path.key("kind"), "no node is a clock, and nothing else sees a scalar field",
        remedy: "add a node of `kind: clock`, or set `enabled: false`")
    } else if !topology.nodes.contains(where: \.measuresVectors) {
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
    if !amplitudes.isEmpty, amplitudes.allSatisfy({ $0 == 0 }) {
      fault(
        path, "its amplitude is zero in every clock",
        remedy: "give radius-modulation, or a coupling that a clock's sensitivity answers to")
    }
    if field.largestAngle >= 1 {
      fault(
        path.key("inverse-decay-constant"),
        "theta would swing to \(shortest(field.largestAngle)), and the shift goes as its square only far below one",
        remedy: "lower it or the density, or raise the rest frequency")
    }
    let highest = (field.inverseDecayConstant > 0 ? 2 : 1) * field.restFrequency
    for (index, node) in topology.nodes.enumerated()
    where !node.measuresVectors && isSound(nodes.index(index).key("rate")) && highest >= node.sampleRate.hertz / 2 {
      warn(
        frequency,
        "the signal is not below half of the rate \(Dimension.text(of: node.sampleRate)) of `\(node.name)`: aliased there",
        remedy: "lower it, or raise the rate")
    }
  }

  /// What a field makes of every clock's ratio; none where there is no clock.
  private func clockAmplitudes(of field: ScalarField) -> [Double] {
    topology.nodes.compactMap(\.clockRatio).map {
      abs(field.amplitude(in: $0.sensitivity)) + abs(field.quadraticPeak(in: $0.sensitivity))
    }
  }
}

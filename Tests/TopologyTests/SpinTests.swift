import Foundation
import Instruments
import Sky
import Testing
import Topology

/// A network of two spin sensors: one ensemble, and the components of a pair; line numbers matter.
private let spinText = """
  name: spins
  epoch: 2026-01-01T00:00:00Z
  duration: 64 s
  synthesis: {block: 32 s}
  signals:
    - name: background
      from: 8 Hz
      to: 40 Hz
      spectrum: {amplitude-density: 4 fT/Hz^0.5, reference: 20 Hz, index: -1}
  defaults:
    nodes:
      rate: 128 Hz
      noise: {white: 1 fT/Hz^0.5}
      spins:
        relaxation-time: 0.25 s
        gyromagnetic-ratio: -32.434 MHz/T
  nodes:
    - name: single
      site: {latitude: 49.9915 deg, longitude: 8.2354 deg}
      axes:
        - {name: x, azimuth: 90 deg, altitude: 0 deg}
      spins:
        polarization: {azimuth: 0 deg, altitude: 90 deg}
        larmor-frequency: 20 Hz
        calibration: 3 nT
        projection-noise: 2 fT/Hz^0.5
    - name: pair
      site: {latitude: 50.0289 deg, longitude: 19.9048 deg}
      axes:
        - {name: x, azimuth: 127 deg, altitude: 0 deg}
        - {name: y, azimuth: 217 deg, altitude: 70 deg}
      spins:
        polarization: {azimuth: 37 deg, altitude: 20 deg}
        bias-field: 0.7 uT
        readout: pair-components
        spin: 1.5

  """

@Suite("Spins in a topology")
struct SpinTests {
  private func spoiled(_ old: String, _ new: String) throws -> String {
    let range = try #require(spinText.range(of: old), "\(old)")
    return spinText.replacingCharacters(in: range, with: new)
  }

  private func sensor(_ topology: NetworkTopology, _ node: Int) throws -> VectorSensor {
    guard case .vectorSensor(let sensor) = topology.nodes[node].instrument else { throw Missing() }
    return sensor
  }

  private struct Missing: Error {}

  @Test("are read with their units and defaults, over those of all nodes")
  func reading() throws {
    let parsed = NetworkTopology.parse(text: spinText, file: "spins.yaml")
    #expect(parsed.warnings.isEmpty, "\(parsed.warnings)")
    let topology = try parsed.get()
    let single = try #require(try sensor(topology, 0).spins)
    #expect(single.polarization == LocalDirection(azimuth: 0, altitude: 90))
    #expect(single.resonance.larmorFrequency == 20 && single.resonance.relaxationTime == 0.25)
    #expect(abs(single.resonance.gyromagneticRatio / (-2 * .pi * 32.434e6) - 1) < 1e-15)
    #expect(single.resonance.spin == 0.5 && single.calibration == 3e-9 && single.projectionNoise == 2e-15)
    #expect(single.readout == .single)
    let pair = try #require(try sensor(topology, 1).spins)
    // w0 = |γ| B
    #expect(abs(pair.resonance.larmorFrequency / (32.434e6 * 0.7e-6) - 1) < 1e-15)
    #expect(pair.readout == .pairComponents && pair.projectionNoise == 0 && pair.resonance.spin == 1.5)
    // Without a calibration |γ| S0 T2 units of spin for 1 T read 1 T.
    #expect(abs(pair.calibration * (2 * .pi * 32.434e6 * 1.5 * 0.25) - 1) < 1e-14)
  }

  @Test("a resolved topology reads back equal, and its schema accepts both")
  func roundTrip() throws {
    let topology = try NetworkTopology.parse(text: spinText, file: "spins.yaml").get()
    let again = NetworkTopology.parse(text: topology.canonicalText, file: "resolved")
    #expect(again.topology == topology, "\(again.faults)")
    let decoded = try JSONDecoder().decode(NetworkTopology.self, from: JSONEncoder().encode(topology))
    #expect(decoded == topology)
    if SchemaTests.hasPython {
      for errors in try SchemaTests().errors([spinText, topology.canonicalText]) {
        #expect(errors.isEmpty, "\(errors)")
      }
      let wrong = [
        ("larmor-frequency: 20 Hz", "larmor-frequency: 20"), ("readout: pair-components", "readout: pair"),
        ("relaxation-time: 0.25 s", "relaxation-time: 0.25 m"), ("32.434 MHz/T", "32.434 MHz"), ("3 nT", "3 nm"),
      ]
      let texts = try wrong.map { try spoiled($0.0, $0.1) }
      for (pair, errors) in zip(wrong, try SchemaTests().errors(texts)) { #expect(!errors.isEmpty, "\(pair)") }
    }
  }

  static let faults: [(old: String, new: String, message: String)] = [
    (
      "larmor-frequency: 20 Hz", "larmor-frequency: 64 Hz",
      "24:25: error: nodes[0].spins.larmor-frequency: the resonance at 64 Hz is not below half of the rate 128 Hz (raise the rate, lower the bias field, or record complex baseband about the resonance)"
    ),
    (
      "bias-field: 0.7 uT", "bias-field: 2 uT",
      "34:19: error: nodes[1].spins.bias-field: the resonance at 64.868 Hz is not below half of the rate 128 Hz (raise the rate, lower the bias field, or record complex baseband about the resonance)"
    ),
    (
      "larmor-frequency: 20 Hz", "larmor-frequency: 0 Hz",
      "24:25: error: nodes[0].spins.larmor-frequency: `0 Hz` is out of range (must be greater than 0 Hz)"
    ),
    (
      "larmor-frequency: 20 Hz", "larmor-frequency: 20 Hz\n      bias-field: 1 uT",
      "23:7: error: nodes[0].spins: needs one complete set of keys, but bias-field, larmor-frequency given (give larmor-frequency; or bias-field)"
    ),
    (
      "larmor-frequency: 20 Hz\n      ", "",
      "23:7: error: nodes[0].spins: needs one complete set of keys, but none of them is given (give larmor-frequency; or bias-field)"
    ),
    (
      "bias-field: 0.7 uT", "bias-field: 0.7 Hz",
      "34:19: error: nodes[1].spins.bias-field: `Hz` is a unit of a frequency, not of a magnetic field (write a magnetic field such as 1 pT)"
    ),
    (
      "relaxation-time: 0.25 s", "relaxation-time: 0 s",
      "15:24: error: defaults.nodes.spins.relaxation-time: `0 s` is out of range (must be greater than 0 s, at most 1000000 s)"
    ),
    (
      "      relaxation-time: 0.25 s\n", "",
      "22:7: error: nodes[0].spins.relaxation-time: missing key (add `relaxation-time: 0.1 s` here or under `defaults: nodes:`)"
    ),
    (
      "-32.434 MHz/T", "0 Hz/T",
      "16:27: error: defaults.nodes.spins.gyromagnetic-ratio: spins without a magnetic moment do not precess (give a positive or negative ratio)"
    ),
    (
      "-32.434 MHz/T", "32 MHz",
      "16:27: error: defaults.nodes.spins.gyromagnetic-ratio: `MHz` is a unit of a frequency, not of a gyromagnetic ratio (write a gyromagnetic ratio such as 2.0378e8 rad/s/T)"
    ),
    (
      "spin: 1.5", "spin: -1",
      "36:13: error: nodes[1].spins.spin: `-1` is out of range (must be greater than 0)"
    ),
    (
      "calibration: 3 nT", "calibration: 0 nT",
      "25:20: error: nodes[0].spins.calibration: `0 nT` is out of range (must be greater than 0 T)"
    ),
    (
      "projection-noise: 2 fT/Hz^0.5", "projection-noise: -2 fT/Hz^0.5",
      "26:25: error: nodes[0].spins.projection-noise: `-2 fT/Hz^0.5` is out of range (must be at least 0 T/Hz^0.5)"
    ),
    (
      "readout: pair-components", "readout: pair-component",
      "35:16: error: nodes[1].spins.readout: unknown value `pair-component` (did you mean `pair-components`?)"
    ),
    (
      "polarization: {azimuth: 0 deg, altitude: 90 deg}", "polarization: {azimuth: 270 deg, altitude: 0 deg}",
      "21:9: error: nodes[0].axes[0]: the axis lies along the polarization of the spins (turn it: spins are read across their bias field)"
    ),
    (
      "polarization: {azimuth: 0 deg, altitude: 90 deg}", "polarization: {east: 0, north: 0, up: 0}",
      "23:21: error: nodes[0].spins.polarization: the direction has no length (give east, north or up a value other than 0)"
    ),
    (
      "projection-noise: 2 fT/Hz^0.5", "readout: pair-records",
      "21:7: error: nodes[0].axes: pair-records need two axes, there are 1 (give the axis of each of the two sensors)"
    ),
    (
      "synthesis: {block: 32 s}", "synthesis: {block: 2 s}",
      "15:24: error: defaults.nodes.spins.relaxation-time: synthesis.block of 2 s is shorter than 100 T2 and does not resolve the resonance (choose synthesis.block of at least 25 s)"
    ),
    (
      "rate: 128 Hz", "rate: 200 kHz",
      "15:24: error: defaults.nodes.spins.relaxation-time: too long for projection noise at 200000 Hz, which is made in blocks of 100 T2 (at most 0.2097152 s at this rate; lower the rate or leave projection-noise out)"
    ),
  ]

  @Test("faults say file, line, column, key, reason and remedy", arguments: faults.indices)
  func fault(index: Int) throws {
    let line = Self.faults[index]
    let text = try spoiled(line.old, line.new)
    let parsed = NetworkTopology.parse(text: text, file: "spins.yaml")
    let found = parsed.faults.map(\.headline)
    #expect(found.contains("spins.yaml:" + line.message), "\(found.joined(separator: "\n"))")
    #expect(parsed.topology == nil)
  }

  @Test("only a magnetic field drives spins")
  func unit() throws {
    let text = spinText.replacing("rate: 128 Hz", with: "rate: 128 Hz\n    unit: V/m")
    let parsed = NetworkTopology.parse(text: text.replacing("T/Hz^0.5", with: "V/m/Hz^0.5"), file: "spins.yaml")
    #expect(parsed.faults.contains { $0.key == "nodes[0].unit" || $0.key == "defaults.nodes.unit" }, "\(parsed.faults)")
  }

  @Test("warnings: a block that lowers the peak, components whose noise is correlated")
  func warnings() throws {
    let short = NetworkTopology.parse(text: try spoiled("block: 32 s", "block: 5 s"), file: "spins.yaml")
    #expect(
      short.warnings.map(\.headline) == [
        "spins.yaml:15:24: warning: defaults.nodes.spins.relaxation-time: synthesis.block of 5 s is shorter than 100 T2: the peak of |R|^2 comes out lower by 2.475 % (choose synthesis.block of at least 25 s)"
      ])
    let oblique = NetworkTopology.parse(
      text: try spoiled("azimuth: 217 deg, altitude: 70 deg", "azimuth: 127 deg, altitude: 45 deg"), file: "spins.yaml")
    #expect(oblique.faults.isEmpty)
    #expect(
      oblique.warnings.map(\.reason) == [
        "its noise is correlated by 0.729 with that of an axis before, for both come from the same two sensors"
      ])
    // Without a signal there is nothing to synthesise.
    let quiet = try spoiled("block: 32 s", "block: 5 s").replacing(
      "- name: background", with: "- name: background\n    enabled: false")
    #expect(NetworkTopology.parse(text: quiet, file: "spins.yaml").warnings.isEmpty)
  }

  @Test("networks of accelerometers, force sensors, current detectors and of pure numbers are written in their units")
  func otherUnits() throws {
    for (unit, noise, line) in [
      ("m/s^2", "1 nm/s^2/Hz^0.5", "2 um/s^2"), ("N", "3 aN/√Hz", "1 fN"),
      ("A/m^2", "2 nA/m^2/Hz^0.5", "1 A/m^2"), ("dimensionless", "1e-20 1/Hz^0.5", "1e-18"),
      ("1", "1e-20 Hz^-0.5", "1e-18"),
    ] {
      let text = """
        name: other
        epoch: 2026-01-01T00:00:00Z
        duration: 64 s
        signals:
          - {name: s, from: 8 Hz, to: 40 Hz, spectrum: {amplitude-density: \(noise), reference: 20 Hz, index: 0}}
        nodes:
          - name: a
            unit: \(unit)
            site: {latitude: 49.9915 deg, longitude: 8.2354 deg}
            rate: 128 Hz
            axes: [{name: x, azimuth: 90 deg, altitude: 0 deg}]
            noise: {white: \(noise), lines: [{frequency: 50 Hz, width: 1 Hz, rms: \(line)}]}

        """
      let parsed = NetworkTopology.parse(text: text, file: "other.yaml")
      let topology = try #require(parsed.topology, "\(parsed.faults)")
      #expect(topology.nodes[0].unit == (unit == "dimensionless" ? "1" : unit))
      let again = NetworkTopology.parse(text: topology.canonicalText, file: "resolved")
      #expect(again.topology == topology, "\(again.faults)")
      if SchemaTests.hasPython, unit != "1" {
        for errors in try SchemaTests().errors([text, topology.canonicalText]) {
          #expect(errors.isEmpty, "\(unit): \(errors)")
        }
      }
    }
  }
}

import DarkMatter
import Testing
import Topology

/// A network of two magnetometers without signals; the list of signals follows in line 15.
private let networkText = """
  name: fields
  seed: 3
  epoch: 2026-06-01T00:00:00Z
  duration: 600 s
  bands:
    - {name: low, from: 0.2 Hz, to: 0.3 Hz, segment: 100 s, integration: 600 s, analysis: line}
    - {name: high, from: 9 Hz, to: 29 Hz, segment: 2 s, integration: 60 s}
  defaults:
    nodes: {unit: T, rate: 64 Hz, noise: {white: 1e-13 T/Hz^0.5}}
  nodes:
    - {name: a, site: {latitude: 50 deg, longitude: 8 deg}, axes: [{name: x, azimuth: 90 deg, altitude: 0 deg}]}
    - {name: b, site: {latitude: 38 deg, longitude: -122 deg}, axes: [{name: x, azimuth: 0 deg, altitude: 0 deg}]}

  """

/// The text of a network with signals, each given as the lines of its mapping: the first line of the first is line 15.
func network(_ signals: String..., unit: String = "T") -> String {
  let lists = signals.map { signal in
    let lines = signal.split(separator: "\n", omittingEmptySubsequences: false)
    return "  - " + lines.joined(separator: "\n    ")
  }
  return networkText.replacing("unit: T", with: "unit: \(unit)").replacing("T/Hz^0.5", with: "\(unit)/Hz^0.5")
    + "\nsignals:\n" + lists.joined(separator: "\n") + "\n"
}

let patchSignal = """
  name: patch
  kind: anisotropic-background
  from: 8 Hz
  to: 30 Hz
  spectrum: {density: 1e-27 T^2/Hz, reference: 20 Hz, index: -1}
  spots:
    - {source: {right-ascension: 90 deg, declination: 30 deg}, spread: 10 deg, fraction: 0.7}
    - {source: {x: 0, y: 0, z: -2}, spread: 33.3 deg, fraction: 0.3}
  """

let lineSignal = """
  name: line
  kind: line
  coupling: magnetic-dipole
  rest-frequency: 0.25 Hz
  strength: {rms: 1 pT}
  components:
    - {fraction: 0.9}
    - {fraction: 0.1, dispersion: 5 km/s, velocity: {right-ascension: 150 deg, declination: 20 deg, speed: 310 km/s}}
  chirality: -0.4
  """

let burstSignal = """
  name: burst
  kind: burst
  time: 30 s
  frequency: 20 Hz
  width: 0.2 s
  source: {right-ascension: 90 deg, declination: 0 deg}
  polarization: {x: 1, y: 2, z: 2}
  amplitude: 3 pT
  start: 10 s
  stop: 50 s
  rise: 5 s
  """

let wallSignal = """
  name: wall
  kind: domain-wall
  time: 300 s
  width: {thickness: 3000 km}
  source: {right-ascension: 10 deg, declination: -45 deg}
  speed: 300 km/s
  amplitude: -2 pT
  """

/// The field of the only signal.
func field(_ text: String) throws -> FieldModel {
  try #require(try NetworkTopology.parse(text: text, file: "net.yaml").get().signals.first).field
}

import Foundation
import Topology

/// A small topology without fault; line numbers matter to the tests that spoil it.
let soundText = """
  name: small
  seed: 3
  epoch: 2026-01-01T00:00:00Z
  duration: 64 s
  hub:
    endpoint: "tcp://127.0.0.1:*"
    heartbeat: 1 s
  bands:
    - name: main
      from: 9 Hz
      to: 39 Hz
      segment: 2 s
      integration: 8 s
  signals:
    - name: background
      kind: isotropic-background
      from: 8 Hz
      to: 40 Hz
      spectrum: {amplitude-density: 4 fT/Hz^0.5, reference: 20 Hz, index: -1}
      longitudinal-fraction: 0.2
      chirality: 0.6
  defaults:
    nodes:
      rate: 512 Hz
      noise:
        knee: 1 Hz
  nodes:
    - name: mainz01
      site: {latitude: 49.9915 deg, longitude: 8.2354 deg}
      axes:
        - {name: x, azimuth: 90 deg, altitude: 0 deg}
        - {name: y, azimuth: 0 deg, altitude: 0 deg}
      noise:
        white: 0.1 pT/Hz^0.5
    - name: krakow01
      site: {latitude: 50.0289 deg, longitude: 19.9048 deg, altitude: 220 m}
      rate: 256 Hz
      axes: [{name: up, east: 0, north: 0, up: 2}]
      noise:
        white: 1 pT/Hz^0.5

  """

/// `soundText` with the first `old` replaced.
func spoiled(_ old: String, _ new: String) -> String {
  guard let range = soundText.range(of: old) else { return "" }
  return soundText.replacingCharacters(in: range, with: new)
}

/// The folder of the package.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// The example networks that come with the package, by file name.
func shippedTopologies() throws -> [(name: String, text: String)] {
  let folder = packageFolder.appendingPathComponent("topologies")
  return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.sorted()
    .map { name in (name, try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) }
}

/// A message without the line of the file below it.
func headlines(_ text: String, overrides: [String] = []) -> [String] {
  let parsed = NetworkTopology.parse(text: text, file: "net.yaml", overrides: overrides)
  return (parsed.faults + parsed.warnings).map(\.headline)
}

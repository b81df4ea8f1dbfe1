import DarkMatter
import Foundation
import Instruments
import Sky
import Testing
import Topology

@Suite("Texts made from the table of keys")
struct TextTests {
  @Test("a resolved topology reads back equal")
  func roundTrip() throws {
    for (name, text) in try shippedTopologies() + [("sound", soundText), ("example", NetworkTopology.exampleText)] {
      let topology = try #require(NetworkTopology.parse(text: text, file: name).topology, "\(name)")
      let again = NetworkTopology.parse(text: topology.canonicalText, file: "resolved \(name)")
      #expect(again.faults.isEmpty, "\(again.faults)")
      #expect(again.topology == topology)
      #expect(again.topology?.canonicalText == topology.canonicalText)
    }
  }

  @Test("odd numbers, names and texts survive")
  func oddValues() throws {
    let sensor = VectorSensor(
      axes: [
        .init(name: "1", direction: LocalDirection(east: 0.1, north: -0.7, up: 1e-9)),
        .init(name: "null", direction: LocalDirection(azimuth: 251, altitude: -33.3)),
      ],
      noise: NoiseModel(
        white: 1.0 / 3 * 1e-13, knee: 0.1 + 0.2, randomWalk: .leastNonzeroMagnitude,
        lines: [.init(frequency: 50.000000000000007, width: 1e-3, rms: 1e-300)]),
      response: .lowPass(gain: 2.0 / 3, corner: 99.9))
    let topology = NetworkTopology(
      name: "yes", description: "\"quotes\" # no comment: 'x'\n\ttab \\ back\u{2028}µ\u{7}", seed: .max,
      epoch: GPSTime(nanoseconds: 1_451_606_418_123_456_789), duration: 8_000_000_000, speed: .factor(1.0 / 3),
      synthesisBlock: 4_000_000_000, hub: HubSettings(endpoint: "ipc:///run/x #y"),
      bands: [
        AnalysisBand(
          name: "true", lowestFrequency: 1, highestFrequency: 3, segment: 2_000_000_000, overlap: 0, window: .sine,
          integration: 4_000_000_000)
      ],
      signals: [
        Signal(
          name: "0x1",
          field: .isotropic(
            IsotropicBackground(
              spectrum: .table(frequencies: [0.1, 8.000000000000002], densities: [1e-30, 3.3e-29]),
              lowestFrequency: 0.5,
              highestFrequency: 7, restFrequency: 0.3, longitudinalFraction: 1.0 / 3, chirality: -2.0 / 3)),
          enabled: false)
      ],
      nodes: [
        Node(
          name: "a", site: Site(latitude: -0.1, longitude: 359.9, altitude: -3.5), sampleRate: SampleRate(35, per: 2),
          unit: "V/m", blockSamples: 3, instrument: .vectorSensor(sensor),
          clock: ClockModel(offset: -1e-7, drift: 3e-10, error: 2e-6, jitter: 1e-9, uncertainty: 1e-6),
          gaps: DataGaps(
            intervals: [.init(start: 1, length: 7, reason: .saturation)], outagesPerHour: 0.3, meanOutage: 12.5),
          calibrationUncertainty: 1.0 / 30)
      ])
    // The endpoint has a space that ZeroMQ would not like; the rest must not suffer from it.
    let parsed = NetworkTopology.parse(text: topology.canonicalText, file: "odd")
    #expect(parsed.faults.map(\.key) == ["hub.endpoint"])
    var sound = topology
    sound.hub.endpoint = "ipc:///run/gnomon"
    var connections = ConnectionSettings()
    (connections.perAddress, connections.rate, connections.handshake) = (3, 0.7, 1.0 / 3)
    sound.hub.connections = connections
    let again = NetworkTopology.parse(text: sound.canonicalText, file: "odd")
    #expect(again.faults.isEmpty, "\(again.faults)")
    #expect(again.topology == sound)
  }

  @Test("the example with every key equals the one with required keys only: all its values are defaults")
  func exampleIsDefaults() throws {
    let full = NetworkTopology.parse(text: NetworkTopology.exampleText, file: "example")
    let minimal = NetworkTopology.parse(text: NetworkTopology.minimalExampleText, file: "minimal")
    #expect(full.faults.isEmpty && full.warnings.isEmpty, "\(full.faults)")
    #expect(full.topology == minimal.topology)
    #expect(full.topology != nil)
    #expect(NetworkTopology.minimalExampleText.count < NetworkTopology.exampleText.count / 4)
  }

  @Test("the example names every key of the schema")
  func exampleIsComplete() throws {
    let schema = try JSONSerialization.jsonObject(with: Data(NetworkTopology.jsonSchema.utf8))
    var names = Set<String>()
    func collect(_ value: Any) {
      if let list = value as? [Any] { list.forEach(collect) }
      guard let object = value as? [String: Any] else { return }
      if let properties = object["properties"] as? [String: Any] { names.formUnion(properties.keys) }
      object.values.forEach(collect)
    }
    collect(schema)
    #expect(names.count > 50)
    let lines = NetworkTopology.exampleText.split(separator: "\n").map { $0.trimmingPrefix { " #-".contains($0) } }
    for name in names {
      let isInRow =
        NetworkTopology.exampleText.contains("{\(name): ") || NetworkTopology.exampleText.contains(", \(name): ")
      #expect(isInRow || lines.contains { $0.hasPrefix("\(name):") }, "\(name)")
    }
  }

  @Test("what the example shows as off can be switched on")
  func switchedOff() throws {
    var text = NetworkTopology.exampleText
    for name in ["lines", "intervals"] { text = text.replacing("\(name): []\n", with: "\n") }
    // Leave the alternatives off; a second set of keys would be a fault, and so would a band that a node at 100 kHz lacks.
    var alternatives = ["density: 2.5e-27", "table:", "east:", "north:", "up:", "x:", "y:", "z:", "u: 0 km", "v: 0 km"]
    alternatives += ["w: 0 km", "amplitude: 1 nT", "coupling-constant:", "mixing:", "virial-speed:", "crossing-time:"]
    alternatives += ["baseband:", "bias-field:"]
    // Nor a clock and the field that clocks see: they go with no band.
    var isOfClocks = false
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.hasPrefix("#  - name:") || (line.first.map { $0.isLetter } ?? false) {
        isOfClocks = line.hasPrefix("#  - name: clock") || line.hasPrefix("#  - name: scalar")
      }
      guard !isOfClocks else { return "" }
      let content = line.drop { $0 == " " }
      guard content.first == "#", let next = content.dropFirst().drop(while: { $0 == " " }).first, next != "#",
        content.dropFirst().first != " " || content.hasPrefix("#  ")
      else { return String(line) }
      if alternatives.contains(where: { content.dropFirst().hasPrefix($0) }) { return String(line) }
      return String(line.prefix(line.count - content.count)) + content.dropFirst()
    }
    let parsed = NetworkTopology.parse(text: lines.joined(separator: "\n"), file: "on")
    let topology = try #require(parsed.topology, "\(parsed.faults)")
    guard case .vectorSensor(let sensor) = topology.nodes[0].instrument else { return }
    #expect(sensor.response == .lowPass(gain: 1, corner: 100))
    #expect(sensor.noise.lines == [NoiseModel.Line(frequency: 50, width: 0.2, rms: 5e-13)])
    #expect(topology.nodes[0].gaps.intervals.count == 1)
    #expect(
      topology.signals.map(\.field.kind) == [
        "isotropic-background", "anisotropic-background", "line", "burst", "domain-wall",
      ])
    #expect(topology.signals[0].activation == Activation(start: 100_000_000_000, stop: 500_000_000_000))
    guard case .line(let line) = topology.signals[2].field else { return }
    #expect(line.components.map(\.virialSpeed) == [5e3 * 2.0.squareRoot()])
    #expect(sensor.spins?.resonance.larmorFrequency == 20)
    #expect(sensor.spins?.polarization == LocalDirection(azimuth: 0, altitude: 0))
  }
}

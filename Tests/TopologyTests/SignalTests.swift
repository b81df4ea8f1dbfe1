import DarkMatter
import Foundation
import Numerics
import Sky
import Testing
import Topology

@Suite("Signals of every kind")
struct SignalTests {
  static let epoch = try? GPSTime(utc: "2026-06-01T00:00:00Z")

  func line(_ text: String) throws -> DarkMatterLine {
    let field = try field(text)
    let line: DarkMatterLine? = if case .line(let line) = field { line } else { nil }
    return try #require(line)
  }

  @Test("spots are given by their source; the waves travel the opposite way")
  func spots() throws {
    guard case .anisotropic(let field) = try field(network(patchSignal)) else {
      Issue.record("no anisotropic background")
      return
    }
    #expect(field.background.lowestFrequency == 8 && field.background.highestFrequency == 30)
    let spots = field.directions.spots
    #expect(spots.map(\.fraction) == [0.7, 0.3])
    // (cos 30° cos 90°, cos 30° sin 90°, sin 30°), reversed.
    let expected = [SIMD3(0, -3.0.squareRoot() / 2, -0.5), SIMD3(0, 0, 1)]
    for (spot, direction) in zip(spots, expected) { #expect(length(spot.direction - direction) < 1e-15) }
    #expect(abs(spots[0].spread - 0.17453292519943295) < 1e-16)
  }

  // |v_E| is 248.573 km/s on 1 June (vector-network section 2), v_vir = 220 km/s; in units of c.
  static let trace: Double = (1.5 * 220 * 220 + 248.573 * 248.573) / (299_792.458 * 299_792.458)
  static let meanSquares: [(coupling: String, value: Double)] = [
    ("axion-gradient", trace), ("magnetic-dipole", trace * 2 / 3), ("electric-dipole", 1), ("kinetic-mixing", 1),
  ]

  @Test("an rms is that of the whole vector at the epoch", arguments: meanSquares)
  func rms(coupling: String, meanSquare: Double) throws {
    let text =
      "name: x\nkind: line\ncoupling: \(coupling)\nrest-frequency: 0.25 Hz\nstrength: {rms: 1 pT}"
    let line = try line(network(text))
    #expect(line.components == [DarkMatterLine.Component()])
    let expected = 1e-12 / meanSquare.squareRoot()
    // The extreme of the year is reached within a day or two of the epoch.
    #expect(abs(line.amplitude / expected - 1) < 2e-5)
  }

  @Test("coupling constants give the amplitudes of section 0")
  func couplingConstants() throws {
    let axion =
      "name: x\nkind: line\ncoupling: axion-gradient\nrest-frequency: 0.25 Hz\nstrength: {coupling-constant: 1e-9 GeV^-1}"
    let rate = try line(network(axion, unit: "rad/s")).amplitude * 2.0.squareRoot() * 220 / 299_792.458
    #expect(abs(rate / 5.528291e-9 - 1) < 1e-7)
    let photon =
      "name: x\nkind: line\ncoupling: electric-dipole\nrest-frequency: 1e-15 eV\nstrength: {mixing: 1e-3, density: 0.1 GeV/cm^3}"
    let dark = try line(network(photon, unit: "V/m"))
    // A quarter of the default density gives half the field.
    #expect(abs(dark.amplitude * 2.0.squareRoot() / 3.804747 * 2 - 1) < 1e-6)
    #expect(abs(dark.restFrequency - 0.2417989242084918) < 1e-15)
  }

  @Test("a stream comes from where the Earth sees it at the epoch, or has its velocity in the galaxy's frame")
  func streams() throws {
    let epoch = try #require(Self.epoch)
    let seen = try line(network(lineSignal))
    #expect(seen.coupling == .magneticDipole && seen.chirality == -0.4)
    let wind = seen.velocities(of: seen.components[1], at: epoch)
    let (ra, dec) = (150 * Double.pi / 180, 20 * Double.pi / 180)
    let source = SIMD3(cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec))
    #expect(length(wind.meanVelocity * speedOfLight + 310e3 * source) < 1e-6)
    // One component's deviation is v_vir/√2.
    #expect(abs(wind.virialSpeed * speedOfLight / 2.0.squareRoot() - 5e3) < 1e-9)
    let galactic = lineSignal.replacing(
      "{right-ascension: 150 deg, declination: 20 deg, speed: 310 km/s}", with: "{u: 0 m/s, v: 100 km/s, w: 0 m/s}")
    let still = try line(network(galactic)).components[1].meanVelocity
    // The second row of R_gal (section 2).
    let rotation = SIMD3(0.4941094278755837, -0.4448296299600112, 0.7469822444972189)
    #expect(length(still - 100e3 * rotation) < 1e-9)
    let sun = lineSignal + "\nsun: {local-standard-of-rest: {v: 240 km/s}, peculiar: {u: 10 km/s}}"
    #expect(
      try line(network(sun)).sun
        == SolarMotion(localStandardOfRest: SIMD3(0, 240e3, 0), peculiar: SIMD3(10e3, 12.24e3, 7.25e3)))
  }

  @Test("events: source, polarisation, width, activation")
  func events() throws {
    let topology = try NetworkTopology.parse(text: network(burstSignal, wallSignal), file: "net.yaml").get()
    guard case .transient(let burst) = topology.signals[0].field,
      case .transient(let wall) = topology.signals[1].field
    else {
      Issue.record("no events")
      return
    }
    #expect(burst.shape == .burst(frequency: 20, width: 0.2))
    #expect(burst.time == 30_000_000_000 && burst.speed == 299_792_458 && burst.amplitude == 3e-12)
    #expect(length(burst.propagation - SIMD3(0, -1, 0)) < 1e-15)
    #expect(length(burst.polarization - SIMD3(1.0, 2, 2) / 3) < 1e-15)
    #expect(
      topology.signals[0].activation
        == Activation(start: 10_000_000_000, stop: 50_000_000_000, rise: 5_000_000_000))
    #expect(topology.signals[1].activation == .always)
    // 3000 km at 300 km/s, and the gradient along the motion.
    #expect(wall.shape == .wall(width: 10) && wall.amplitude == -2e-12)
    #expect(wall.polarization == wall.propagation)
    #expect(topology.observationPlan.signals.map(\.activation) == topology.signals.map(\.activation))
    let crossing = wallSignal.replacing("thickness: 3000 km", with: "crossing-time: 10 s")
    #expect(try field(network(crossing)) == .transient(wall))
  }

  @Test("a resolved topology reads back equal")
  func roundTrip() throws {
    for unit in ["T", "rad/s"] {
      let signals = [patchSignal, lineSignal, burstSignal, wallSignal].map {
        $0.replacing("T^2/Hz", with: unit == "T" ? "T^2/Hz" : "(rad/s)^2/Hz").replacing(" pT", with: " p\(unit)")
      }
      let text = network(signals[0], signals[1], signals[2], signals[3], unit: unit)
      let topology = try NetworkTopology.parse(text: text, file: "net.yaml").get()
      let again = NetworkTopology.parse(text: topology.canonicalText, file: "resolved")
      #expect(again.faults.isEmpty, "\(again.faults)")
      #expect(again.topology == topology)
      #expect(again.topology?.canonicalText == topology.canonicalText)
      let coded = try JSONDecoder().decode(NetworkTopology.self, from: JSONEncoder().encode(topology))
      #expect(coded == topology)
    }
  }

  @Test("every parameter of a signal changes the checksum of the streams, the analysis of a band does not")
  func checksums() throws {
    let text = network(patchSignal, lineSignal, burstSignal, wallSignal)
    func checksum(_ overrides: String...) throws -> String {
      let parsed = NetworkTopology.parse(text: text, file: "net.yaml", overrides: overrides)
      return try #require(parsed.topology, "\(parsed.faults)").streamChecksum
    }
    let changes = [
      "patch.spots[0].spread=11 deg", "patch.spots[0].fraction=0.6", "patch.spots[1].source.x=0.1", "patch.start=1 s",
      "line.coupling=axial-vector", "line.rest-frequency=0.251 Hz", "line.strength.rms=2 pT", "line.chirality=0.1",
      "line.components[0].virial-speed=230 km/s", "line.components[1].velocity.speed=300 km/s",
      "line.components[1].dispersion=0 m/s", "line.sun.peculiar.w=7 km/s",
      "burst.time=31 s", "burst.frequency=21 Hz", "burst.width=0.3 s", "burst.source.declination=1 deg",
      "burst.speed=0.5 c", "burst.polarization.z=1", "burst.amplitude=1 pT", "burst.start=9 s", "burst.stop=51 s",
      "burst.rise=4 s", "burst.enabled=false",
      "wall.width.thickness=1 km", "wall.speed=200 km/s", "wall.polarization={x: 1, y: 0, z: 0}",
    ]
    var seen: Set = [try checksum()]
    for change in changes { #expect(seen.insert(try checksum("signals.\(change)")).inserted, "\(change)") }
    #expect(try checksum("bands.low.analysis=none") == checksum())
  }

  @Test("archives from before signals began and ended, and bands had an analysis, are read as what they were")
  func olderTopologies() throws {
    let topology = try NetworkTopology.parse(text: soundText, file: "sound").get()
    var text = String(decoding: try JSONEncoder().encode(topology), as: UTF8.self)
    text = text.replacing(#""activation":{"rise":0},"#, with: "").replacing(#","activation":{"rise":0}"#, with: "")
    text = text.replacing(#""analysis":"background","#, with: "").replacing(#","analysis":"background""#, with: "")
    #expect(!text.contains("activation") && !text.contains("analysis"))
    #expect(try JSONDecoder().decode(NetworkTopology.self, from: Data(text.utf8)) == topology)
  }
}

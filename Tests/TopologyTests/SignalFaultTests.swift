import Testing
import Topology

@Suite("Faults of signals")
struct SignalFaultTests {
  // What is replaced in a signal, by what, and the message behind the file's name; the signal begins in line 15.
  static let spoiled: [(signal: String, old: String, new: String, message: String)] = [
    (
      patchSignal, "spread: 10 deg", "spread: 0 deg",
      "21:74: error: signals[0].spots[0].spread: `0 deg` is out of range (must be from 0.1 deg to 180 deg)"
    ),
    (
      patchSignal, "fraction: 0.7", "fraction: 0.8",
      "21:7: error: signals[0].spots: the fractions sum to 1.1, more than 1 (lower them)"
    ),
    (
      patchSignal, "z: -2", "z: 0",
      "22:18: error: signals[0].spots[1].source: the direction has no length (give x, y or z a value other than 0)"
    ),
    (
      patchSignal, ", declination: 30 deg", "",
      "21:18: error: signals[0].spots[0].source: needs one complete set of keys, but right-ascension given (give right-ascension, declination; or x, y, z)"
    ),
    (
      patchSignal, "to: 30 Hz", "to: 7 Hz",
      "18:9: error: signals[0].to: not above `from` (give the lower frequency as `from`)"
    ),
    (
      lineSignal, "magnetic-dipole", "magnetic-dipol",
      "17:15: error: signals[0].coupling: unknown value `magnetic-dipol` (did you mean `magnetic-dipole`?)"
    ),
    (
      lineSignal, "magnetic-dipole", "axion-gradient",
      "23:16: error: signals[0].chirality: axion-gradient has no transverse modes to be chiral (remove chirality, or choose another coupling)"
    ),
    (
      lineSignal, "0.25 Hz", "0 Hz",
      "18:21: error: signals[0].rest-frequency: `0 Hz` is out of range (must be greater than 0 Hz)"
    ),
    (
      lineSignal, "0.25 Hz", "-1e-15 eV",
      "18:21: error: signals[0].rest-frequency: `-1e-15 eV` is out of range (must be greater than 0 Hz)"
    ),
    (
      lineSignal, "0.25 Hz", "32 Hz",
      "18:21: error: signals[0].rest-frequency: 32 Hz is outside what any node records: nobody can see the line (choose a frequency below half of a rate or within a baseband, or change the rates)"
    ),
    (
      lineSignal, "{rms: 1 pT}", "{rms: 1 pT, amplitude: 1 pT}",
      "19:15: error: signals[0].strength: needs one complete set of keys, but amplitude, rms given (give rms; or amplitude; or coupling-constant; or mixing)"
    ),
    (
      lineSignal, "{rms: 1 pT}", "{coupling-constant: 1e-9 /GeV}",
      "19:35: error: signals[0].strength.coupling-constant: known for an axion-gradient measured in rad/s, not for magnetic-dipole in T (give rms or amplitude)"
    ),
    (
      lineSignal, "{rms: 1 pT}", "{mixing: 1e-9}",
      "19:24: error: signals[0].strength.mixing: known for an electric-dipole measured in V/m, not for magnetic-dipole in T (give rms or amplitude)"
    ),
    (
      lineSignal, "{rms: 1 pT}", "{amplitude: 1 pT, density: 0.4 GeV}",
      "19:42: error: signals[0].strength.density: `GeV` is a unit of a frequency or a mass, not of an energy density (write an energy density such as 0.4 GeV/cm^3)"
    ),
    (
      lineSignal, "fraction: 0.9", "fraction: 0.8",
      "21:7: error: signals[0].components: the fractions sum to 0.9, not to 1 (change them so that nothing is left)"
    ),
    (
      lineSignal, "speed: 310 km/s", "speed: 310000 km/s",
      "22:110: error: signals[0].components[1].velocity.speed: `310000 km/s` is out of range (must be greater than 0 m/s, at most 299792458 m/s)"
    ),
    (
      lineSignal, "{right-ascension: 150 deg, declination: 20 deg, speed: 310 km/s}",
      "{u: 0.9 c, v: 0.9 c, w: 0 c}",
      "22:55: error: signals[0].components[1].velocity: 381573504.0006898 m/s in the galaxy's rest frame is not slower than light (lower it)"
    ),
    (
      lineSignal, "dispersion: 5 km/s", "dispersion: 0.8 c",
      "22:37: error: signals[0].components[1].dispersion: a virial speed of 339176448.0006132 m/s is not slower than light (lower it)"
    ),
    (
      lineSignal, "{rms: 1 pT}", "{rms: 0 pT}",
      "19:21: error: signals[0].strength.rms: `0 pT` is out of range (must be greater than 0 T)"
    ),
    (
      lineSignal, "dispersion: 5 km/s", "dispersion: 5 km/s, virial-speed: 7 km/s",
      "22:9: error: signals[0].components[1]: needs one complete set of keys, but dispersion, virial-speed given (give none; or virial-speed; or dispersion)"
    ),
    (
      lineSignal, "speed: 310 km/s", "sped: 310 km/s",
      "22:103: error: signals[0].components[1].velocity.sped: unknown key (did you mean `speed`?)"
    ),
    (
      burstSignal, "time: 30 s", "time: 601 s",
      "17:11: error: signals[0].time: after the run (choose at most 600 s)"
    ),
    (
      burstSignal, "width: 0.2 s", "width: 0 s",
      "19:12: error: signals[0].width: `0 s` is out of range (must be greater than 0 s, at most 1000000 s)"
    ),
    (
      burstSignal, "frequency: 20 Hz", "frequency: -20 Hz",
      "18:16: error: signals[0].frequency: `-20 Hz` is out of range (must be at least 0 Hz)"
    ),
    (
      burstSignal, "amplitude: 3 pT", "speed: 1.1 c\namplitude: 3 pT",
      "22:12: error: signals[0].speed: `1.1 c` is out of range (must be greater than 0 m/s, at most 299792458 m/s)"
    ),
    (
      burstSignal, "{x: 1, y: 2, z: 2}", "{x: 0, y: 0, z: 0}",
      "21:19: error: signals[0].polarization: the direction has no length (give x, y or z a value other than 0)"
    ),
    (
      burstSignal, "start: 10 s", "start: 600 s",
      "23:12: error: signals[0].start: the signal starts after the run (start it earlier, or set `enabled: false`)"
    ),
    (burstSignal, "stop: 50 s", "stop: 10 s", "24:11: error: signals[0].stop: not after `start` (give a later stop)"),
    (
      burstSignal, "rise: 5 s", "rise: 21 s",
      "25:11: error: signals[0].rise: the two edges are longer than the time from start to stop (choose at most 20 s)"
    ),
    (
      wallSignal, "{thickness: 3000 km}", "{thickness: 3000 km, crossing-time: 1 s}",
      "18:12: error: signals[0].width: needs one complete set of keys, but crossing-time, thickness given (give thickness; or crossing-time)"
    ),
    (wallSignal, "speed: 300 km/s\n", "", "15:5: error: signals[0].speed: missing key (add `speed: 300 km/s`)"),
    (
      wallSignal, "declination: -45 deg", "declination: -95 deg",
      "19:52: error: signals[0].source.declination: `-95 deg` is out of range (must be from -90 deg to 90 deg)"
    ),
  ]

  @Test("say file, line, column, key, reason and remedy", arguments: spoiled.indices)
  func message(index: Int) throws {
    let line = Self.spoiled[index]
    try #require(line.signal.contains(line.old))
    let text = network(line.signal.replacing(line.old, with: line.new, maxReplacements: 1))
    let found = headlines(text)
    #expect(found.contains("net.yaml:" + line.message), "\(found)")
    // A fault in one key does not make others look wrong, but for those that it is a part of.
    #expect(found.count <= 2, "\(found)")
    #expect(NetworkTopology.parse(text: text, file: "net.yaml").topology == nil)
  }

  // Warnings leave the topology usable.
  static let doubtful: [(signal: String, old: String, new: String, message: String)] = [
    (
      lineSignal, "0.25 Hz", "20 Hz",
      "7:5: warning: bands[1]: a background is fitted to a band with the line of signals[0] in it, at 20 Hz (write `analysis: line` or `analysis: none`, or move the band)"
    ),
    (
      burstSignal, "frequency: 20 Hz", "frequency: 40 Hz",
      "18:16: warning: signals[0].frequency: not below half of the rate 64 Hz of `a`: it is aliased there (lower it, or raise the rate)"
    ),
    (
      burstSignal, "width: 0.2 s", "width: 10 ms",
      "19:12: warning: signals[0].width: 0.01 s is shorter than a sample at 64 Hz (`a`) (widen it, or raise the rate)"
    ),
    (
      wallSignal, "speed: 300 km/s", "speed: 300 km/s\nrise: 3 s",
      "21:11: warning: signals[0].rise: without start and stop there is no edge (give one of them, or remove it)"
    ),
  ]

  @Test("warnings are apart", arguments: doubtful.indices)
  func warning(index: Int) throws {
    let line = Self.doubtful[index]
    try #require(line.signal.contains(line.old))
    let parsed = NetworkTopology.parse(
      text: network(line.signal.replacing(line.old, with: line.new, maxReplacements: 1)), file: "net.yaml")
    #expect(parsed.warnings.map(\.headline) == ["net.yaml:" + line.message])
    #expect(parsed.faults.isEmpty && parsed.topology != nil)
  }

  @Test("a node with complex baseband sees lines within it, and no events")
  func baseband() {
    func faults(_ signal: String, _ baseband: String) -> [String] {
      let text = network(signal).replacing("rate: 64 Hz", with: "rate: 2 Hz, baseband: \(baseband)")
      return headlines(text).filter { $0.contains("signals[0]") }
    }
    let far = lineSignal.replacing("0.25 Hz", with: "500.5 Hz")
    #expect(faults(far, "500 Hz") == [])
    #expect(faults(far, "502 Hz").first?.contains("outside what any node records") == true)
    #expect(faults(wallSignal, "500 Hz").first?.contains("signals[0].kind: events cannot be made") == true)
  }

  @Test("the samples that others spoil are sound")
  func sound() {
    let parsed = NetworkTopology.parse(
      text: network(patchSignal, lineSignal, burstSignal, wallSignal), file: "net.yaml")
    #expect(parsed.faults.isEmpty && parsed.warnings.isEmpty, "\(parsed.faults) \(parsed.warnings)")
  }
}

import Testing
import Topology

@Suite("Faults of topology files")
struct FaultTests {
  @Test("the text that the others spoil is sound")
  func sound() throws {
    let parsed = NetworkTopology.parse(text: soundText, file: "net.yaml")
    #expect(parsed.faults.isEmpty, "\(parsed.faults)")
    #expect(parsed.warnings.isEmpty, "\(parsed.warnings)")
    #expect(parsed.topology?.nodes.count == 2)
  }

  // One spoiled line each: what is replaced, by what, and the whole message without the line of the file.
  static let spoiledLines: [(old: String, new: String, message: String)] = [
    ("duration: 64 s", "duration: 64", "4:11: error: duration: `64` has no unit (a time needs one, such as `64 s`)"),
    (
      "duration: 64 s", "duration: 64 Hz",
      "4:11: error: duration: `Hz` is a unit of a frequency, not of a time (write a time such as 10 s)"
    ),
    ("seed: 3", "sead: 3", "2:1: error: sead: unknown key (did you mean `seed`?)"),
    (
      "seed: 3", "seed: -3",
      "2:7: error: seed: `-3` is not a whole number in the possible range (write a whole number from 0 to 18446744073709551615, without unit)"
    ),
    ("name: small\n", "", "1:1: error: name: missing key (add `name: my-network`)"),
    (
      "name: small", "name: ../small",
      "1:7: error: name: `../small` is not a name (use up to 64 letters, digits, `-` and `_`, the first a letter or digit)"
    ),
    (
      "epoch: 2026-01-01T00:00:00Z", "epoch: 2026-02-30T00:00:00Z",
      "3:8: error: epoch: `2026-02-30T00:00:00Z` is no instant of UTC: the calendar has no such day (write UTC such as 2026-01-01T00:00:00Z, or GPS seconds)"
    ),
    (
      "epoch: 2026-01-01T00:00:00Z", "epoch: [1]",
      "3:8: error: epoch: a list where an instant belongs (write UTC such as 2026-01-01T00:00:00Z, or GPS seconds)"
    ),
    (
      "seed: 3", "seed: 3\nspeed: fast",
      "3:8: error: speed: `fast` is no speed (write max, or simulated seconds per second such as 1)"
    ),
    (
      "tcp://127.0.0.1:*", "tcp://0.0.0.0:5555",
      "6:13: error: hub.endpoint: `0.0.0.0` can be reached from other machines (use 127.0.0.1, or pass --insecure to accept anyone's data)"
    ),
    (
      "tcp://127.0.0.1:*", "tcp://127.0.0.1",
      "6:13: error: hub.endpoint: `tcp://127.0.0.1` is no endpoint (write tcp://127.0.0.1:PORT, tcp://127.0.0.1:* for any free port, or ipc://PATH)"
    ),
    (
      "heartbeat: 1 s", "heartbeat: 1 min",
      "6:3: error: hub.patience: not longer than heartbeat (give it several heartbeats, such as 20 s)"
    ),
    (
      "heartbeat: 1 s", "heartbeat: 1 s\n  connections: {largest-message: 65536}",
      "8:34: error: hub.connections.largest-message: the longest block of a node has 131072 bytes (give it as many, or choose smaller `block-samples`)"
    ),
    (
      "to: 39 Hz", "to: 128 Hz",
      "11:9: error: bands[0].to: not below half of the rate 256 Hz of `krakow01` (end the band below 128 Hz)"
    ),
    (
      "from: 9 Hz", "from: 0.2 Hz",
      "10:11: error: bands[0].from: below the first frequency of a segment, 0.5 Hz (raise it or make the segment longer)"
    ),
    ("to: 39 Hz", "to: 7 Hz", "11:9: error: bands[0].to: below `from` (give the lower frequency as `from`)"),
    (
      "segment: 2 s", "segment: 2.001 s",
      "12:14: error: bands[0].segment: segment is no whole number of samples at 512 Hz (`mainz01`) (choose a multiple of 2/512 s)"
    ),
    (
      "segment: 2 s", "segment: 2 s\n    overlap: 0.3",
      "13:14: error: bands[0].overlap: `0.3` is not one of the possible values (write 0 or 0.5)"
    ),
    (
      "segment: 2 s", "segment: 2 s\n    window: han",
      "13:13: error: bands[0].window: unknown value `han` (did you mean `hann`?)"
    ),
    (
      "integration: 8 s", "integration: 8.5 s",
      "13:18: error: bands[0].integration: no multiple of segment x (1 - overlap) = 1 s (choose a multiple)"
    ),
    (
      "chirality: 0.6", "chirality: 0.9",
      "21:16: error: signals[0].chirality: |P_V| = 0.9 is more than 1 - f_L = 0.8 (only the transverse part can be chiral; lower chirality or longitudinal-fraction)"
    ),
    (
      "chirality: 0.6", "chirality: 1.5",
      "21:16: error: signals[0].chirality: `1.5` is out of range (must be from -1 to 1)"
    ),
    (
      "isotropic-background", "isotropic",
      "16:11: error: signals[0].kind: unknown kind (kinds: isotropic-background, anisotropic-background, line, burst, domain-wall, scalar)"
    ),
    (
      ", reference: 20 Hz", "",
      "19:15: error: signals[0].spectrum: needs one complete set of keys, but amplitude-density, index given (give amplitude-density, reference, index; or density, reference, index; or table)"
    ),
    (
      "4 fT/Hz^0.5", "4 fT^2/Hz",
      "19:35: error: signals[0].spectrum.amplitude-density: `fT^2/Hz` is a unit of a power spectral density of magnetic field, not of an amplitude spectral density of magnetic field (write an amplitude spectral density of magnetic field such as 0.1 pT/Hz^0.5)"
    ),
    (
      "rate: 512 Hz", "rate: 511.3 Hz",
      "4:11: error: duration: 64 s is no whole number of samples at 5113/10 Hz (`mainz01`) (choose a multiple of 10/5113 s)"
    ),
    (
      "knee: 1 Hz", "knee: -1 Hz",
      "26:13: error: defaults.nodes.noise.knee: `-1 Hz` is out of range (must be at least 0 Hz)"
    ),
    ("knee: 1 Hz", "kneee: 1 Hz", "26:7: error: defaults.nodes.noise.kneee: unknown key (did you mean `knee`?)"),
    (
      "azimuth: 90 deg", "azimuth: 90 m",
      "31:28: error: nodes[0].axes[0].azimuth: `m` is a unit of a length, not of an angle (write an angle such as 45 deg)"
    ),
    (
      "name: y", "name: x",
      "32:16: error: nodes[0].axes[1].name: `x` is the name of nodes[0].axes[0], too (give each its own name)"
    ),
    (
      "white: 0.1 pT/Hz^0.5", "random_walk: 0.1 pT/Hz^0.5",
      "34:7: error: nodes[0].noise.random_walk: unknown key (did you mean `random-walk`?)"
    ),
    (
      "name: krakow01", "name: mainz01",
      "35:11: error: nodes[1].name: `mainz01` is the name of nodes[0], too (give each its own name)"
    ),
    (
      "latitude: 50.0289 deg", "latitude: 95 deg",
      "36:22: error: nodes[1].site.latitude: `95 deg` is out of range (must be from -90 deg to 90 deg)"
    ),
    (
      "rate: 256 Hz", "rate: 256 Hz\n    rate: 128 Hz",
      "38:5: error: nodes[1].rate: duplicate key, first given in line 37 (keep one of them)"
    ),
    (
      "rate: 256 Hz", "rate: 1/0 Hz",
      "37:11: error: nodes[1].rate: `1/0 Hz` is no positive fraction of whole numbers up to 1e9 (write a rate such as 512 Hz, 0.1 Hz or 1/3 Hz)"
    ),
    (
      "rate: 256 Hz", "unit: pT",
      "37:11: error: nodes[1].unit: data are stored in SI units, and `pT` has a factor (write T; noise and signals may be given in pT)"
    ),
    (
      "rate: 256 Hz", "unit: V/m",
      "37:11: error: nodes[1].unit: `krakow01` measures V/m, but `mainz01` measures T (all vector sensors of a network have one unit)"
    ),
    (
      "rate: 256 Hz", "gaps: {intervals: [{start: 60 s, length: 5 s}]}",
      "37:32: error: nodes[1].gaps.intervals[0].start: the gap ends after the run (start + length is at most 64 s)"
    ),
    (
      "rate: 256 Hz", "gaps: {outages-per-hour: 3}",
      "37:11: error: nodes[1].gaps.mean-outage: random outages need a mean length (add `mean-outage: 2 min`)"
    ),
    (
      "rate: 256 Hz", "calibration-uncertainty: 60 %",
      "37:30: error: nodes[1].calibration-uncertainty: `60 %` is out of range (must be from 0 to 0.5)"
    ),
    (
      "rate: 256 Hz", "rate: 256 Hz\n    response:",
      "38:14: error: nodes[1].response: no value (write a value or remove the key)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 26 Hz",
      "10:11: error: bands[0].from: not within 10 to 42 Hz, what `krakow01` records (begin the band above 10 Hz, or raise the rate)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 22 Hz",
      "11:9: error: bands[0].to: not within 6 to 38 Hz, what `krakow01` records (end the band below 38 Hz, or raise the rate)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 24.25 Hz",
      "12:14: error: bands[0].segment: no whole number of cycles of the baseband's centre 24.25 Hz (`krakow01`) (choose a segment, or a baseband, for which baseband x segment is whole, so that bins line up)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 24.03 Hz",
      "1:1: error: synthesis.block: 16 s is no whole number of cycles of the baseband's centre 24.03 Hz (`krakow01`) (choose a block, or a baseband, for which baseband x block is whole)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 10 Hz",
      "38:15: error: nodes[1].baseband: below half of the rate 32 Hz (a sensor that records frequencies from zero on has real samples: remove the key, or lower the rate)"
    ),
    (
      "rate: 256 Hz", "rate: 32 Hz\n    baseband: 24",
      "38:15: error: nodes[1].baseband: `24` has no unit (a frequency needs one, such as `24 Hz`)"
    ),
    (
      "up: 2", "up: 0",
      "38:12: error: nodes[1].axes[0]: the direction has no length (give east, north or up a value other than 0)"
    ),
    (
      "up: 2", "azimuth: 2 deg",
      "38:12: error: nodes[1].axes[0]: needs one complete set of keys, but azimuth, east, north given (give azimuth, altitude; or east, north, up)"
    ),
    (
      "defaults:", "synthesis: {block: 10 ms}\ndefaults:",
      "22:20: error: synthesis.block: 0.01 s is no even number of samples at 512 Hz (`mainz01`) (choose a multiple of 2/512 s)"
    ),
  ]

  @Test("say file, line, column, key, reason and remedy", arguments: spoiledLines.indices)
  func message(index: Int) {
    let line = Self.spoiledLines[index]
    let text = spoiled(line.old, line.new)
    let found = headlines(text)
    #expect(found.contains("net.yaml:" + line.message), "\(found.joined(separator: "\n"))")
    #expect(NetworkTopology.parse(text: text, file: "net.yaml").topology == nil)
  }

  @Test("come all in one run, in the order of the file")
  func allAtOnce() {
    var text = soundText
    for (old, new) in [
      ("seed: 3", "seed: three"), ("to: 39 Hz", "to: 39"), ("knee: 1 Hz", "knee: 1 s"), ("name: y", "name: x"),
      ("segment: 2 s", "segment: 2.001 s"),
    ] {
      text = text.replacing(old, with: new)
    }
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    #expect(
      parsed.faults.map(\.key) == [
        "seed", "bands[0].to", "bands[0].segment", "bands[0].segment", "bands[0].integration",
        "defaults.nodes.noise.knee", "nodes[0].axes[1].name",
      ])
    #expect(parsed.faults.map(\.location.line) == [2, 11, 12, 12, 13, 26, 32])
  }

  @Test("show the line with a caret, as compilers do")
  func rendering() throws {
    let parsed = NetworkTopology.parse(text: spoiled("azimuth: 90 deg", "azimuth: 90"), file: "net.yaml")
    let fault = try #require(parsed.faults.first)
    #expect(
      fault.description == """
        net.yaml:31:28: error: nodes[0].axes[0].azimuth: `90` has no unit (an angle needs one, such as `90 deg`)
                - {name: x, azimuth: 90, altitude: 0 deg}
                                     ^
        """)
    #expect(throws: TopologyFaults.self) { try parsed.get() }
  }

  @Test(
    "of the YAML itself have a line, too",
    arguments: [
      ("nodes: [1, 2\nname: x\n", 2), ("name: \"open\nseed: 1\n", 3), ("name: a\n\tseed: 1\n", 2), ("a: b: c\n", 1),
      ("name: *nothing\n", 1), ("name: a\n---\nname: b\n", 2),
    ])
  func syntax(text: String, line: Int) throws {
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    let fault = try #require(parsed.faults.first)
    #expect(parsed.faults.count == 1)
    #expect(fault.reason.hasPrefix("not YAML: "))
    #expect(fault.location.line == line, "\(fault)")
  }

  @Test(
    "an empty file, a list and a single word are no topology",
    arguments: ["", "# nothing\n", "- 1\n", "word\n", "null\n"])
  func noMapping(text: String) {
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    #expect(parsed.topology == nil)
    #expect(!parsed.faults.isEmpty)
  }

  @Test("three equal keys are two faults, and the rest of the file is still checked")
  func tripleKey() {
    let text = spoiled("seed: 3", "seed: 3\nseed: 4\nseed: 5").replacing("to: 39 Hz", with: "to: 39")
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    #expect(parsed.faults.map(\.key) == ["seed", "seed", "bands[0].to"])
    #expect(parsed.faults.map(\.location.line) == [3, 4, 13])
  }

  @Test("names with one FNV-1a hash are refused")
  func hashCollision() {
    // A known collision of 64-bit FNV-1a; both are legal names.
    let text = soundText.replacing("mainz01", with: "8yn0iYCKYHlIj4-BwPqk").replacing(
      "krakow01", with: "GReLUrM4wMqfg9yzV3KQ")
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    #expect(parsed.faults.map(\.key) == ["nodes[1].name"])
    #expect(parsed.faults.first?.reason.contains("FNV-1a") == true)
  }

  @Test("aliases that multiply without end are refused in time")
  func aliasBomb() {
    var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1..<12 {
      let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(references)]\n"
    }
    let parsed = NetworkTopology.parse(text: text, file: "net.yaml")
    #expect(parsed.faults.first?.reason == "the file expands to more than 1000000 values")
  }

  @Test("a mistake in the defaults is told once, not once a node")
  func defaultsOnce() {
    let parsed = NetworkTopology.parse(text: spoiled("knee: 1 Hz", "knee: 1 m"), file: "net.yaml")
    #expect(parsed.faults.count == 1)
  }

  // Warnings leave the topology usable.
  static let doubtful: [(old: String, new: String, message: String)] = [
    (
      "from: 9 Hz", "from: 7 Hz",
      "10:11: warning: bands[0].from: the band reaches beyond the signal at signals[0], 8 to 40 Hz (a fit of one spectrum needs the signal in the whole band; narrow the band)"
    ),
    (
      "  to: 40 Hz", "  to: 200 Hz",
      "18:9: warning: signals[0].to: above half of the rate 256 Hz of `krakow01`: what lies beyond is left out there (lower it, or raise the rate)"
    ),
    (
      "integration: 8 s", "integration: 100 s",
      "13:18: warning: bands[0].integration: longer than the run: there will be one incomplete integration (choose a shorter one)"
    ),
    (
      "white: 1 pT/Hz^0.5", "white: 1 pT/Hz^0.5\n      lines: [{frequency: 150 Hz, width: 1 Hz, rms: 1 pT}]",
      "41:27: warning: nodes[1].noise.lines[0].frequency: above half of the rate 256 Hz: the line is left out (remove it or raise the rate)"
    ),
    (
      "{amplitude-density: 4 fT/Hz^0.5, reference: 20 Hz, index: -1}",
      "{table: [{frequency: 8 Hz, density: 1 fT^2/Hz}, {frequency: 30 Hz, density: 2 fT^2/Hz}]}",
      "19:15: warning: signals[0].spectrum: the table covers 8 to 30 Hz only, less than the signal's band (the field is zero outside the table; add rows or narrow the band)"
    ),
  ]

  @Test("warnings are apart", arguments: doubtful.indices)
  func warning(index: Int) {
    let line = Self.doubtful[index]
    let parsed = NetworkTopology.parse(text: spoiled(line.old, line.new), file: "net.yaml")
    #expect(parsed.warnings.map(\.headline) == ["net.yaml:" + line.message])
    #expect(parsed.faults.isEmpty)
    #expect(parsed.topology != nil)
  }

  @Test("real and complex nodes may share a band, and keep their kind in the resolved text")
  func mixedKinds() throws {
    let parsed = NetworkTopology.parse(
      text: spoiled("rate: 256 Hz", "rate: 32 Hz\n    baseband: 24 Hz"), file: "net.yaml")
    #expect(parsed.faults.isEmpty && parsed.warnings.isEmpty, "\(parsed.faults) \(parsed.warnings)")
    let topology = try parsed.get()
    #expect(topology.nodes.map(\.baseband) == [nil, 24])
    #expect(NetworkTopology.parse(text: topology.canonicalText, file: "again").topology == topology)
    #expect(TopologySummary(topology).sampleRates == ["32 Hz about 24 Hz", "512 Hz"])
    // Two axes of real samples, one of complex ones.
    #expect(TopologySummary(topology).archiveBytes >= (2 * 512 + 2 * 32) * 64 * 8)
    let real = NetworkTopology.parse(text: spoiled("rate: 256 Hz", "rate: 32 Hz"), file: "net.yaml").topology
    #expect(real == nil)
  }

  @Test("a signal and a noise line that a complex node cannot record are doubtful")
  func outsideBaseband() throws {
    let text = try #require(try shippedTopologies().first { $0.name == "resonant-array.yaml" }).text
    func warnings(_ overrides: [String]) -> [String] {
      NetworkTopology.parse(text: text, file: "net.yaml", overrides: overrides).warnings.map {
        "\($0.key): \($0.reason)"
      }
    }
    #expect(
      warnings(["signals[0].from=8 Hz", "signals[0].to=40 Hz"])
        == ["signals[0].to: the signal lies outside 99968 to 100032 Hz, what `north` records"])
    #expect(
      warnings(["nodes.west.noise.lines=[{frequency: 50 Hz, width: 1 Hz, rms: 1 pT}]"])
        == [
          "nodes[6].noise.lines[0].frequency: outside 99968 to 100032 Hz, what `west` records: of the line at most a wing is there"
        ])
  }

  @Test("an open endpoint is accepted on demand")
  func insecure() {
    let text = spoiled("tcp://127.0.0.1:*", "tcp://0.0.0.0:5555")
    #expect(NetworkTopology.parse(text: text, file: "net.yaml", allowsOpenEndpoint: true).topology != nil)
  }
}

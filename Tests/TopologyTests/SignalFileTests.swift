import DarkMatter
import Testing
import Topology

@Suite("Files of signals")
struct SignalFileTests {
  let topology: NetworkTopology

  init() throws { topology = try NetworkTopology.parse(text: network(patchSignal), file: "net.yaml").get() }

  func indented(_ text: String) -> String {
    text.split(separator: "\n").enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }.joined(separator: "\n")
  }

  @Test("one signal, a list and a mapping mean what they mean in a topology")
  func forms() throws {
    let wanted = try NetworkTopology.parse(text: network(lineSignal, burstSignal), file: "net.yaml").get().signals
    func signals(_ text: String) -> [Signal] {
      let parsed = topology.parseSignals(text: text, file: "s.yaml")
      #expect(parsed.faults.isEmpty, "\(parsed.faults)")
      return parsed.signals
    }
    #expect(signals(lineSignal) == [wanted[0]])
    let list = indented(lineSignal) + "\n" + indented(burstSignal)
    #expect(signals(list) == wanted)
    #expect(signals("signals:\n" + list) == wanted)
    #expect(
      signals("{name: l, kind: line, coupling: magnetic-dipole, rest-frequency: 0.25 Hz, strength: {rms: 1 pT}}").count
        == 1)
  }

  @Test("faults name the file, the line and the key, and those of the topology are none")
  func faults() throws {
    func faults(_ text: String) -> [TopologyFault] {
      let parsed = topology.parseSignals(text: text, file: "s.yaml")
      #expect(parsed.signals.isEmpty && !parsed.faults.isEmpty)
      #expect((parsed.faults + parsed.warnings).allSatisfy { $0.location.file == "s.yaml" })
      return parsed.faults
    }
    let unit = try #require(faults(lineSignal.replacing("{rms: 1 pT}", with: "{rms: 1 m}")).first)
    #expect(unit.location.line == 5 && unit.key == "signals[0].strength.rms" && unit.sourceLine.contains("1 m"))
    // Above half of 64 Hz nobody sees a line; half a day late is after the run.
    let high = try #require(faults("signals:\n" + indented(lineSignal.replacing("0.25 Hz", with: "40 Hz"))).first)
    #expect(high.location.line == 5 && high.key == "signals[0].rest-frequency" && high.reason.contains("nobody"))
    let late = try #require(faults(lineSignal + "\nstart: 12 h").first)
    #expect(late.location.line == 10 && late.reason.contains("after the run"))
    let typing = try #require(faults(lineSignal + "\nrize: 1 s").first)
    #expect(typing.key == "signals[0].rize" && typing.location.line == 10)
    let twice = try #require(faults(indented(lineSignal) + "\n" + indented(lineSignal)).first)
    #expect(twice.location.line == 10 && twice.reason.contains("name of signals[0]"))
    for text in ["", "[]", "signals:", "signals: []", "just words", "- [", "{name: x}"] { _ = faults(text) }
    let stray = try #require(faults("seed: 3\nsignals:\n" + indented(lineSignal)).first)
    #expect(stray.location.line == 1 && stray.key == "seed")
  }
}

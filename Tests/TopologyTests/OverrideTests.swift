import Instruments
import Sky
import Testing
import Topology

@Suite("Overrides")
struct OverrideTests {
  func parsed(_ overrides: String...) -> ParsedTopology {
    NetworkTopology.parse(text: soundText, file: "net.yaml", overrides: overrides)
  }

  @Test("replace values of the file, also by an element's name")
  func replace() throws {
    let topology = try #require(
      parsed(
        "seed=7", "duration=1 min", "nodes[1].rate=128 Hz", "nodes.mainz01.noise.white=3 pT/Hz^0.5",
        "signals[0].enabled=false", "signals.background.chirality=-0.1", "nodes.mainz01.axes.y.altitude=30 deg",
        "synthesis.block=8 s", "nodes.krakow01.gaps.intervals=[{start: 1 s, length: 2 s}]", "speed=2.5"
      ).topology)
    #expect(topology.seed == 7)
    #expect(topology.duration == 60_000_000_000)
    #expect(topology.nodes[1].sampleRate == SampleRate(128))
    guard case .vectorSensor(let sensor) = topology.nodes[0].instrument else { return }
    #expect(sensor.noise.white == 3e-12)
    #expect(sensor.noise.knee == 1, "the rest of the mapping stays")
    #expect(abs(sensor.axes[1].direction.up - 0.5) < 1e-15)
    #expect(!topology.signals[0].enabled)
    guard case .isotropic(let background) = topology.signals[0].field else { return }
    #expect(background.chirality == -0.1)
    #expect(topology.synthesisBlock == 8_000_000_000)
    #expect(
      topology.nodes[1].gaps.intervals == [
        DataGaps.Interval(start: 1_000_000_000, length: 2_000_000_000, reason: .maintenance)
      ])
    #expect(topology.speed == .factor(2.5))
  }

  @Test("of one node leave what the defaults give the others")
  func defaultsStay() throws {
    let topology = try #require(parsed("nodes.mainz01.rate=256 Hz", "defaults.nodes.noise.knee=5 Hz").topology)
    #expect(topology.nodes.map(\.sampleRate) == [SampleRate(256), SampleRate(256)])
    for node in topology.nodes {
      guard case .vectorSensor(let sensor) = node.instrument else { continue }
      #expect(sensor.noise.knee == 5)
    }
  }

  @Test(
    "get the same faults as the file, under the name --set",
    arguments: [
      ("duration=60", "--set:1:10: error: duration: `60` has no unit (a time needs one, such as `60 s`)"),
      ("duration", "--set:1:1: error: `duration` is no override (write key.path=value, such as duration=60 s)"),
      (
        "nodes..rate=1 Hz",
        "--set:1:1: error: `nodes..rate=1 Hz` is no override (write key.path=value, such as duration=60 s)"
      ),
      (
        "nodes[x].rate=1 Hz",
        "--set:1:1: error: `nodes[x].rate=1 Hz` is no override (write key.path=value, such as duration=60 s)"
      ),
      ("duratoin=60 s", "--set:1:1: error: duratoin: unknown key (did you mean `duration`?)"),
      ("nodes[7].rate=2 Hz", "--set:1:1: error: nodes[7]: the list has 2 element(s) (use an index from 0 to 1)"),
      (
        "nodes.mainz1.rate=2 Hz",
        "--set:1:1: error: nodes.mainz1: nothing in `nodes` has the name `mainz1` (did you mean `mainz01`?)"
      ),
      ("seed.x=2", "--set:1:1: error: seed: a single value has no parts to override (override `seed` as a whole)"),
      ("seed=", "--set:1:6: error: seed: no value (write a value or remove the key)"),
      (
        "nodes[0].axes=[{name: x, azimuth: 1 deg, altitude: 2}]",
        "--set:1:52: error: nodes[0].axes[0].altitude: `2` has no unit (an angle needs one, such as `2 deg`)"
      ),
      (
        "bands[0].to=300 Hz",
        "--set:1:13: error: bands[0].to: not below half of the rate 512 Hz of `mainz01` (end the band below 256 Hz)"
      ),
    ])
  func faults(override: String, message: String) {
    #expect(
      headlines(soundText, overrides: [override]).contains(message), "\(headlines(soundText, overrides: [override]))")
  }

  @Test("are numbered and shown with a caret")
  func rendering() throws {
    let fault = try #require(parsed("seed=4", "duration=60").faults.first)
    #expect(
      fault.description == """
        --set:2:10: error: duration: `60` has no unit (a time needs one, such as `60 s`)
          duration=60
                   ^
        """)
  }
}

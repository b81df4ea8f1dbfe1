import Testing
import Topology

@Suite("Damaged files")
struct MutationTests {
  /// SplitMix64, so that a failure can be repeated from the printed seed.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test("never crash the reader, and are either sound or have a fault", arguments: UInt64(1)...4)
  func mutations(seed: UInt64) throws {
    var generator = Generator(state: seed)
    let original = Array(try #require(try shippedTopologies().first { $0.name == "quickstart.yaml" }).text.utf8)
    let pieces = [
      "&a ", "*a", "- ", ": ", "{", "}", "[", "]", "\n", "\"", "'", "|", ">", "#", "!!", "%", "---\n", "e999", "-", "0",
      "~",
    ]
    var sound = 0
    for round in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(position..<min(position + Int.random(in: 1...40, using: &generator), bytes.count))
        case 2: bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: position)
        default:
          let end = min(position + Int.random(in: 1...200, using: &generator), bytes.count)
          bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: 0..<bytes.count, using: &generator))
        }
      }
      let parsed = NetworkTopology.parse(text: String(decoding: bytes, as: UTF8.self), file: "damaged")
      #expect((parsed.topology == nil) == !parsed.faults.isEmpty, "seed \(seed), round \(round)")
      for fault in parsed.faults {
        #expect(!fault.description.isEmpty && fault.location.line >= 1, "seed \(seed), round \(round)")
      }
      if let topology = parsed.topology {
        sound += 1
        let again = NetworkTopology.parse(text: topology.canonicalText, file: "resolved")
        #expect(again.topology == topology, "seed \(seed), round \(round): \(again.faults)")
        _ = TopologySummary(topology).text
      }
    }
    // Comments and numbers leave some files sound; most must not be.
    #expect(sound < 100)
  }

  @Test(
    "overrides of any kind never crash",
    arguments: [
      "=", "a=", "=1", "[0]=1", "a[=1", "a]=1", "a[99999999999999999999]=1", "nodes[0]=1", "nodes=3", "defaults=1",
      "defaults.nodes=[]", "nodes[0].kind={a: 1}", "bands[0]=~", "nodes.=1", ".=1", "seed=*x", "seed=[", "hub=null",
      "name=\u{0}",
    ])
  func overrides(text: String) {
    let parsed = NetworkTopology.parse(text: soundText, file: "net.yaml", overrides: [text])
    #expect(!parsed.faults.isEmpty)
  }

  @Test("deep nesting is refused", arguments: ["[", "{a: ", "- "])
  func depth(piece: String) {
    let text = String(repeating: piece, count: 20_000)
    #expect(!NetworkTopology.parse(text: text, file: "deep").faults.isEmpty)
    #expect(!NetworkTopology.parse(text: "name: " + text, file: "deep").faults.isEmpty)
  }
}

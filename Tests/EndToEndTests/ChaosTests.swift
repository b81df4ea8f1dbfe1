import Foundation
import Launcher
import Testing

@Suite("Chaos", .serialized)
struct ChaosTests {
  @Test("Whatever a schedule does to a network, nothing is lost and no bit differs", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func invariants(seed: UInt64) throws {
    let network = try FaultyNetwork(speed: 150, hubSettings: ", absence: 1.5 s")
    let output = network.folder.path + "/run"
    let result = try GnomonProcess.run([
      "up", network.topology, "--output", output, "--chaos", "\(seed)", "--faults", "5", "--quiet", "--format", "json",
    ])
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let report = try JSONDecoder().decode(ChaosReport.self, from: Data(result.output.utf8))
    #expect(report.held && report.invariants.count == 6)
    #expect(report.entries.count == 5 && report.entries.contains { $0.archived != nil })
    let written = try Data(contentsOf: URL(fileURLWithPath: output + "/chaos.json"))
    #expect(try JSONDecoder().decode(ChaosReport.self, from: written).held)
  }

  @Test("A schedule follows from its seed alone, and a longer one has the same faults and more")
  func schedule() {
    func faults(_ seed: UInt64, _ count: Int) -> [ChaosFault] {
      ChaosSchedule(seed: seed, count: count, nodes: ["a", "b"], patience: 2).faults
    }
    #expect(faults(9, 20) == faults(9, 20))
    #expect(faults(9, 20) != faults(10, 20))
    #expect(Set(faults(9, 12)).isSubset(of: Set(faults(9, 20))))
    let many = faults(3, 400)
    #expect(Set(many.map(\.kind)) == Set(ChaosFault.Kind.allCases))
    #expect(Set(many.map(\.target)) == ["hub", "a", "b"])
    #expect(zip(many, many.dropFirst()).allSatisfy { $0.progress <= $1.progress })
    #expect(many.allSatisfy { (0..<1).contains($0.progress) && (0...2.8).contains($0.seconds) })
  }
}

import Archive
import Foundation
import Launcher
import Node
import Testing

@Suite("Chaos", .serialized, .timeLimit(.minutes(5)))
struct ChaosTests {
  /// Together they have faults of every kind.
  static let seeds: [UInt64] = [3, 5, 18, 61]

  @Test("Whatever a schedule does to a network, nothing is lost and no bit differs", arguments: seeds)
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
    // Not only by what the command says: a stream of which nothing is missing is that of a run in which nothing happens.
    let whole = try FaultyNetwork.undisturbedStreams.get()
    let reader = try ArchiveReader(opening: output + "/archive.h5")
    let streams = try #require(try reader.checksums()).checksums.streams
    for (stream, layout) in reader.streams.enumerated() {
      let isAbsent = try reader.index(stream: stream).contains(where: \.isAbsence)
      #expect((streams[layout.name] == whole[layout.name]) != isAbsent)
    }
  }

  @Test("Samples that are not those of the topology are found by making them again")
  func otherSamples() throws {
    let network = try FaultyNetwork(speed: 1e6)
    try network.startAll()
    try network.finish()
    let signal = try network.folder.write(
      """
      - name: more
        from: 5 Hz
        to: 20 Hz
        spectrum: {density: 1e-32 T^2/Hz, reference: 10 Hz, index: 0}
      """, to: "signal.yaml")
    let injected = network.folder.path + "/injected.h5"
    let result = try GnomonProcess.run(["inject", network.archive, "--signal", signal, "--output", injected])
    #expect(result.status == 0, "\(result.errors)")
    for name in FaultyNetwork.nodeNames {
      let same = try StreamComparison(of: name, in: ArchiveReader(opening: network.archive))
      #expect(same.differing == 0 && same.absentSamples == 0 && same.firstDifference == nil)
      let other = try StreamComparison(of: name, in: ArchiveReader(opening: injected))
      #expect(other.differing > other.blocks / 2 && other.blocks == same.blocks)
    }
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
    #expect(Set(Self.seeds.flatMap { faults($0, 5) }.map(\.kind)) == Set(ChaosFault.Kind.allCases))
    #expect(Set(many.map(\.target)) == ["hub", "a", "b"])
    #expect(zip(many, many.dropFirst()).allSatisfy { $0.progress <= $1.progress })
    #expect(many.allSatisfy { (0..<1).contains($0.progress) && (0...2.8).contains($0.seconds) })
  }
}

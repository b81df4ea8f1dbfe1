import Archive
import DarkMatter
import Foundation
import HDF5
import Sky
import Synthesis
import Testing
import Topology

extension ArchiveTests {
  @Suite("What an archive records of its injections")
  struct InjectionTests {
    /// An archive without samples.
    func write(_ layout: ArchiveLayout, _ path: String) throws {
      let writer = try ArchiveWriter(creating: path, layout: layout)
      try writer.finish(status: .complete, accounting: ExampleRun().accounting(writer))
    }

    /// The example's layout with other signals.
    func layout(_ signals: [Signal]) -> ArchiveLayout {
      let example = ExampleRun().layout
      var topology = example.topology
      topology.signals = signals
      return ArchiveLayout(
        runIdentifier: "run-1", topologyText: "", topology: topology, bands: example.bands, provenance: "{}")
    }

    static let wall = TransientEvent(
      shape: .wall(width: 0.1), time: 30_000_000_000, propagation: SIMD3(1, 0, 0), speed: 1e6,
      polarization: SIMD3(0, 1, 0), amplitude: 1e-12)

    @Test("method, error, activation and the first sample of every stream come back")
    func details() throws {
      let background = try #require(ExampleRun().layout.topology.signals.first)
      var late = background
      (late.name, late.activation) = ("late", Activation(start: 3_000_000_000, rise: 1_000_000))
      let layout = layout([background, late, Signal(name: "wall", field: .transient(Self.wall))])
      let folder = try TemporaryFolder()
      try write(layout, folder.path("a.h5"))
      let rows = try ArchiveReader(opening: folder.path("a.h5")).injections()
      #expect(rows == layout.injections)
      #expect(rows.map(\.model) == ["isotropic-background", "isotropic-background", "domain-wall"])
      let details = try rows.map { try #require($0.details) }
      #expect(details[0].firstSamples == ["berkeley": 0, "anhui": 0] && details[0].activation == .always)
      // 512 Hz with a clock 1 µs late, and 1000/3 Hz.
      #expect(details[1].firstSamples == ["berkeley": 1536, "anhui": 1000] && rows[1].firstSample == 1000)
      #expect(details[1].activation == late.activation)
      // The wall begins 3.76 s before its centre passes, which the sites see within R_E/v = 6.4 s.
      for (stream, rate) in [("berkeley", 512.0), ("anhui", 1000.0 / 3)] {
        let seconds = Double(try #require(details[2].firstSamples[stream])) / rate
        #expect(abs(seconds - (30 - 3.76)) < 6.4)
      }
      #expect(details.map(\.synthesis.method) == [.covarianceFactor, .covarianceFactor, .closedForm])
      let summary = try ArchiveSummary(of: ArchiveReader(opening: folder.path("a.h5"))).description
      #expect(
        summary.contains("late  isotropic-background  from sample 1000  made by covariance-factor, relative error"))
      #expect(summary.contains("wall  domain-wall  from sample"))
    }

    @Test("rows of archives without details are read")
    func olderRows() throws {
      let folder = try TemporaryFolder()
      let path = folder.path("a.h5")
      try write(ExampleRun().layout, path)
      do {
        let file = try File(opening: path, .readWrite)
        let root = try file.root
        try root.remove("injections")
        let type = ElementType.compound(
          members: [
            .init("seed", at: 0, .uint64), .init("first_sample", at: 8, .int64), .init("id", at: 16, .text(length: 64)),
            .init("model", at: 80, .text(length: 64)), .init("parameters", at: 144, .text(length: 64)),
          ], size: 208)
        let dataset = try root.createDataset("injections", of: type, chunk: [16])
        try dataset.setLength(1)
        var bytes = [UInt8](repeating: 0, count: 208)
        bytes[0] = 5
        for (place, text) in [(16, "dark"), (80, "isotropic-background"), (144, "{}")] {
          for (offset, byte) in text.utf8.enumerated() { bytes[place + offset] = byte }
        }
        try bytes.withUnsafeBytes { try dataset.write($0, at: 0, count: 1) }
        try file.close()
      }
      let rows = try ArchiveReader(opening: path).injections()
      #expect(
        rows == [
          InjectionRow(identifier: "dark", model: "isotropic-background", parameters: "{}", seed: 5, firstSample: 0)
        ])
    }
  }
}

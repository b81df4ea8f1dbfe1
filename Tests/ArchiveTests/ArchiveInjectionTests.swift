import Archive
import Foundation
import Sky
import Testing
import Topology

extension ArchiveTests {
  @Suite("Signals put into an archive")
  struct ArchiveInjectionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An archive of noise, and what signals to put into it.
    func noise(_ text: String, baseband: Bool = true) throws -> (archive: ArchiveReader, signals: [Signal]) {
      let topology = try SimulatedArchive.topology(baseband: baseband)
      let path = folder.path("noise.h5")
      if !FileManager.default.fileExists(atPath: path) { try SimulatedArchive.write(topology, to: path) }
      let parsed = topology.parseSignals(text: text, file: "signals.yaml")
      #expect(parsed.faults.isEmpty, "\(parsed.faults)")
      return (try ArchiveReader(opening: path), parsed.signals)
    }

    func inject(
      _ injection: ArchiveInjection, _ archive: ArchiveReader, to name: String, sealing: Bool = false
    ) throws -> (reader: ArchiveReader, effects: [ArchiveInjection.Effect]) {
      var layout = try archive.layout()
      layout.injections += injection.rows
      let result = try injection.run(to: folder.path(name), layout: layout, workers: 2)
      let verification = try ArchiveVerification(of: folder.path(name))
      #expect(verification.isWhole && verification.findings.isEmpty, "\(verification.findings)")
      return (try ArchiveReader(opening: folder.path(name)), result.effects)
    }

    func samples(_ archive: ArchiveReader, _ stream: Int, _ channel: Int) throws -> [Double] {
      try archive.samples(stream: stream, channel: channel, 0..<archive.sampleCount(stream: stream))
    }

    @Test("are those of a run with the signals, up to rounding, in every kind of channel; gaps stay gaps")
    func equalsRun() throws {
      let (archive, signals) = try noise(SimulatedArchive.signals)
      let (injected, _) = try inject(ArchiveInjection(signals, into: archive), archive, to: "injected.h5")
      let path = folder.path("run.h5")
      try SimulatedArchive.write(SimulatedArchive.topology(signals: SimulatedArchive.signals), to: path)
      let run = try ArchiveReader(opening: path)
      for (stream, layout) in run.streams.enumerated() {
        for channel in layout.channels.indices {
          let (made, wanted) = (try samples(injected, stream, channel), try samples(run, stream, channel))
          let before = try samples(archive, stream, channel)
          var greatest = 0.0
          for index in wanted.indices {
            #expect(made[index].isNaN == wanted[index].isNaN && wanted[index].isNaN == before[index].isNaN)
            guard !wanted[index].isNaN else { continue }
            #expect(abs(made[index] - wanted[index]) < 1e-26, "\(layout.name) double \(index)")
            greatest = max(greatest, abs(wanted[index] - before[index]))
          }
          #expect(greatest > 1e-13)
        }
      }
      #expect(try injected.injections() == run.injections())
      #expect(try injected.accounting() == archive.accounting())
      for stream in run.streams.indices {
        #expect(try injected.quality(stream: stream) == archive.quality(stream: stream))
        let (rows, old) = (try injected.index(stream: stream), try archive.index(stream: stream))
        #expect(zip(rows, old).allSatisfy { $0.clockOffset == $1.clockOffset && $0.flags == $1.flags })
      }
    }

    @Test("change no sample before they begin, none after their end, and none of other nodes")
    func affectedSamples() throws {
      let (archive, signals) = try noise(SimulatedArchive.signals)
      let late = try #require(signals.last)
      let injection = try ArchiveInjection([late], into: archive, seed: 77, nodes: ["cell"])
      let (injected, effects) = try inject(injection, archive, to: "late.h5")
      let row = try #require(injection.rows.first)
      #expect(row.seed == 77 && row.details?.firstSamples == ["cell": 11 * 128])
      // Edge 2 s, and a low-pass of 25 Hz that forgets to 1e-6 in 14/(2 pi 25 Hz) = 89 ms.
      #expect(row.details?.steadySamples == ["cell": Int64((13.0891267 * 128).rounded(.up))])
      for channel in 0..<2 {
        let (before, after) = (try samples(archive, 0, channel), try samples(injected, 0, channel))
        let differing = before.indices.filter { before[$0].bitPattern != after[$0].bitPattern }
        #expect(try #require(differing.first) >= 11 * 128 && differing[0] <= 11 * 128 + 1)
        #expect(try #require(differing.last) < 27 * 128)
        #expect(differing.count > 15 * 128)
      }
      #expect(effects[0].firstChanged.map { (11 * 128...11 * 128 + 1).contains($0) } == true)
      // 1 pT of the field in three directions, through the low-pass at 20 Hz: |R| = 0.78; one axis about 0.58 of it.
      #expect((0.05e-12..<1e-12).contains(effects[0].rms))
      #expect(effects[1].changedSamples == 0 && effects[1].firstChanged == nil)
      let stored = try #require(try injected.checksums()?.checksums)
      let original = try #require(try archive.checksums()?.checksums)
      #expect(stored.streams["coil"] == original.streams["coil"] && stored.streams["cell"] != original.streams["cell"])
      // Blocks beside the signal keep their rows, CRC and all.
      let (rows, old) = (try injected.index(stream: 0), try archive.index(stream: 0))
      for (new, old) in zip(rows, old) {
        #expect((new == old) == (old.firstSample + 200 <= 11 * 128 || old.firstSample >= 27 * 128))
      }
    }

    @Test("may be events, and follow each other into one archive")
    func severalEvents() throws {
      let (archive, burst) = try noise(
        """
        signals:
          - name: burst
            kind: burst
            time: 8 s
            frequency: 10 Hz
            width: 0.1 s
            amplitude: 5 pT
            speed: 3000 km/s
            source: {right-ascension: 30 deg, declination: 40 deg}
            polarization: {right-ascension: 120 deg, declination: 0 deg}
        """, baseband: false)
      let (first, effects) = try inject(ArchiveInjection(burst, into: archive), archive, to: "first.h5")
      // The event passes the Earth within 2.2 s of its time, and exceeds 1e-16 of its peak for 0.9 s before and after.
      #expect(effects.allSatisfy { $0.changedSamples > 0 })
      for (stream, rate) in [(0, 128), (1, 64)] {
        let (before, after) = (try samples(archive, stream, 0), try samples(first, stream, 0))
        let differing = before.indices.filter { before[$0].bitPattern != after[$0].bitPattern }
        #expect(try #require(differing.first) > Int(4.9 * Double(rate)))
        let last = Int(11.1 * Double(rate))
        // The low-pass remembers it for a while, to rounding; the other sensor does not.
        #expect(zip(before, after).dropFirst(last).allSatisfy { $0.isNaN || abs($0 - $1) < 1e-26 })
        if stream == 1 { #expect(try #require(differing.last) < last) }
      }
      #expect(try first.injections().map { $0.details?.steadySamples } == [nil])
      let (_, background) = try noise(SimulatedArchive.signals, baseband: false)
      let second = try ArchiveInjection(Array(background.prefix(1)), into: first)
      // The random numbers of the first are not used again.
      #expect(second.rows.first?.details?.signalIndex == 1)
      #expect(throws: ArchiveError.self) { try ArchiveInjection(burst, into: first) }
      let both = try inject(second, first, to: "both.h5").reader
      #expect(try both.injections().map(\.identifier) == ["burst", "background"])
    }

    @Test("that cannot be put in are refused with the reason, and no file is left")
    func refusals() throws {
      let (archive, signals) = try noise(SimulatedArchive.signals)
      func problem(_ body: () throws -> Void) -> String {
        do {
          try body()
          return "no error"
        } catch { return "\(error)" }
      }
      #expect(
        problem { _ = try ArchiveInjection(signals, into: archive, nodes: ["mainz"]) }.contains(
          "no node mainz; it has cell, coil"))
      #expect(
        problem { _ = try ArchiveInjection(signals + signals, into: archive) }.contains("two signals are named"))
      // The cell records up to 64 Hz, the coil 4.5 to 36.5 Hz.
      let high = try SimulatedArchive.topology().parseSignals(
        text: "{name: h, kind: line, coupling: magnetic-dipole, rest-frequency: 60 Hz, strength: {rms: 1 pT}}",
        file: "h.yaml")
      #expect(
        problem { _ = try ArchiveInjection(high.signals, into: archive, nodes: ["coil"]) }.contains(
          "no node records any frequency of signal h"))
      let running = folder.path("running.h5")
      try SimulatedArchive.write(SimulatedArchive.topology(), to: running, finished: false)
      #expect(
        problem { _ = try ArchiveInjection(signals, into: ArchiveReader(opening: running)) }.contains("is going on"))
      let injection = try ArchiveInjection(signals, into: archive)
      #expect(
        problem { _ = try injection.run(to: archive.path, layout: archive.layout(), replacing: true, workers: 1) }
          .contains("it is the archive that is read"))
      let other = folder.path("other.h5")
      _ = FileManager.default.createFile(atPath: other, contents: Data("something".utf8))
      #expect(
        problem { _ = try injection.run(to: other, layout: archive.layout(), workers: 1) }.contains("the file exists"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == Data("something".utf8))
    }

    @Test("damage of the old archive is not covered up")
    func damage() throws {
      let (archive, signals) = try noise(SimulatedArchive.signals)
      let value = try archive.samples(stream: 0, channel: 0, 1000..<1001)
      let bytes = value.withUnsafeBytes { Data($0) }
      var file = try Data(contentsOf: URL(fileURLWithPath: archive.path))
      let place = try #require(file.range(of: bytes))
      file[place.lowerBound] ^= 1
      let path = folder.path("damaged.h5")
      try file.write(to: URL(fileURLWithPath: path))
      let damaged = try ArchiveReader(opening: path)
      let injection = try ArchiveInjection(signals, into: damaged)
      #expect {
        try injection.run(to: folder.path("new.h5"), layout: damaged.layout(), workers: 1)
      } throws: {
        "\($0)".contains("block 5 are not those that were archived")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("new.h5")))
    }
  }
}

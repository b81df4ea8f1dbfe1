import Archive
import Correlator
import Foundation
import HDF5
import Sky
import Testing

// HDF5 is not thread safe, so all tests of archives take turns.
@Suite(.serialized) struct ArchiveTests {}

extension ArchiveTests {
  @Suite struct WritingAndReading {
    let folder: TemporaryFolder
    let run = ExampleRun()

    init() throws { folder = try TemporaryFolder() }

    @Test func everythingComesBack() throws {
      let path = folder.path("run.h5")
      let written = try run.write(path)
      let archive = try ArchiveReader(opening: path)
      #expect(!archive.isUnfinished)
      #expect(archive.runIdentifier == "run-1")
      #expect(archive.seed == run.layout.topology.seed)
      #expect(archive.epoch == ExampleRun.epoch)
      #expect(archive.streams == run.layout.streams)
      #expect(archive.bands == run.layout.bands)
      #expect(try archive.topologyText() == run.layout.topologyText)
      #expect(try archive.topology() == run.layout.topology)
      #expect(try archive.provenance() == run.layout.provenance)
      #expect(try archive.status() == .complete)
      #expect(try archive.injections().map(\.identifier) == ["dark"])
      #expect(try archive.injections() == run.layout.injections)
      for stream in run.blocks.indices {
        #expect(try archive.sampleCount(stream: stream) == run.length(stream))
        #expect(try archive.index(stream: stream) == (0..<run.blocks[stream]).map { run.block(stream, $0).row })
        for channel in archive.streams[stream].channels.indices {
          let samples = try archive.samples(stream: stream, channel: channel, 0..<run.length(stream))
          #expect(bits(samples) == bits(run.samples(stream, channel: channel)))
        }
      }
      let matrices = try archive.products(band: 0)
      #expect(matrices.count == 4)
      for (stored, original) in zip(matrices, run.spectra) {
        #expect(stored.integration == original.integration)
        #expect(stored.segments == original.segments)
        #expect(stored.present == original.present)
        #expect(bits(stored.values) == bits(original.values))
      }
      // Integration 1 starts 20 hops of half a second after the epoch.
      #expect(try archive.productStart(band: 0, row: 2).nanoseconds == ExampleRun.epoch.nanoseconds + 10_000_000_000)
      #expect(archive.channelLabels(band: 0) == ["berkeley/x", "berkeley/up", "anhui/x"])
      let stored = try #require(try archive.checksums())
      #expect(stored.checksums == written)
      #expect(stored.samples == written.samples)
      #expect(stored.products == written.products)
      #expect(try archive.accounting()[0].declaredMissing == 2000 + 2000 + 1000)
    }

    @Test func aMatrixCountsWithItsLastPart() throws {
      let path = folder.path("parts.h5")
      let empty = ExampleRun(blocks: [0, 0])
      var layout = empty.layout
      layout.bands[0].binCount = 60_000
      func matrix(_ integration: Int64) -> CrossSpectra {
        CrossSpectra(
          integration: integration, segments: 1, present: [true, true, true],
          values: (0..<60_000 * 18).map { Double($0) + 0.5 * Double(integration) })
      }
      let writer = try ArchiveWriter(creating: path, layout: layout)
      let parts = writer.productParts(band: 0)
      #expect(parts > 2)
      for part in 0..<parts { try writer.append(matrix(0), band: 0, part: part) }
      for part in 0..<parts - 1 { try writer.append(matrix(1), band: 0, part: part) }
      try writer.flush()
      // Who follows sees whole matrices only.
      #expect(try ArchiveReader(opening: path).products(band: 0).map(\.values) == [matrix(0).values])
      try writer.finish(status: .interrupted("test"), accounting: empty.accounting(writer))
      #expect(try ArchiveReader(opening: path).products(band: 0).map(\.values) == [matrix(0).values])
      #expect(try ArchiveVerification(of: path).findings.filter { $0.severity == .error }.isEmpty)
    }

    @Test func qualityIsThatOfEverySecond() throws {
      let path = folder.path("run.h5")
      try run.write(path)
      let archive = try ArchiveReader(opening: path)
      for stream in run.blocks.indices {
        // Sample by sample, by its exact time.
        let rate = run.sampleRate(stream)
        let samples = run.samples(stream, channel: 0)
        let halfBlock = (0..<11).reduce(0) { $0 + run.count(stream, $1) }
        var expected: [QualityMask] = []
        for (sample, value) in samples.enumerated() {
          let second = sample * Int(rate.denominator) / Int(rate.numerator)
          if second == expected.count { expected.append([]) }
          if value.isNaN { expected[second].formUnion(sample < halfBlock ? .calibration : .outage) }
        }
        for second in expected.indices.dropLast() where expected[second].isEmpty { expected[second] = .data }
        expected[expected.count - 1].formUnion(.incomplete)
        #expect(try archive.quality(stream: stream) == expected)
      }
    }

    @Test func sizeOfAppendsAndFlushesLeaveNoTrace() throws {
      let first = try run.write(folder.path("first.h5"))
      // The same blocks, but streams interleaved, channels apart, flushed at odd times, matrices in between.
      let path = folder.path("second.h5")
      let writer = try ArchiveWriter(creating: path, layout: run.layout)
      var matrices = run.spectra[...]
      for number in 0..<40 {
        for stream in [1, 0] where number < run.blocks[stream] {
          let (row, payload) = run.block(stream, number)
          let count = Int(row.count)
          for channel in run.layout.streams[stream].channels.indices {
            let samples =
              payload.isEmpty
              ? [Double](repeating: .nan, count: count) : Array(payload[(channel * count)..<((channel + 1) * count)])
            try samples.withUnsafeBufferPointer { try writer.append(stream: stream, channel: channel, samples: $0) }
          }
          try writer.appendIndex(stream: stream, rows: [row])
        }
        if number % 3 == 0 { try writer.flush(fileInterval: .zero) }
        if number % 5 == 0, let matrix = matrices.popFirst() { try writer.append(matrix, band: 0) }
      }
      for matrix in matrices { try writer.append(matrix, band: 0) }
      let second = try writer.finish(status: .complete, accounting: run.accounting(writer))
      #expect(second == first)
      #expect(second.samples == first.samples)
      let archives = try ["first.h5", "second.h5"].map { try ArchiveReader(opening: folder.path($0)) }
      for stream in run.blocks.indices {
        #expect(try archives[0].quality(stream: stream) == archives[1].quality(stream: stream))
        for channel in run.layout.streams[stream].channels.indices {
          let both = try archives.map { bits(try $0.samples(stream: stream, channel: channel, 0..<run.length(stream))) }
          #expect(both[0] == both[1])
        }
      }
      #expect(try ArchiveVerification(of: path).findings.isEmpty)
    }

    @Test func wholeChunksAndPiecesGiveTheSameSamples() throws {
      let chunk = ArchiveFormat.chunkSamples
      let samples = (0..<(5 * chunk + 77)).map { Double($0).squareRoot() }
      for (name, pieces) in [
        ("aligned", [3 * chunk, 2 * chunk + 77]), ("crooked", [1, chunk, chunk - 1, 2 * chunk + 5, chunk + 72]),
      ] {
        let writer = try ArchiveWriter(creating: folder.path(name), layout: run.layout)
        var start = 0
        for piece in pieces {
          try samples.withUnsafeBufferPointer {
            try writer.append(
              stream: 1, channel: 0, samples: UnsafeBufferPointer(rebasing: $0[start..<(start + piece)]))
          }
          start += piece
          try writer.flush()
        }
        let archive = try ArchiveReader(opening: folder.path(name))
        #expect(try archive.samples(stream: 1, channel: 0, 0..<samples.count) == samples)
      }
    }

    @Test func checksumsAreThoseOfPython() throws {
      // import hashlib, struct
      // s = hashlib.sha256(struct.pack('<qIIBI', 0, 4, 0, 0, 0x01020304) + struct.pack('<qIIBI', 4, 4, 2, 3, 0)).hexdigest()
      // t = hashlib.sha256(f'{hashlib.sha256().hexdigest()}  anhui\n{s}  berkeley\n'.encode()).hexdigest()
      let writer = try ArchiveWriter(creating: folder.path("two.h5"), layout: run.layout)
      let samples = [Double](repeating: 1, count: 8)
      let rows = [
        IndexRow(sequence: 0, firstSample: 0, gpsNanoseconds: 0, count: 4, crc32c: 0x0102_0304),
        IndexRow(sequence: 1, firstSample: 4, gpsNanoseconds: 0, count: 4, flags: 2, reason: 3, crc32c: 0),
      ]
      try samples.withUnsafeBufferPointer { try writer.append(stream: 0, block: rows[0], payload: $0) }
      try writer.append(stream: 0, block: rows[1], payload: UnsafeBufferPointer(start: nil, count: 0))
      let checksums = try writer.finish(status: .interrupted("test"), accounting: [])
      #expect(checksums.streams["berkeley"] == "ff0948e3f8a146c86b6306a0b1d0c0d164edac06080f7743a44a0f817a8ce207")
      #expect(checksums.samples == "fb9c0cef2fd364e32144d881b00a7a2160aea94dcbca23e5aea8d8ef5fe7fd1f")
    }

    @Test func slowStreamsHaveAQualityEntryForEverySample() throws {
      var layout = run.layout
      layout.streams[1].sampleRate = SampleRate(1, per: 7)
      let path = folder.path("slow.h5")
      let writer = try ArchiveWriter(creating: path, layout: layout)
      let row = IndexRow(sequence: 0, firstSample: 0, gpsNanoseconds: 0, count: 3, flags: 1, reason: 4, crc32c: 0)
      try [1, .nan, 3].withUnsafeBufferPointer { try writer.append(stream: 1, block: row, payload: $0) }
      try writer.finish(status: .complete, accounting: [])
      #expect(try ArchiveReader(opening: path).quality(stream: 1) == [.data, .maintenance, .data])
      let attributes = try File(opening: path).root.group("quality").dataset("anhui", of: .uint32).attributes
      #expect(try attributes.double("dx") == 7)
    }

    @Test func analysesAreStoredAndReplaced() throws {
      let path = folder.path("run.h5")
      let checksums = try run.write(path)
      for result in [#"{"amplitude":1}"#, #"{"amplitude":2,"unit":"ü"}"#] {
        try StoredAnalysis.store("background_fit", result: result, provenance: "{}", band: "wide", inArchive: path)
        let archive = try ArchiveReader(opening: path)
        let stored = try #require(try archive.analysis(band: 0, named: "background_fit"))
        #expect(stored.result == result)
        #expect(stored.productsChecksum == checksums.bands["wide"])
        #expect(try archive.analysis(band: 0, named: "spectra") == nil)
        #expect(try archive.analysis(band: 0, named: "nothing") == nil)
      }
      #expect(try ArchiveVerification(of: path).findings.isEmpty)
      #expect(throws: ArchiveError.self) {
        try StoredAnalysis.store("spectra", result: "{}", provenance: "{}", band: "wide", inArchive: path)
      }
      #expect(throws: ArchiveError.self) {
        try StoredAnalysis.store("fit", result: "{}", provenance: "{}", band: "narrow", inArchive: path)
      }
    }

    @Test func arithmeticIsComparedWherePossible() throws {
      let made = try #require(ArchiveArithmetic(provenance: run.layout.provenance))
      let other = try #require(
        ArchiveArithmetic(
          provenance: #"{"instructionSet":"AVX-512","linearAlgebraKernels":"SkylakeX","libraries":{"OpenBLAS":"0.3"}}"#)
      )
      #expect(made.differences(from: made).isEmpty)
      #expect(
        made.differences(from: other) == ["AVX2 loops against AVX-512", "OpenBLAS kernels Haswell against SkylakeX"])
      #expect(ArchiveArithmetic(provenance: "{}") == nil && ArchiveArithmetic(provenance: "no JSON") == nil)
    }

    @Test func summaryTellsWhatIsThere() throws {
      let path = folder.path("run.h5")
      try run.write(path)
      let summary = try ArchiveSummary(of: try ArchiveReader(opening: path))
      #expect(summary.streams[0].blocks == 40)
      #expect(summary.streams[0].missingSamples == 5000)
      #expect(summary.streams[0].gaps.map(\.reason) == ["calibration", "outage"])
      #expect(summary.streams[0].gaps[0].start == 6000.0 / 512)
      #expect(summary.streams[0].gaps[0].end == 10000.0 / 512)
      #expect(summary.bands[0].segments == 20 + 19 + 18 + 17)
      let decoded = try JSONDecoder().decode(ArchiveSummary.self, from: try JSONEncoder().encode(summary))
      #expect(decoded == summary)
      for text in [
        "status     complete", "berkeley", "gap in 11.7188 ... 19.5313 s: calibration", "1 ... 3 Hz",
        "arithmetic AVX2 loops, OpenBLAS kernels Haswell, fftw-3",
      ] {
        #expect(summary.description.contains(text), "\(summary)")
      }
    }
  }
}

import Archive
import CKernels
import Correlator
import Foundation
import HDF5
import Instruments
import Sky
import Testing
import Topology

/// One node of two complex channels beside a real one.
private struct BasebandRun {
  static let blocks = 30
  let layout: ArchiveLayout

  init() {
    let axes = ["x", "y"].map {
      VectorSensor.Axis(name: $0, direction: LocalDirection(east: $0 == "x" ? 1 : 0, north: $0 == "y" ? 1 : 0, up: 0))
    }
    func node(_ name: String, _ baseband: Double?, _ axes: [VectorSensor.Axis]) -> Node {
      Node(
        name: name, site: Site(latitude: 47, longitude: 8), sampleRate: SampleRate(64), baseband: baseband, unit: "T",
        blockSamples: 1500, instrument: .vectorSensor(VectorSensor(axes: axes, noise: NoiseModel(white: 1))))
    }
    layout = ArchiveLayout(
      runIdentifier: "run-2", topologyText: "name: mixed\n",
      topology: NetworkTopology(
        name: "mixed", seed: 2, epoch: ExampleRun.epoch, duration: 703_125_000_000, synthesisBlock: 1_000_000_000,
        bands: [], signals: [], nodes: [node("coil", 121_380.5, axes), node("plain", nil, [axes[0]])]),
      bands: [], provenance: "{}")
  }

  /// Numbers of a block, channel after channel; block 4 is missing, block 7 lacks samples 100 ..< 200.
  func payload(_ stream: Int, _ block: Int) -> [Double] {
    guard block != 4 else { return [] }
    let size = stream == 0 ? 2 : 1
    return (0..<(stream == 0 ? 2 : 1)).flatMap { channel in
      (0..<1500 * size).map { index in
        block == 7 && (100..<200).contains(index / size)
          ? .nan : Double(index + block * 1500 * size) + Double(channel) * 0.25
      }
    }
  }

  func append(_ block: Int, of stream: Int, to writer: ArchiveWriter) throws {
    let payload = payload(stream, block)
    let first = Int64(block * 1500)
    let row = IndexRow(
      sequence: UInt64(block), firstSample: first,
      gpsNanoseconds: SampleRate(64).time(ofSample: first, epoch: ExampleRun.epoch).nanoseconds, count: 1500,
      flags: block == 4 ? 3 : block == 7 ? 1 : 0, reason: block == 4 || block == 7 ? 1 : 0,
      crc32c: payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) })
    try payload.withUnsafeBufferPointer { try writer.append(stream: stream, block: row, payload: $0) }
  }

  func finish(_ writer: ArchiveWriter) throws -> ArchiveChecksums {
    try writer.finish(
      status: .complete,
      accounting: layout.streams.enumerated().map { position, stream in
        let length = writer.nextSample(stream: position)
        let missing = writer.missingSamples(stream: position)
        return StreamAccounting(
          stream: stream.name, sent: length, archived: length - missing, declaredMissing: missing, blocksSent: 30,
          blocksArchived: 30)
      })
  }

  func write(_ path: String) throws -> ArchiveChecksums {
    let writer = try ArchiveWriter(creating: path, layout: layout)
    for block in 0..<Self.blocks {
      for stream in 0..<2 { try append(block, of: stream, to: writer) }
      if block % 3 == 0 { try writer.flush() }
    }
    #expect(writer.missingSamples(stream: 0) == 1600)
    return try finish(writer)
  }
}

extension ArchiveTests {
  @Suite struct ComplexSamples {
    let folder: TemporaryFolder
    private let run = BasebandRun()

    init() throws { folder = try TemporaryFolder() }

    private func samples(_ channel: Int) -> [Double] {
      (0..<BasebandRun.blocks).flatMap { block -> [Double] in
        block == 4
          ? Array(repeating: .nan, count: 3000) : Array(run.payload(0, block)[channel * 3000..<(channel + 1) * 3000])
      }
    }

    @Test func everythingComesBack() throws {
      let path = folder.path("run.h5")
      let written = try run.write(path)
      let archive = try ArchiveReader(opening: path)
      #expect(archive.streams == run.layout.streams)
      #expect(archive.streams.map(\.baseband) == [121_380.5, nil])
      #expect(try archive.sampleCount(stream: 0) == 45_000)
      for channel in 0..<2 {
        #expect(bits(try archive.samples(stream: 0, channel: channel, 0..<45_000)) == bits(samples(channel)))
        // Across the chunks' boundary.
        let part = try archive.samples(stream: 0, channel: channel, 16_380..<16_390)
        #expect(bits(part) == bits(Array(samples(channel)[2 * 16_380..<2 * 16_390])))
      }
      #expect(throws: ArchiveError.self) { try archive.samples(stream: 0, channel: 0, 44_999..<45_001) }
      let verification = try ArchiveVerification(of: path)
      #expect(verification.findings.isEmpty, "\(verification.findings)")
      #expect(verification.samplesChecked == 3 * 45_000)
      #expect(try archive.checksums()?.checksums == written)
      let quality = try archive.quality(stream: 0)
      #expect(quality.count == 704 && quality[0] == .data && quality[100] == .outage)
      let text = try ArchiveSummary(of: archive).description
      #expect(text.contains("64 Hz complex about 121380.5 Hz") && text.contains("1600 samples missing"))
    }

    @Test func aChangedPartIsFound() throws {
      let path = folder.path("run.h5")
      _ = try run.write(path)
      do {
        let file = try File(opening: path, .readWrite)
        let dataset = try file.root.group("nodes").group("coil").dataset("y", of: .complex128, cacheBytes: 0)
        // One bit of the imaginary part of sample 20 000.
        try withUnsafeBytes(of: (20_000.0, 1.0)) { try dataset.write($0, at: 20_000, count: 1) }
        try file.close()
      }
      let verification = try ArchiveVerification(of: path)
      #expect(!verification.isWhole)
      #expect(verification.findings.contains { $0.object == "/nodes/coil/index" && $0.problem.contains("block 13") })
    }

    @Test func recoveredAndResumedItIsTheSameRun() throws {
      let whole = try run.write(folder.path("whole.h5"))
      let (live, copy) = (folder.path("live.h5"), folder.path("copy.h5"))
      let writer = try ArchiveWriter(creating: live, layout: run.layout)
      for block in 0..<19 { for stream in 0..<2 { try run.append(block, of: stream, to: writer) } }
      try writer.flush(fileInterval: .zero)
      for block in 19..<23 { try run.append(block, of: 0, to: writer) }
      try FileManager.default.copyItem(atPath: live, toPath: copy)
      let recovery = try ArchiveRecovery.recover(copy)
      #expect(recovery.wasNeeded)
      #expect((recovery.samples["coil"] ?? 0) >= 19 * 1500)
      #expect(try ArchiveVerification(of: copy).isWhole)
      let second = try ArchiveWriter(resuming: copy)
      for stream in 0..<2 {
        for block in Int(second.nextSequence(stream: stream))..<30 { try run.append(block, of: stream, to: second) }
      }
      #expect(try run.finish(second) == whole)
    }
  }
}

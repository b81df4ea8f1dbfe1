import Archive
import CKernels
import Correlator
import DarkMatter
import Foundation
import Instruments
import Sky
import Topology

/// A folder that is removed when the test is over.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// A run of two nodes whose samples are a simple function of their place, with gaps of every kind.
struct ExampleRun {
  static let epoch = GPSTime(nanoseconds: 1_126_259_462_123_456_789)
  let layout: ArchiveLayout
  /// Blocks of each stream.
  let blocks: [Int]

  init(blocks: [Int] = [40, 9], description: String = "") {
    let axes = [
      VectorSensor.Axis(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0)),
      VectorSensor.Axis(name: "up", direction: LocalDirection(east: 0, north: 0.6, up: 0.8)),
    ]
    let noise = NoiseModel(white: 1e-13, knee: 2)
    let topology = NetworkTopology(
      name: "example", description: description, seed: 18_446_744_073_709_551_557, epoch: Self.epoch,
      duration: 60_000_000_000, synthesisBlock: 1_000_000_000,
      bands: [
        AnalysisBand(
          name: "wide", lowestFrequency: 1, highestFrequency: 3, segment: 1_000_000_000, overlap: 0.5,
          integration: 10_000_000_000)
      ],
      signals: [
        Signal(
          name: "dark",
          field: .isotropic(
            IsotropicBackground(
              spectrum: .powerLaw(level: 1e-26, reference: 20, index: 0), lowestFrequency: 8, highestFrequency: 40,
              chirality: 0.6))),
        Signal(
          name: "off",
          field: .isotropic(
            IsotropicBackground(
              spectrum: .powerLaw(level: 1, reference: 1, index: 0), lowestFrequency: 1, highestFrequency: 2)),
          enabled: false),
      ],
      nodes: [
        Node(
          name: "berkeley", site: Site(latitude: 37.8719, longitude: -122.2585, altitude: 100),
          sampleRate: SampleRate(512), unit: "T", blockSamples: 2000,
          instrument: .vectorSensor(VectorSensor(axes: axes, noise: noise)), clock: ClockModel(offset: 1e-6),
          calibrationUncertainty: 0.03),
        Node(
          name: "anhui", site: Site(latitude: 31.82, longitude: 117.23), sampleRate: SampleRate(1000, per: 3),
          unit: "pT", blockSamples: 1999,
          instrument: .vectorSensor(VectorSensor(axes: [axes[0]], noise: noise))),
      ])
    layout = ArchiveLayout(
      runIdentifier: "run-1", topologyText: "# a comment with an ü\nname: example\n", topology: topology,
      bands: [
        BandPlan(
          name: "wide", segment: 1_000_000_000, hop: 500_000_000, window: .hann, segmentsPerIntegration: 20,
          firstBin: 1, binCount: 3)
      ],
      provenance: #"""
        {"command":"gnomon up","instructionSet":"AVX2","linearAlgebraKernels":"Haswell","libraries":{"FFTW":"fftw-3"}}
        """#)
    self.blocks = blocks
  }

  func sampleRate(_ stream: Int) -> SampleRate { layout.streams[stream].sampleRate }

  /// Samples of each channel in one block: every seventh block is shorter.
  func count(_ stream: Int, _ block: Int) -> Int { layout.streams[stream].blockSamples - (block % 7 == 6 ? 137 : 0) }

  func length(_ stream: Int) -> Int { (0..<blocks[stream]).reduce(0) { $0 + count(stream, $1) } }

  /// The value of a sample; NaN where it is missing: blocks 3 and 4, and the second half of block 11.
  func value(_ stream: Int, channel: Int, block: Int, sample: Int, first: Int) -> Double {
    if block == 3 || block == 4 || (block == 11 && sample >= count(stream, block) / 2) { return .nan }
    return Double(first + sample) * 0.25 + Double(channel) * 1e7 + Double(stream) * 1e9
  }

  /// A block's header and payload.
  func block(_ stream: Int, _ block: Int) -> (row: IndexRow, payload: [Double]) {
    let first = (0..<block).reduce(0) { $0 + self.count(stream, $1) }
    let count = self.count(stream, block)
    let isMissing = block == 3 || block == 4
    var payload: [Double] = []
    if !isMissing {
      for channel in layout.streams[stream].channels.indices {
        for sample in 0..<count {
          payload.append(value(stream, channel: channel, block: block, sample: sample, first: first))
        }
      }
    }
    let checksum = payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) }
    let row = IndexRow(
      sequence: UInt64(block), firstSample: Int64(first),
      gpsNanoseconds: sampleRate(stream).time(ofSample: Int64(first), epoch: Self.epoch).nanoseconds,
      count: UInt32(count), flags: isMissing ? 2 : block == 11 ? 1 : 0, reason: isMissing ? 2 : block == 11 ? 1 : 0,
      clockOffset: 1e-6, clockUncertainty: 1e-7, crc32c: checksum)
    return (row, payload)
  }

  /// All samples of a channel.
  func samples(_ stream: Int, channel: Int) -> [Double] {
    var samples: [Double] = []
    for block in 0..<blocks[stream] {
      let first = samples.count
      samples += (0..<count(stream, block)).map {
        value(stream, channel: channel, block: block, sample: $0, first: first)
      }
    }
    return samples
  }

  func append(_ number: Int, of stream: Int, to writer: ArchiveWriter) throws {
    let (row, payload) = block(stream, number)
    try payload.withUnsafeBufferPointer { try writer.append(stream: stream, block: row, payload: $0) }
  }

  /// Matrices of three channels and three bins; the last without the second channel.
  var spectra: [CrossSpectra] {
    (0..<4).map { row in
      let present = [true, row != 3, true]
      var values: [Double] = []
      for bin in 0..<3 {
        for first in 0..<3 {
          for second in 0..<3 {
            let isPresent = present[first] && present[second]
            values.append(isPresent ? Double(100 * row + 10 * bin + first + second) : .nan)
            values.append(isPresent ? Double(first - second) : .nan)
          }
        }
      }
      return CrossSpectra(integration: Int64(row / 2), segments: 20 - row, present: present, values: values)
    }
  }

  func accounting(_ writer: ArchiveWriter) -> [StreamAccounting] {
    layout.streams.enumerated().map { position, stream in
      let length = writer.nextSample(stream: position)
      let missing = writer.missingSamples(stream: position)
      let blocks = Int64(writer.nextSequence(stream: position))
      return StreamAccounting(
        stream: stream.name, sent: length, archived: length - missing, declaredMissing: missing, blocksSent: blocks,
        blocksArchived: blocks)
    }
  }

  /// Writes the whole run, stream after stream.
  @discardableResult
  func write(_ path: String) throws -> ArchiveChecksums {
    let writer = try ArchiveWriter(creating: path, layout: layout)
    for stream in blocks.indices {
      for number in 0..<blocks[stream] { try append(number, of: stream, to: writer) }
    }
    for matrix in spectra { try writer.append(matrix, band: 0) }
    return try writer.finish(status: .complete, accounting: accounting(writer))
  }
}

/// The bit patterns of samples, so that NaN equals NaN.
func bits(_ samples: [Double]) -> [UInt64] { samples.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern } }

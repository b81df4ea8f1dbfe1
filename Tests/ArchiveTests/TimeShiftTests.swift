import Archive
import CKernels
import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Testing
import Topology

/// Archives of three stations whose samples the test makes itself.
struct HandmadeRun {
  static let rate = 64
  static let seconds = 120
  static let sites = [(50.0, 8.0), (38.0, -122.0), (-35.0, 149.0)]
  static let plan = BandPlan(
    name: "wide", segment: 1_000_000_000, hop: 500_000_000, window: .hann, segmentsPerIntegration: 40, firstBin: 8,
    binCount: 17)

  /// Writes an archive.
  ///
  /// - Parameters:
  ///   - path: of the new file.
  ///   - uncertainty: of the calibration of every node.
  ///   - sample: value of a station's only channel at a sample number.
  static func write(_ path: String, uncertainty: Double = 0, sample: (_ station: Int, _ number: Int) -> Double) throws {
    let axes = [
      LocalDirection(east: 1, north: 0, up: 0), LocalDirection(east: 0.6, north: 0.8, up: 0),
      LocalDirection(east: 0, north: 0.6, up: 0.8),
    ]
    let nodes = sites.indices.map { station in
      Node(
        name: "station\(station)", site: Site(latitude: sites[station].0, longitude: sites[station].1),
        sampleRate: SampleRate(Int64(rate)), unit: "T", blockSamples: rate * seconds,
        instrument: .vectorSensor(
          VectorSensor(axes: [.init(name: "x", direction: axes[station])], noise: NoiseModel(white: 1))),
        calibrationUncertainty: uncertainty)
    }
    let topology = NetworkTopology(
      name: "handmade", description: "", seed: 1, epoch: ExampleRun.epoch, duration: Int64(seconds) * 1_000_000_000,
      synthesisBlock: 1_000_000_000,
      bands: [
        AnalysisBand(
          name: "wide", lowestFrequency: 8, highestFrequency: 24, segment: 1_000_000_000, overlap: 0.5,
          integration: 20_000_000_000)
      ], signals: [], nodes: nodes)
    let layout = ArchiveLayout(
      runIdentifier: "handmade", topologyText: "name: handmade\n", topology: topology, bands: [plan],
      provenance: "{}")
    let samples = sites.indices.map { station in (0..<rate * seconds).map { sample(station, $0) } }
    let writer = try ArchiveWriter(creating: path, layout: layout)
    for (stream, payload) in samples.enumerated() {
      let row = IndexRow(
        sequence: 0, firstSample: 0, gpsNanoseconds: ExampleRun.epoch.nanoseconds, count: UInt32(payload.count),
        crc32c: payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) })
      try payload.withUnsafeBufferPointer { try writer.append(stream: stream, block: row, payload: $0) }
    }
    let rates = sites.map { _ in SampleRate(Int64(rate)) }
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, workers: 1)
    let count = Int(plan.segments(inSamples: Int64(rate * seconds), at: rates[0]) ?? 0)
    var rows: [CrossSpectra] = []
    samples[0].withUnsafeBufferPointer { a in
      samples[1].withUnsafeBufferPointer { b in
        samples[2].withUnsafeBufferPointer { c in
          correlator.add(
            firstSegment: 0, count: count, samples: [a.baseAddress, b.baseAddress, c.baseAddress],
            emit: { rows.append($0) })
        }
      }
    }
    correlator.finish { rows.append($0) }
    for row in rows { try writer.append(row, band: 0) }
    let length = Int64(rate * seconds)
    try writer.finish(
      status: .complete,
      accounting: layout.streams.map {
        StreamAccounting(
          stream: $0.name, sent: length, archived: length, declaredMissing: 0, blocksSent: 1, blocksArchived: 1)
      })
  }
}

@Suite struct TimeShiftTests {
  static func analyse(_ path: String) throws -> (band: ArchiveAnalysis.Band, path: String) {
    let analysis = try ArchiveAnalysis.run(
      path: path, checks: BackgroundCheckOptions(timeShifts: 3, workers: 2), skyOptions: .init(choice: .never),
      provenance: "{}")
    return (try #require(analysis.bands.first), path)
  }

  static func noise(_ station: Int, _ number: Int, key: UInt64) -> Double {
    let four = NormalDeviates.four(SIMD4(UInt32(number / 4), UInt32(station), 0, 0), key: key)
    return four[number % 4]
  }

  /// The same noise in all stations is found as a background and gone when they are shifted; a mains hum in step at all of
  /// them stays, and is flagged.
  @Test func whatPassesByIsLostAndAHumStays() throws {
    let folder = try TemporaryFolder()
    try HandmadeRun.write(folder.path("passing.h5")) { station, number in
      Self.noise(station, number, key: 5) + 0.7 * Self.noise(9, number, key: 5)
    }
    let passing = try Self.analyse(folder.path("passing.h5")).band
    let lost = try #require(passing.nullTests)
    #expect(passing.fit.detection.isSignificant)
    #expect(lost.timeShifts.count == 3 && lost.timeShifts.allSatisfy { $0.statistic ?? 99 < 25 })
    #expect(try #require(lost.timeShiftProbability) > 0.0027)
    #expect(lost.neighbours.count == 2)

    try HandmadeRun.write(folder.path("hum.h5")) { station, number in
      Self.noise(station, number, key: 6) + 0.4 * cos(2 * .pi * 12 * Double(number) / Double(HandmadeRun.rate))
    }
    let (hum, path) = try Self.analyse(folder.path("hum.h5"))
    let stays = try #require(hum.nullTests)
    #expect(hum.fit.detection.isSignificant)
    #expect(try #require(stays.timeShiftProbability) < 0.0027)
    #expect(stays.neighbours.allSatisfy { $0.sigma ?? 9 < 5 })

    // Both are stored with the products, and read back.
    let reader = try ArchiveReader(opening: path)
    let stored = try #require(try reader.analysis(band: 0, named: ArchiveAnalysis.storedNullTestsName))
    #expect(try JSONDecoder().decode(BackgroundNullTests.self, from: Data(stored.result.utf8)) == stays)
    let couplings = try #require(try reader.analysis(band: 0, named: ArchiveAnalysis.storedCouplingsName))
    #expect(try JSONDecoder().decode(BackgroundCouplings.self, from: Data(couplings.result.utf8)) == hum.couplings)
  }

  /// What the nodes state of their calibration widens the fit.
  @Test func calibrationOfTheNodesReachesTheFit() throws {
    let folder = try TemporaryFolder()
    func sample(_ station: Int, _ number: Int) -> Double {
      Self.noise(station, number, key: 7) + Self.noise(9, number, key: 7)
    }
    try HandmadeRun.write(folder.path("exact.h5"), sample: sample)
    try HandmadeRun.write(folder.path("vague.h5"), uncertainty: 0.1, sample: sample)
    func analyse(_ name: String, _ options: BackgroundFitOptions = BackgroundFitOptions()) throws -> ArchiveAnalysis {
      try ArchiveAnalysis.run(
        path: folder.path(name), options: options, skyOptions: .init(choice: .never), provenance: "{}", storing: false)
    }
    let (exact, vague) = (try analyse("exact.h5"), try analyse("vague.h5"))
    let (one, other) = (try #require(exact.bands.first?.fit), try #require(vague.bands.first?.fit))
    #expect(one.detection == other.detection)
    #expect(other.amplitude.uncertainty > one.amplitude.uncertainty)
    // The same as when the fit is told.
    let options = BackgroundFitOptions(
      calibration: CalibrationUncertainty(groups: [0, 1, 2], standardDeviations: [0.1, 0.1, 0.1]))
    let told = try analyse("exact.h5", options)
    #expect(told.bands.first?.fit == other)
  }
}

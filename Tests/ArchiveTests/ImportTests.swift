import Archive
import Foundation
import HDF5
import Sky
import Testing
import Topology

@Suite("Import of foreign files")
struct ImportTests {
  private let folder: TemporaryFolder
  /// 2017-01-02T10:00:00 UTC is 18 s of leap seconds after the same GPS date.
  private let noon = GPSTime(nanoseconds: 1_167_386_418_000_000_000)

  init() throws { folder = try TemporaryFolder() }

  private func network(_ bands: [String] = []) -> ForeignImport.Network {
    var network = ForeignImport.Network()
    network.stations = StationTable.gnome
    network.bands = bands
    return network
  }

  @discardableResult
  private func importAll(
    _ paths: [String]? = nil, _ bands: [String] = [], _ change: (inout ForeignImport.Options) -> Void = { _ in }
  ) throws -> (report: ForeignImport.Report, archive: ArchiveReader) {
    var options = ForeignImport.Options()
    change(&options)
    var foreign = try ForeignImport(of: paths ?? [folder.path("data")], options)
    let (topology, text) = try foreign.topology(network(bands))
    let path = folder.path("\(UUID().uuidString).h5")
    let report = try foreign.write(to: path, topology: topology, text: text, runIdentifier: "import", provenance: "{}")
    let verification = try ArchiveVerification(of: path)
    #expect(verification.findings.isEmpty, "\(verification.findings)")
    return (report, try ArchiveReader(opening: path))
  }

  private func path(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
    return folder.path("data/\(name)")
  }

  /// Samples whose values are their places.
  private func ramp(_ range: Range<Int>) -> [Double] { range.map(Double.init) }

  @Test("two stations of different rates, files out of order, a hole and a repeated file")
  func twoStations() throws {
    try MinuteFile(ramp(320..<640), rate: 64, date: "2017/01/02", t0: "10:00:05.000")
      .write(path("mainz01_20170102_100005.hdf5"))
    try MinuteFile(ramp(0..<320), rate: 64, date: "2017/01/02", t0: "10:00:00.000")
      .write(path("mainz01_20170102_100000.hdf5"))
    try MinuteFile(ramp(768..<1088), rate: 64, date: "2017/01/02", t0: "10:00:12.000")
      .write(path("mainz01_20170102_100012.hdf5"))
    try FileManager.default.createDirectory(atPath: folder.path("data/copy"), withIntermediateDirectories: true)
    try MinuteFile(ramp(320..<640), rate: 64, date: "2017/01/02", t0: "10:00:05.000")
      .write(path("copy/mainz01_20170102_100005.hdf5"))
    try MinuteFile(
      ramp(0..<320), rate: 32, date: "2017/01/02", t0: "10:00:03.000", sanity: [1, 1, 0, 1, 1, 1, 1, 1, 1, 1]
    )
    .write(path("krakow01_20170102_100003.hdf5"))
    let (report, archive) = try importAll(
      nil, ["name: low, from: 2 Hz, to: 10 Hz, segment: 1 s, integration: 4 s"])
    #expect(archive.streams.map(\.name) == ["krakow01", "mainz01"])
    #expect(archive.epoch == noon)
    let mainz = try archive.samples(stream: 1, channel: 0, 0..<17 * 64)
    var expected = ramp(0..<1088)
    for index in 640..<768 { expected[index] = .nan }
    #expect(bits(mainz) == bits(expected))
    let krakow = try archive.samples(stream: 0, channel: 0, 0..<17 * 32)
    expected = [Double](repeating: .nan, count: 96) + ramp(0..<320) + [Double](repeating: .nan, count: 128)
    for index in 96 + 64..<96 + 96 { expected[index] = .nan }
    #expect(bits(krakow) == bits(expected))
    let quality = try archive.quality(stream: 0)
    #expect(quality[0] == .outage && quality[3] == .data && quality[5] == .flagged && quality[16] == .outage)
    let accounts = try archive.accounting()
    #expect(accounts[1].sent == 1088 && accounts[1].archived == 960 && accounts[1].declaredMissing == 128)
    #expect(accounts[1].duplicate == 1)
    #expect(report.streams[0].flagged == 32 && report.streams[0].absent == 96 + 128)
    #expect(report.problems.count { $0.kind == .duplicate } == 1)
    // Both stations are there together in the seconds 3, 4, 6 ... 9 and 12.
    let rows = try archive.products(band: 0)
    #expect(rows.contains { $0.present == [true, true] } && rows.contains { $0.present == [false, true] })
  }

  @Test("files that contradict each other, and strictness")
  func conflict() throws {
    try MinuteFile(ramp(0..<320), rate: 64, date: "2017/01/02", t0: "10:00:00.000")
      .write(path("mainz01_20170102_100000.hdf5"))
    try MinuteFile(ramp(1000..<1320), rate: 64, date: "2017/01/02", t0: "10:00:03.000")
      .write(path("mainz01_20170102_100003.hdf5"))
    let (report, archive) = try importAll()
    let samples = try archive.samples(stream: 0, channel: 0, 0..<8 * 64)
    #expect(samples == ramp(0..<320) + ramp(1128..<1320))
    #expect(report.problems.map(\.kind) == [.conflict])
    #expect(report.problems.first?.problem.contains("128 of 128 samples") == true)
    #expect(throws: ForeignFileError.self) { try importAll { $0.isStrict = true } }
  }

  @Test("a time between samples is the clock's offset; times to the millisecond go on as one grid")
  func clockOffset() throws {
    // 0.1237 s is 7.917 samples: sample 8 is 1.3 ms late.
    try MinuteFile(ramp(0..<320), rate: 64, date: "2017/01/02", t0: "10:00:00.124")
      .write(path("mainz01_20170102_100000.hdf5"))
    try MinuteFile(ramp(320..<640), rate: 64, date: "2017/01/02", t0: "10:00:05.123")
      .write(path("mainz01_20170102_100005.hdf5"))
    let (_, archive) = try importAll()
    let samples = try archive.samples(stream: 0, channel: 0, 0..<648)
    #expect(bits(samples) == bits([Double](repeating: .nan, count: 8) + ramp(0..<640)))
    let rows = try archive.index(stream: 0).filter { !$0.isEntirelyMissing }
    #expect(rows.allSatisfy { abs($0.clockOffset - (0.124 - 0.125)) < 1e-12 })
    #expect(rows.allSatisfy { abs($0.clockUncertainty - 1e-3 / 12.0.squareRoot()) < 1e-12 })
  }

  @Test(
    "what is wrong with a minute file is said, and the rest imported",
    arguments: [
      ("SamplingRate(Hz)", MinuteFile.Value.number(0), "no rate"), ("SamplingRate(Hz)", .number(-.infinity), "no rate"),
      ("SamplingRate(Hz)", .number(.nan), "no rate"), ("SamplingRate(Hz)", .text("fast"), "no rate"),
      ("SamplingRate(Hz)", .numbers([64, 64]), "2 values"), ("Date", .text("2017/02/30"), "are no time"),
      ("Date", .number(20_170_102), "not texts"), ("t0", .text("10:00"), "earlier"),
      ("t0", .text("23:59:60.0"), "are no time"),
      ("t0", .text("10:07:00.000"), "--times"), ("MagFieldEq", .text("os.system('x') [T]"), "os.system"),
      ("MagFieldEq", .text("MagneticFields"), "--unit"), ("MagFieldEq", .text("MagneticFields [furlong]"), "furlong"),
      ("MagFieldEq", .text("MagneticFields*Other [T]"), "Other"), ("MagFieldEq", .number(2), "not a formula"),
      ("SamplingRate(Hz)", .number(63.5), "that of most data"),
    ])
  func refusals(_ name: String, _ value: MinuteFile.Value, _ says: String) throws {
    try MinuteFile(ramp(0..<640), rate: 64, date: "2017/01/02", t0: "10:00:00.000")
      .write(path("mainz01_20170102_100000.hdf5"))
    var bad = MinuteFile(ramp(0..<320), rate: 64, date: "2017/01/02", t0: "10:00:20.000")
    bad.attributes[name] = value
    try bad.write(path("mainz01_20170102_100020.hdf5"))
    let (report, archive) = try importAll()
    let problem = try #require(report.problems.first { $0.kind == .refused })
    #expect(problem.path.hasSuffix("mainz01_20170102_100020.hdf5"))
    #expect(problem.problem.contains(says), "\(problem)")
    #expect(try archive.sampleCount(stream: 0) == 640)
    #expect(try archive.accounting()[0].refused == 1)
  }

  @Test("a wrong date does not make an archive of years: the stray file is refused and named")
  func absurdSpan() throws {
    for (date, name, length) in [("2017/01/02", "20170102", 640), ("1999/01/02", "19990102", 320)] {
      try MinuteFile(ramp(0..<length), rate: 64, date: date, t0: "10:00:00.000")
        .write(path("mainz01_\(name)_100000.hdf5"))
    }
    let (report, archive) = try importAll { $0.largestArchive = 1 << 30 }
    #expect(archive.epoch == noon)
    #expect(try archive.sampleCount(stream: 0) == 640)
    #expect(report.problems.map(\.kind) == [.refused])
    #expect(report.problems[0].path.contains("19990102") && report.problems[0].problem.contains("--largest"))
    #expect(throws: ForeignFileError.self) {
      try importAll {
        $0.largestArchive = 1 << 30
        $0.isStrict = true
      }
    }
  }

  @Test("a station that nobody knows is an error with a remedy")
  func unknownStation() throws {
    try MinuteFile(ramp(0..<640), rate: 64, date: "2017/01/02", t0: "10:00:00.000")
      .write(path("atlantis01_20170102_100000.hdf5"))
    #expect {
      try importAll()
    } throws: {
      "\($0)".contains("atlantis01") && "\($0)".contains("--stations")
    }
  }

  @Test("readings of a clock: times in three scales, missing rows, uncertainty as noise")
  func readings() throws {
    let utc = """
      # station: mainz01  unit: 1
      utc,frequency,uncertainty
      2016-12-31T23:59:58Z,1e-15,3e-16
      2016-12-31T23:59:59Z,2e-15,3e-16
      2016-12-31T23:59:60Z,3e-15,3e-16
      2017-01-01T00:00:00Z,4e-15,3e-16
      2017-01-01T00:00:03Z,7e-15,3e-16
      """
    // 2017-01-01T00:00:00 UTC is GPS 1167264018.
    let gps =
      "gps_s value\n1167264015.000000 1e-15\n1167264016 2e-15\n1167264017 3e-15\n1167264018 4e-15\n1167264021 7e-15\n"
    for (text, name) in [(utc, "utc.csv"), (gps, "mainz01.txt")] {
      let file = try path(name)
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let (_, archive) = try importAll([file]) { $0.unit = "1" }
      #expect(archive.epoch.nanoseconds == 1_167_264_015_000_000_000)
      #expect(archive.streams[0].sampleRate == SampleRate(1))
      #expect(
        bits(try archive.samples(stream: 0, channel: 0, 0..<7))
          == bits([1e-15, 2e-15, 3e-15, 4e-15, .nan, .nan, 7e-15]))
      if name == "utc.csv" {
        guard case .vectorSensor(let sensor) = try archive.topology().nodes[0].instrument else { return }
        #expect(abs(sensor.noise.white / (3e-16 * 2.0.squareRoot()) - 1) < 1e-12)
      }
    }
    let days = try path("mainz01.csv")
    try "mjd,value\n57754.5,1\n57755.5,2\n57757.5,4\n".write(toFile: days, atomically: true, encoding: .utf8)
    let (_, archive) = try importAll([days]) { $0.unit = "1" }
    // MJD 57754.5 is noon of 2017-01-01, 12 h after the leap second.
    #expect(archive.epoch.nanoseconds == (1_167_264_018 + 43_200) * 1_000_000_000)
    #expect(bits(try archive.samples(stream: 0, channel: 0, 0..<4)) == bits([1, 2, .nan, 4]))
  }

  @Test(
    "tables that are no tables",
    arguments: [
      ("", "empty"), ("hello world\n1 2\n", "name it gps_s"), ("gps_s,v\n1,2,3\n", "columns"),
      ("gps_s,v\n1,x\n", "not a number"),
      ("gps_s,v\nnow,1\n", "no time"), ("gps_s,v\n1,1\n", "one reading"),
      ("gps_s,v\n0,1\n1,1\n2.4,1\n", "equally spaced"),
      ("gps_s,v\n0,1\n0.000001,1\n9000000000,1\n", "is a time wrong"), ("gps_s\n1\n", "no column"),
      ("# only\n", "no readings"),
      ("gps_s,v\n-1,1\n", "no time"), ("gps_s,v\n99999999999999999999,1\n", "no time"),
    ])
  func badTables(_ text: String, _ says: String) throws {
    let file = try path("mainz01.csv")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    #expect {
      try importAll([file]) { $0.unit = "1" }
    } throws: {
      "\($0)".contains(says)
    }
  }

  @Test("the table of stations in the program is that of data/gnome-stations.csv")
  func stations() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: package.appendingPathComponent("data/gnome-stations.csv"), encoding: .utf8)
    #expect(try StationTable(text, file: "").rows == StationTable.gnome?.rows)
    let moxa = try #require(StationTable.gnome?["MOXA01"])
    #expect(moxa.direction == LocalDirection(east: -1, north: 0, up: 0))
    #expect(moxa.noise == 1)
  }

  @Test("hundreds of damaged minute files: each is imported or refused, and the good ones stay")
  func fuzz() throws {
    let seed: UInt64 = 20_170_102
    var generator = SplitMix(seed)
    let good = try path("mainz01_20170102_100000.hdf5")
    try MinuteFile(ramp(0..<640), rate: 64, date: "2017/01/02", t0: "10:00:00.000").write(good)
    let absurd: [MinuteFile.Value] = [
      .number(.nan), .number(.infinity), .number(-1), .number(1e300), .number(1e-300), .number(0), .text(""),
      .text("64"),
      .text(String(repeating: "9", count: 3000)), .text(String(repeating: "(", count: 3000)), .text("1e400 [T]"),
      .text("MagneticFields/0 [T]"), .text("sqrt(-1)*MagneticFields [pT]"), .text("2017/12/31"), .text("23:59:60"),
      .text("0000/00/00"), .text("\u{1F9ED}"), .numbers([]), .numbers([1, 2]),
    ]
    let names = ["SamplingRate(Hz)", "Date", "t0", "t1", "MagFieldEq"]
    for number in 0..<300 {
      let second = 20 + 6 * number
      let clock = String(format: "%02d:%02d:%02d", 10 + second / 3600, second / 60 % 60, second % 60)
      var file = MinuteFile(ramp(0..<320), rate: 64, date: "2017/01/02", t0: "\(clock).000")
      for _ in 0...Int(generator.next() % 2) {
        let value = absurd[Int(generator.next() % UInt64(absurd.count))]
        let name = names[Int(generator.next() % UInt64(names.count))]
        if generator.next() % 3 == 0 { file.sanityAttributes[name] = value } else { file.attributes[name] = value }
      }
      switch generator.next() % 8 {
      case 0: file.samples = []
      case 1: file.samples[7] = .infinity
      case 2: file.sanity = nil
      case 3: file.sanity = [.nan, -1, 1e300]
      default: break
      }
      try file.write(path("mainz01_20170102_\(clock.filter { $0 != ":" }).hdf5"))
    }
    let (report, archive) = try importAll { $0.largestArchive = 1 << 27 }
    #expect(report.files == 301)
    #expect(report.problems.contains { $0.kind == .refused })
    #expect(!report.problems.contains { $0.path == good }, "seed \(seed)")
    #expect(try archive.samples(stream: 0, channel: 0, 0..<640) == ramp(0..<640))
  }
}

/// Random numbers with a seed.
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

import Foundation
import HDF5
import Sky
import Topology

/// Finds out what files of other programs hold, before anything of it is written.
///
/// Formats: minute files of the GNOME network, GWOSC and gwpy HDF5, tables of readings. What cannot be taken is named with its
/// file in `problems`, and the rest goes on, unless `strict`.
public struct ForeignImport: Sendable {
  /// How the files are written.
  public enum Format: String, Sendable, CaseIterable {
    /// What each file looks like.
    case auto
    case gnome, gwosc, gwpy, csv
  }

  /// What to believe when the name and the attributes of a file disagree about its time.
  public enum FileTime: String, Sendable, CaseIterable {
    /// They must agree.
    case agreed
    case attributes, name
  }

  /// How files are read.
  public struct Options: Sendable {
    public var format = Format.auto
    public var times = FileTime.agreed
    /// The station of all files, instead of what each says.
    public var station: String?
    /// The unit of all samples, instead of what each file says.
    public var unit: String?
    /// The rate of tables of readings, instead of what each says.
    public var rate: SampleRate?
    /// Whether any problem ends the import.
    public var isStrict = false
    /// Bytes of samples that the archive may have.
    public var largestArchive: Int64 = 64 << 30

    public init() {}
  }

  /// Something that did not go as it should.
  public struct Problem: Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable {
      /// Nothing of the file was taken, or not all of it.
      case refused
      /// Its samples are there already, and equal.
      case duplicate
      /// Its samples are there already, and differ: those of the file that comes first stay.
      case conflict
      /// It was taken; this is to know.
      case note
    }

    public var kind: Kind
    public var path: String
    public var problem: String

    public var description: String { "\(kind.rawValue): \(path): \(problem)" }
  }

  /// What one station has.
  struct Station: Sendable {
    var name: String
    var sampleRate: SampleRate
    var channels: [(name: String, pieces: [ImportedPiece])]
    /// Parts of files whose samples other files have, too.
    var repeated: [(channel: String, piece: ImportedPiece)] = []
    /// Root of the mean square uncertainty of its readings in the network's unit; nil when files do not say.
    var uncertainty: Double?
    /// Files of the station that were not taken.
    var refused: Int64 = 0
  }

  /// Files that were looked at.
  public private(set) var fileCount = 0
  /// In the order of the files.
  public internal(set) var problems: [Problem] = []
  /// Time of sample 0 of every stream: the second in which the first sample lies.
  public private(set) var epoch = GPSTime(nanoseconds: 0)
  /// Nanoseconds to the end of the last sample, a whole number of samples of every stream.
  public private(set) var duration: Int64 = 0
  /// The SI unit of the network.
  public private(set) var unit = ""
  var stations: [Station] = []
  let isStrict: Bool
  /// Names of the stations, in order.
  public var stationNames: [String] { stations.map(\.name) }

  /// Looks at files and folders.
  ///
  /// - Parameters:
  ///   - paths: of folders every file with a name in `.hdf5`, `.h5`, `.csv` or `.txt` is read, in order of names.
  ///   - options: how.
  ///   - progress: called now and then with the number of files seen.
  /// - Throws: `ForeignFileError` when nothing can be imported, or with `strict` for the first problem.
  public init(of paths: [String], _ options: Options, progress: (Int) -> Void = { _ in }) throws(ForeignFileError) {
    isStrict = options.isStrict
    var found: [ForeignSeries] = []
    var uncertainties: [String: Double] = [:]
    for path in try Self.files(paths) {
      fileCount += 1
      if fileCount % 256 == 0 { progress(fileCount) }
      do throws(ForeignFileError) {
        try CrashGuard.begin(path)
        let (series, uncertainty) = try Self.look(at: path, options)
        for one in series {
          for note in one.notes { try report(.note, path, note) }
          if let uncertainty { uncertainties[one.station] = uncertainty }
        }
        found += series
      } catch {
        try report(.refused, error.path, error.problem)
      }
    }
    CrashGuard.end()
    guard !found.isEmpty else {
      throw ForeignFileError(
        paths.joined(separator: ", "),
        problems.first.map {
          "nothing can be imported; the first of \(problems.count) problems: \($0.path): \($0.problem)"
        }
          ?? "there is no file with a name in .hdf5, .h5, .csv or .txt")
    }
    try arrange(found, uncertainties, options)
    let refused = problems.filter { $0.kind == .refused }.compactMap { GNOMEMinuteFile.FileName($0.path)?.station }
    for index in stations.indices {
      stations[index].refused = Int64(refused.count { $0 == stations[index].name })
    }
  }

  mutating func report(_ kind: Problem.Kind, _ path: String, _ problem: String) throws(ForeignFileError) {
    if isStrict, kind == .refused || kind == .conflict { throw ForeignFileError(path, problem) }
    problems.append(Problem(kind: kind, path: path, problem: problem))
  }

  // MARK: - Files

  private static func files(_ paths: [String]) throws(ForeignFileError) -> [String] {
    var files: [String] = []
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ForeignFileError(path, "there is no such file or folder")
      }
      guard isFolder.boolValue else {
        files.append(path)
        continue
      }
      guard let all = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
        throw ForeignFileError(path, "the folder cannot be read")
      }
      let folder = path.hasSuffix("/") ? path : path + "/"
      files += all.filter { name in
        [".hdf5", ".h5", ".csv", ".txt"].contains { name.lowercased().hasSuffix($0) }
      }.sorted().map { folder + $0 }
    }
    return files
  }

  private static func look(
    at path: String, _ options: Options
  ) throws(ForeignFileError) -> (series: [ForeignSeries], uncertainty: Double?) {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw ForeignFileError(path, "it cannot be opened") }
    let head = (try? handle.read(upToCount: 8)) ?? Data()
    try? handle.close()
    let isHDF5 = head == Data([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
    if options.format == .csv || (options.format == .auto && !isHDF5) {
      guard !isHDF5 else { throw ForeignFileError(path, "it is HDF5, not text") }
      guard !head.isEmpty else { throw ForeignFileError(path, "it is empty") }
      guard options.format == .csv || ![".hdf5", ".h5"].contains(where: path.lowercased().hasSuffix) else {
        throw ForeignFileError(path, "it is no HDF5 file, or its beginning is damaged")
      }
      let table = try ReadingsTable(path, station: options.station, rate: options.rate)
      return (table.series, table.uncertainty)
    }
    guard isHDF5 else { throw ForeignFileError(path, "it is no HDF5 file, or its beginning is damaged") }
    do {
      let root = try File(opening: path).root
      if (try? root.attributes.contains("format")) == true,
        (try? root.attributes.string("format")) == ArchiveFormat.name
      {
        throw ForeignFileError(path, "it is an archive of Gnomon already")
      }
      switch options.format {
      case .gnome:
        return ([try GNOMEMinuteFile.series(path, root, station: options.station, clock: options.times)], nil)
      case .gwosc: return ([try SeriesFile.gwosc(path, root, station: options.station)], nil)
      case .gwpy: return (try SeriesFile.gwpy(path, root, station: options.station), nil)
      case .auto, .csv:
        if GNOMEMinuteFile.recognises(root) {
          return ([try GNOMEMinuteFile.series(path, root, station: options.station, clock: options.times)], nil)
        }
        if SeriesFile.isGWOSC(root) { return ([try SeriesFile.gwosc(path, root, station: options.station)], nil) }
        return (try SeriesFile.gwpy(path, root, station: options.station), nil)
      }
    } catch {
      throw foreignError(error, path)
    }
  }

  // MARK: - One epoch for all

  private mutating func arrange(
    _ found: [ForeignSeries], _ uncertainties: [String: Double], _ options: Options
  ) throws(ForeignFileError) {
    var scaled: [(series: ForeignSeries, scale: UnitScale)] = []
    for series in found {
      do throws(ForeignFileError) {
        let scale = try UnitScale(series, options.unit)
        guard unit.isEmpty || scale.unit == unit else {
          throw ForeignFileError(
            series.path, "its unit is \(series.unit ?? "not given"), other files have \(unit): a network has one unit")
        }
        unit = scale.unit
        guard abs(series.start.nanoseconds) < 4_000_000_000_000_000_000,
          Double(series.count) * series.sampleRate.interval < 3e9
        else { throw ForeignFileError(series.path, "it lasts, or starts, beyond all times that are known here") }
        scaled.append((series, scale))
      } catch {
        try report(.refused, error.path, error.problem)
      }
    }
    try leaveOutStrays(&scaled, options)
    guard let first = scaled.map(\.series.start).min() else {
      throw ForeignFileError(problems.last?.path ?? "", problems.last?.problem ?? "nothing can be imported")
    }
    epoch = GPSTime(nanoseconds: first.nanoseconds.flooredToSecond)
    for name in Set(scaled.map(\.series.station)).sorted() {
      let own = scaled.filter { $0.series.station == name }
      var samples: [SampleRate: Int] = [:]
      for one in own { samples[one.series.sampleRate, default: 0] += one.series.count }
      guard let sampleRate = samples.max(by: { ($0.value, $1.key.hertz) < ($1.value, $0.key.hertz) })?.key else {
        continue
      }
      var station = Station(name: name, sampleRate: sampleRate, channels: [])
      station.uncertainty = uncertainties[name].map { own[0].scale($0) }
      for channel in Set(own.map(\.series.channel)).sorted() {
        let all = own.filter { $0.series.channel == channel }
        for other in all where other.series.sampleRate != sampleRate {
          try report(
            .refused, other.series.path,
            "its rate is \(other.series.sampleRate.hertz) Hz, that of most data of \(name) is \(sampleRate.hertz) Hz")
        }
        let line = ImportedPiece.line(
          all.filter { $0.series.sampleRate == sampleRate }.map { ImportedPiece($0.series, $0.scale) }, epoch: epoch)
        if !line.pieces.isEmpty { station.channels.append((channel, line.pieces)) }
        station.repeated += line.repeated.map { (channel, $0) }
      }
      stations.append(station)
    }
    try measure(options)
  }

  /// Refuses files whose times are so far from the others that the archive would be too large: of the two sides of the longest
  /// time without data the one with fewer samples, and so on.
  private mutating func leaveOutStrays(
    _ all: inout [(series: ForeignSeries, scale: UnitScale)], _ options: Options
  ) throws(ForeignFileError) {
    func seconds(_ series: ForeignSeries) -> Double { Double(series.count) * series.sampleRate.interval }
    all.sort { $0.series.start < $1.series.start }
    while all.count > 1 {
      let start = all[0].series.start
      var rates: [String: Double] = [:]
      var end = 0.0
      var longest = (gap: 0.0, index: 0)
      for (index, one) in all.enumerated() {
        let first = one.series.start.seconds(since: start)
        if first - end > longest.gap { longest = (first - end, index) }
        end = max(end, first + seconds(one.series))
        rates["\(one.series.station)/\(one.series.channel)"] = one.series.sampleRate.hertz
      }
      guard rates.values.reduce(0, +) * end * 8 > Double(options.largestArchive), longest.index > 0 else { return }
      let isLater =
        all[longest.index...].reduce(0) { $0 + $1.series.count }
        <= all[..<longest.index].reduce(0) { $0 + $1.series.count }
      let strays = isLater ? all[longest.index...] : all[..<longest.index]
      for stray in strays {
        try report(
          .refused, stray.series.path,
          "it starts at \(stray.series.start.utcString), \(Int(longest.gap)) s apart from most data: an archive of all that time "
            + "would have more than \(Double(options.largestArchive) / 1e9) GB of samples; is its time wrong? Else allow it with --largest"
        )
      }
      if isLater { all.removeSubrange(longest.index...) } else { all.removeSubrange(..<longest.index) }
    }
  }

  private mutating func measure(_ options: Options) throws(ForeignFileError) {
    var period: Int64 = 1
    for station in stations {
      let denominator = station.sampleRate.denominator
      period = period / greatestCommonDivisor(period, denominator) * denominator
      guard period <= 100_000 else {
        throw ForeignFileError(
          station.channels.first?.pieces.first?.series.path ?? "",
          "its rate of \(station.sampleRate.numerator)/\(denominator) Hz has no common grid with the others within a day"
        )
      }
    }
    var end: Int64 = 0
    var latest = ""
    for station in stations {
      for piece in station.channels.flatMap(\.pieces) {
        let time = station.sampleRate.time(ofSample: piece.end, epoch: GPSTime(nanoseconds: 0)).nanoseconds + 1
        if time > end { (end, latest) = (time, piece.series.path) }
      }
    }
    let unit = period * 1_000_000_000
    duration = (end - 1 + unit - 1) / unit * unit
    let bytes = stations.reduce(0.0) {
      $0 + Double($1.channels.count) * 8 * $1.sampleRate.hertz * Double(duration) * 1e-9
    }
    guard bytes <= Double(options.largestArchive) else {
      throw ForeignFileError(
        latest,
        "from \(epoch.utcString) to its end the archive would have \(Int(bytes / 1e9)) GB of samples, more than "
          + "\(Double(options.largestArchive) / 1e9) GB; is a time wrong? Name fewer files, or allow it with --largest"
      )
    }
  }

  /// Seconds, a multiple of which every stream's samples fill evenly, at least 16.
  var synthesisBlock: Int64 {
    var period: Int64 = 2
    for station in stations {
      let step = 2 * station.sampleRate.denominator
      period = period / greatestCommonDivisor(period, step) * step
    }
    return (16 + period - 1) / period * period
  }
}

func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
  second == 0 ? first : greatestCommonDivisor(second, first % second)
}

extension Int64 {
  /// Nanoseconds rounded down to a whole second.
  var flooredToSecond: Int64 {
    let rest = self % 1_000_000_000
    return self - (rest < 0 ? rest + 1_000_000_000 : rest)
  }
}

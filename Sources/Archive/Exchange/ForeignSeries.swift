import HDF5
import Sky

/// Why a file that is imported cannot be taken, in part or as a whole.
public struct ForeignFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var problem: String

  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  public var description: String { "\(path): \(problem)" }
}

/// One run of equally spaced samples of one channel in a file of a foreign format: what is known before its samples are read.
struct ForeignSeries: Sendable {
  var path: String
  var station: String
  var channel: String
  /// Time of its first sample.
  var start: GPSTime
  /// Nanoseconds to which the file states that time.
  var startResolution: Int64
  var sampleRate: SampleRate
  var count: Int
  /// As the file names it; nil when it does not.
  var unit: String?
  /// What to know about it that does not hinder its import.
  var notes: [String] = []
  /// Of a table of readings, sample by sample of the series.
  var readings: ReadingsRecord?
  var source: Source

  /// Where the samples are.
  enum Source: Sendable {
    case minuteFile(CalibrationExpression, sanity: SanityChannel?)
    case dataset(String)
    case maskedDataset(String, mask: DataQualityMask)
    /// Values, and whether the table has a row for each.
    case readings([Double], rows: [Bool])
  }

  /// A station's own word on its data, one value for every so many samples.
  struct SanityChannel: Sendable {
    /// Seconds from the first sample to the start of the first value.
    var offset: Double
    var rate: Double
  }

  /// The 1 Hz mask of a GWOSC file, whose bit 0 is set where there are data.
  struct DataQualityMask: Sendable {
    var dataset: String
    /// Seconds from the first sample to the start of the first entry.
    var offset: Double
    /// Seconds of an entry.
    var interval: Double
  }

  /// Opens the file for its samples.
  func reader() throws(ForeignFileError) -> SeriesReader { try SeriesReader(self) }
}

/// Why a sample that is imported is missing, as the reason of its block.
enum ImportedGap {
  /// No file has it.
  static let absent: UInt8 = 1
  /// The station's own quality channel says that it is bad.
  static let flagged = QualityMask.flaggedReason
  /// The file has something that is not a finite number.
  static let notANumber = QualityMask.notANumberReason
}

/// Reads samples of one series, a piece at a time. Confined to one thread, like everything that uses HDF5.
struct SeriesReader {
  let series: ForeignSeries
  private var datasets: [String: Dataset] = [:]
  private var sanity: [Bool] = []
  private var sanityRate = 1.0
  private var sanityOffset = 0.0

  init(_ series: ForeignSeries) throws(ForeignFileError) {
    self.series = series
    if case .readings = series.source { return }
    try CrashGuard.begin(series.path)
    defer { CrashGuard.end() }
    do {
      let root = try File(opening: series.path).root
      switch series.source {
      case .minuteFile(let expression, let channel):
        for name in expression.datasets.union([GNOMEMinuteFile.samples]) {
          datasets[name] = try root.numericDataset(name)
        }
        if let channel {
          let dataset = try root.numericDataset(GNOMEMinuteFile.sanity)
          sanity = try Self.small(dataset, series.path).map { $0 != 0 }
          (sanityRate, sanityOffset) = (channel.rate, channel.offset)
        }
      case .maskedDataset(let path, let mask):
        datasets[""] = try root.numericDataset(path)
        sanity = try Self.small(try root.numericDataset(mask.dataset), series.path).map {
          $0 >= 0 && $0 < 4_294_967_296 && UInt32($0) & 1 == 1
        }
        (sanityRate, sanityOffset) = (1 / mask.interval, mask.offset)
      case .dataset(let path): datasets[""] = try root.numericDataset(path)
      case .readings: break
      }
    } catch {
      throw foreignError(error, series.path)
    }
  }

  private static func small(_ dataset: Dataset, _ path: String) throws -> [Double] {
    let count = try dataset.length
    guard count <= 1 << 24 else { throw ForeignFileError(path, "\(dataset.path) has \(count) values, too many") }
    return try dataset.doubles(from: 0, count: count)
  }

  /// Samples `range`, in the file's unit, with the reason of those that are missing and 0 for the others.
  func read(_ range: Range<Int>) throws(ForeignFileError) -> (values: [Double], reasons: [UInt8]) {
    var values: [Double]
    try CrashGuard.begin(series.path)
    defer { CrashGuard.end() }
    do {
      switch series.source {
      case .minuteFile(let expression, _):
        var inputs: [String: [Double]] = [:]
        for name in expression.datasets {
          inputs[name] = try datasets[name]?.doubles(from: range.lowerBound, count: range.count)
        }
        values = expression.values(of: inputs, count: range.count)
      case .dataset, .maskedDataset:
        values = try datasets[""]?.doubles(from: range.lowerBound, count: range.count) ?? []
      case .readings(let all, _): values = Array(all[range])
      }
    } catch {
      throw foreignError(error, series.path)
    }
    let isMasked: Bool
    switch series.source {
    case .minuteFile(_, let channel): isMasked = channel != nil
    case .maskedDataset: isMasked = true
    case .dataset, .readings: isMasked = false
    }
    let interval = series.sampleRate.interval
    var reasons = [UInt8](repeating: 0, count: range.count)
    for index in values.indices {
      if case .readings(_, let rows) = series.source, !rows[range.lowerBound + index] {
        reasons[index] = ImportedGap.absent
      }
      if isMasked {
        let place = ((Double(range.lowerBound + index) * interval - sanityOffset) * sanityRate + 1e-6).rounded(.down)
        // Where nobody vouches for the data they are not taken for good.
        if !(place >= 0 && place < Double(sanity.count) && sanity[Int(place)]) { reasons[index] = ImportedGap.flagged }
      }
      if reasons[index] == 0, !values[index].isFinite { reasons[index] = ImportedGap.notANumber }
      if reasons[index] != 0 { values[index] = .nan }
    }
    return (values, reasons)
  }
}

/// The file at fault and the cause, without the library's whole story.
func foreignError(_ error: any Error, _ path: String) -> ForeignFileError {
  switch error {
  case let error as ForeignFileError: error
  case let error as HDF5Error:
    ForeignFileError(
      path, "HDF5 could not \(error.operation)" + (error.libraryMessages.last.map { ": \($0)" } ?? ""))
  default: ForeignFileError(path, "\(error)")
  }
}

extension SampleRate {
  /// The simplest fraction that is `hertz` to 1e-12 of its value; nil when there is none with whole numbers up to 1e9, or for
  /// what is no rate.
  public init?(nearest hertz: Double) {
    guard hertz.isFinite, hertz >= 1e-9, hertz <= 1e9 else { return nil }
    var (previous, current) = ((0, 1), (1, 0))
    var rest = hertz
    for _ in 0..<40 {
      let whole = rest.rounded(.down)
      guard whole < 2e9 else { return nil }
      let next = (Int(whole) * current.0 + previous.0, Int(whole) * current.1 + previous.1)
      guard next.0 <= 1_000_000_000, next.1 <= 1_000_000_000 else { return nil }
      (previous, current) = (current, next)
      if current.0 > 0, abs(Double(current.0) / Double(current.1) - hertz) <= 1e-12 * hertz { break }
      guard rest > whole else { return nil }
      rest = 1 / (rest - whole)
    }
    guard current.0 > 0, abs(Double(current.0) / Double(current.1) - hertz) <= 1e-12 * hertz else { return nil }
    self.init(Int64(current.0), per: Int64(current.1))
  }

  /// The number of the sample that is nearest to a time after the epoch.
  ///
  /// - Precondition: the time is less than 300 years.
  func nearestSample(toNanoseconds nanoseconds: Int64) -> Int64 {
    let unit = denominator * 1_000_000_000
    let (high, low) = nanoseconds.multipliedFullWidth(by: numerator)
    let (quotient, remainder) = unit.dividingFullWidth((high, low))
    if remainder >= 0 { return remainder >= unit - remainder ? quotient + 1 : quotient }
    return -remainder > unit + remainder ? quotient - 1 : quotient
  }
}

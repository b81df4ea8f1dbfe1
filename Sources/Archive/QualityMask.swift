import Instruments
import Sky

/// The bits of one entry of `/quality/<stream>`.
///
/// Streams of 1 Hz and above have one entry a second since the epoch, slower ones one entry a sample.
public struct QualityMask: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Every sample of the second is there, in every channel.
  public static let data = QualityMask(rawValue: 1 << 0)
  /// Samples are missing, and why.
  public static let outage = QualityMask(rawValue: 1 << 1)
  public static let calibration = QualityMask(rawValue: 1 << 2)
  public static let saturation = QualityMask(rawValue: 1 << 3)
  public static let maintenance = QualityMask(rawValue: 1 << 4)
  /// Samples are missing, and nobody said why.
  public static let unexplained = QualityMask(rawValue: 1 << 5)
  /// The stream ended within this second.
  public static let incomplete = QualityMask(rawValue: 1 << 6)

  /// Samples are missing because the hub heard nothing of their node.
  public static let absence = QualityMask(rawValue: 1 << 7)

  /// The data are there, but the station's own quality channel says that they are bad: imported as missing.
  public static let flagged = QualityMask(rawValue: 1 << 8)

  /// The reason in the index for `flagged`.
  public static let flaggedReason: UInt8 = 16
  /// The reason in the index for samples that an imported file has, but not as finite numbers; the mask says `unexplained`.
  public static let notANumberReason: UInt8 = 17

  /// Names of the bits in their order, as the attribute `bits` has them.
  public static let names = [
    "data", "outage", "calibration", "saturation", "maintenance", "unexplained", "incomplete", "absence",
    "flagged",
  ]

  /// The bit of a stored reason.
  public init(reason: UInt8) {
    guard reason != Self.flaggedReason else {
      self = .flagged
      return
    }
    switch DataGaps.Reason(rawValue: reason) {
    case nil where reason == IndexRow.absence: self = .absence
    case .outage: self = .outage
    case .calibration: self = .calibration
    case .saturation: self = .saturation
    case .maintenance: self = .maintenance
    case nil: self = .unexplained
    }
  }

  /// Seconds of one entry of a stream of this rate.
  public static func interval(_ rate: SampleRate) -> Double { max(1, rate.interval) }
}

/// Collects the samples of a stream, in order, into entries of its quality mask.
struct QualityCollector {
  private let wholeSamples: Int64
  private let remainderSamples: Int64
  private let denominator: Int64
  private var boundary: Int64 = 0
  private var boundaryRemainder: Int64 = 0
  private(set) var position: Int64 = 0
  private var missing: QualityMask = []
  private var isEmpty = true

  init(rate: SampleRate) {
    // Entry e ends before sample ceil((e + 1) n / d), kept as whole part and remainder so that nothing overflows.
    let slow = rate.numerator < rate.denominator
    wholeSamples = slow ? 1 : rate.numerator / rate.denominator
    remainderSamples = slow ? 0 : rate.numerator % rate.denominator
    denominator = rate.denominator
    advanceBoundary()
  }

  private mutating func advanceBoundary() {
    boundary += wholeSamples
    boundaryRemainder += remainderSamples
    if boundaryRemainder >= denominator {
      boundaryRemainder -= denominator
      boundary += 1
    }
  }

  private var end: Int64 { boundary + (boundaryRemainder > 0 ? 1 : 0) }

  /// Adds `count` samples that are all there (`reason` nil) or all missing; `emit` gets every entry this completes.
  mutating func add(_ count: Int64, missing reason: QualityMask?, emit: (QualityMask) throws -> Void) rethrows {
    var left = count
    while left > 0 {
      let step = min(left, end - position)
      position += step
      left -= step
      isEmpty = false
      if let reason { missing.formUnion(reason) }
      if position == end {
        let entry = missing.isEmpty ? QualityMask.data : missing
        missing = []
        isEmpty = true
        advanceBoundary()
        try emit(entry)
      }
    }
  }

  /// The entry of a second that the stream did not finish, if there is one.
  var unfinished: QualityMask? { isEmpty ? nil : missing.union(.incomplete) }

  /// Adds a block: `samples` are its channels one after the other, of `sampleSize` doubles each sample; unused when no or all
  /// samples are missing.
  ///
  /// - Returns: how many of its samples are missing.
  mutating func add(
    _ row: IndexRow, samples: UnsafeBufferPointer<Double>?, channels: Int, sampleSize: Int,
    emit: (QualityMask) throws -> Void
  ) rethrows -> Int64 {
    let count = Int(row.count)
    let reason = QualityMask(reason: row.reason)
    if row.isEntirelyMissing {
      try add(Int64(count), missing: reason, emit: emit)
      return Int64(count)
    }
    guard row.hasMissing, let samples else {
      try add(Int64(count), missing: nil, emit: emit)
      return 0
    }
    var total: Int64 = 0
    for sample in 0..<count {
      let isMissing = (0..<channels).contains { channel in
        (0..<sampleSize).contains { samples[(channel * count + sample) * sampleSize + $0].isNaN }
      }
      if isMissing { total += 1 }
      try add(1, missing: isMissing ? reason : nil, emit: emit)
    }
    return total
  }
}

import HDF5

/// One block of a stream as its header stated it: a row of `/nodes/<stream>/index`.
public struct IndexRow: Hashable, Sendable, Codable {
  /// Flag bit 0: some samples are missing, and NaN.
  public static let containsMissing: UInt32 = 1
  /// Flag bit 1: all samples are missing; the block had no payload.
  public static let entirelyMissing: UInt32 = 2

  /// Flag bit 2: the block came after the hub had declared it missing.
  public static let cameLate: UInt32 = 4
  /// The reason of blocks that the hub declared missing because their node was away.
  public static let absence: UInt8 = 5

  /// Number of the block in its stream, from 0 on without holes.
  public var sequence: UInt64
  /// Number of the block's first sample since the epoch.
  public var firstSample: Int64
  /// GPS time of that sample in nanoseconds.
  public var gpsNanoseconds: Int64
  /// Seconds that the node's clock is off, as the node states it.
  public var clockOffset: Double
  /// Standard deviation of that offset in seconds, as the node states it.
  public var clockUncertainty: Double
  /// Samples of each channel.
  public var count: UInt32
  public var flags: UInt32
  /// CRC-32C of the payload: float64 or complex128 little-endian, channel after channel; 0 for an entirely missing block.
  public var crc32c: UInt32
  /// Why samples are missing: a raw value of `DataGaps.Reason`, ``absence`` or `ArchiveExcerpt.excludedReason`; 0 when none are.
  public var reason: UInt8

  public init(
    sequence: UInt64, firstSample: Int64, gpsNanoseconds: Int64, count: UInt32, flags: UInt32 = 0, reason: UInt8 = 0,
    clockOffset: Double = 0, clockUncertainty: Double = 0, crc32c: UInt32
  ) {
    self.sequence = sequence
    self.firstSample = firstSample
    self.gpsNanoseconds = gpsNanoseconds
    self.clockOffset = clockOffset
    self.clockUncertainty = clockUncertainty
    self.count = count
    self.flags = flags
    self.crc32c = crc32c
    self.reason = reason
  }

  /// Number of the first sample after the block; nil when that is no number.
  public var end: Int64? {
    let (end, overflow) = firstSample.addingReportingOverflow(Int64(count))
    return overflow ? nil : end
  }

  public var isEntirelyMissing: Bool { flags & Self.entirelyMissing != 0 }
  /// Whether the hub declared it missing because the node was away; it may still come.
  public var isAbsence: Bool { isEntirelyMissing && reason == Self.absence }
  /// Whether it came after it had been declared missing.
  public var isLate: Bool { flags & Self.cameLate != 0 }
  public var hasMissing: Bool { flags & (Self.entirelyMissing | Self.containsMissing) != 0 }

  // MARK: - The record in the file

  static let type = ElementType.compound(
    members: [
      .init("sequence", at: 0, .uint64), .init("first_sample", at: 8, .int64), .init("gps_nanoseconds", at: 16, .int64),
      .init("clock_offset", at: 24, .float64), .init("clock_uncertainty", at: 32, .float64),
      .init("count", at: 40, .uint32), .init("flags", at: 44, .uint32), .init("crc32c", at: 48, .uint32),
      .init("reason", at: 52, .uint8),
    ], size: 56)

  func store(to bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: sequence.littleEndian, as: UInt64.self)
    bytes.storeBytes(of: firstSample.littleEndian, toByteOffset: 8, as: Int64.self)
    bytes.storeBytes(of: gpsNanoseconds.littleEndian, toByteOffset: 16, as: Int64.self)
    bytes.storeBytes(of: clockOffset.bitPattern.littleEndian, toByteOffset: 24, as: UInt64.self)
    bytes.storeBytes(of: clockUncertainty.bitPattern.littleEndian, toByteOffset: 32, as: UInt64.self)
    bytes.storeBytes(of: count.littleEndian, toByteOffset: 40, as: UInt32.self)
    bytes.storeBytes(of: flags.littleEndian, toByteOffset: 44, as: UInt32.self)
    bytes.storeBytes(of: crc32c.littleEndian, toByteOffset: 48, as: UInt32.self)
    bytes.storeBytes(of: UInt32(reason).littleEndian, toByteOffset: 52, as: UInt32.self)
  }

  init(from bytes: UnsafeRawBufferPointer) {
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    func long(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    self.init(
      sequence: long(0), firstSample: Int64(bitPattern: long(8)), gpsNanoseconds: Int64(bitPattern: long(16)),
      count: word(40), flags: word(44), reason: bytes[52], clockOffset: Double(bitPattern: long(24)),
      clockUncertainty: Double(bitPattern: long(32)), crc32c: word(48))
  }
}

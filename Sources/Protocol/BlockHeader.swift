import CKernels
import Sky

/// The fixed binary header of one block of samples: the first of the two frames of a block message.
///
/// 72 bytes, little-endian, without padding (numpy dtype in brackets):
///
///     offset  type  field
///      0      u4    magic, 0x424D4E47: the bytes "GNMB"
///      4      u2    version, 1
///      6      u2    flags: bit 0 some samples are missing (NaN), bit 1 all are (no payload)
///      8      u8    stream: FNV-1a 64 of the node's name
///     16      u8    sequence: 0, 1, 2, ... without gaps
///     24      i8    firstSample: index of the first sample since the epoch
///     32      i8    gpsNanoseconds: nominal time of the first sample
///     40      u4    sampleCount: samples of each channel
///     44      u2    channelCount
///     46      u1    sampleType: 1 float64, 2 complex128
///     47      u1    missingReason: 0 none, else the reason of the first gap
///     48      f8    clockOffset: seconds, true minus nominal time as the node knows it
///     56      f8    clockUncertainty: seconds, one standard deviation
///     64      u4    payloadChecksum: CRC-32C of the payload
///     68      u4    headerChecksum: CRC-32C of bytes 0 ... 67
///
/// The payload is channel-major: all samples of channel 0, then of channel 1, and so on. A complex sample is its real
/// part, then its imaginary part; a missing one is NaN in both.
public struct BlockHeader: Hashable, Sendable {
  /// The type of one sample in the payload; in JSON its name.
  public enum SampleType: UInt8, Hashable, Sendable, CaseIterable {
    case float64 = 1
    case complex128 = 2

    /// Bytes of one sample.
    public var size: Int { self == .float64 ? 8 : 16 }

    /// The type of samples about a centre frequency, nil for real ones.
    public init(baseband: Double?) {
      self = baseband == nil ? .float64 : .complex128
    }
  }

  /// What a receiver must know of the samples before it reads them.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Some samples are NaN because the node has no data there.
    public static let someMissing = Flags(rawValue: 1)
    /// The node has no data at all for this block; the payload is empty.
    public static let allMissing = Flags(rawValue: 2)
  }

  /// Bytes of the encoded header.
  public static let size = 72
  static let magic: UInt32 = 0x424D_4E47
  static let version: UInt16 = 1

  public var flags: Flags
  public var stream: UInt64
  public var sequence: UInt64
  public var firstSample: Int64
  public var time: GPSTime
  public var sampleCount: UInt32
  public var channelCount: UInt16
  public var sampleType: SampleType
  public var missingReason: UInt8
  public var clockOffset: Double
  public var clockUncertainty: Double
  public var payloadChecksum: UInt32

  public init(
    flags: Flags = [], stream: UInt64, sequence: UInt64, firstSample: Int64, time: GPSTime, sampleCount: UInt32,
    channelCount: UInt16, sampleType: SampleType = .float64, missingReason: UInt8 = 0, clockOffset: Double = 0,
    clockUncertainty: Double = 0, payloadChecksum: UInt32 = 0
  ) {
    self.flags = flags
    self.stream = stream
    self.sequence = sequence
    self.firstSample = firstSample
    self.time = time
    self.sampleCount = sampleCount
    self.channelCount = channelCount
    self.sampleType = sampleType
    self.missingReason = missingReason
    self.clockOffset = clockOffset
    self.clockUncertainty = clockUncertainty
    self.payloadChecksum = payloadChecksum
  }

  /// Bytes that the payload must have.
  public var payloadSize: Int {
    flags.contains(.allMissing) ? 0 : Int(sampleCount) * Int(channelCount) * sampleType.size
  }

  /// Writes the header.
  /// - Parameter bytes: room for at least ``size`` bytes, any alignment.
  public func encode(into bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.size, "a block header takes \(Self.size) bytes")
    func store<T: FixedWidthInteger>(_ value: T, _ offset: Int) {
      bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
    store(Self.magic, 0)
    store(Self.version, 4)
    store(flags.rawValue, 6)
    store(stream, 8)
    store(sequence, 16)
    store(firstSample, 24)
    store(time.nanoseconds, 32)
    store(sampleCount, 40)
    store(channelCount, 44)
    store(sampleType.rawValue, 46)
    store(missingReason, 47)
    store(clockOffset.bitPattern, 48)
    store(clockUncertainty.bitPattern, 56)
    store(payloadChecksum, 64)
    store(gnomon_crc32c(0, bytes.baseAddress, 68), 68)
  }

  /// Reads a header and checks everything that it says of itself.
  /// - Parameter bytes: the first frame of a block message.
  /// - Throws: ``BlockRefusal`` when the frame is no valid header.
  public init(decoding bytes: UnsafeRawBufferPointer) throws(BlockRefusal) {
    guard bytes.count == Self.size else { throw .headerLength(bytes.count) }
    func load<T: FixedWidthInteger>(_ type: T.Type, _ offset: Int) -> T {
      T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }
    guard load(UInt32.self, 0) == Self.magic else { throw .magic(load(UInt32.self, 0)) }
    guard load(UInt16.self, 4) == Self.version else { throw .version(load(UInt16.self, 4)) }
    guard load(UInt32.self, 68) == gnomon_crc32c(0, bytes.baseAddress, 68) else { throw .headerChecksum }
    guard let sampleType = SampleType(rawValue: load(UInt8.self, 46)) else {
      throw .sampleType(load(UInt8.self, 46))
    }
    let offset = Double(bitPattern: load(UInt64.self, 48))
    let uncertainty = Double(bitPattern: load(UInt64.self, 56))
    guard offset.isFinite, uncertainty.isFinite, uncertainty >= 0 else { throw .clock }
    self.init(
      flags: Flags(rawValue: load(UInt16.self, 6)), stream: load(UInt64.self, 8), sequence: load(UInt64.self, 16),
      firstSample: load(Int64.self, 24), time: GPSTime(nanoseconds: load(Int64.self, 32)),
      sampleCount: load(UInt32.self, 40), channelCount: load(UInt16.self, 44), sampleType: sampleType,
      missingReason: load(UInt8.self, 47), clockOffset: offset, clockUncertainty: uncertainty,
      payloadChecksum: load(UInt32.self, 64))
  }
}

extension BlockHeader.SampleType: CustomStringConvertible, Codable {
  public var description: String {
    switch self {
    case .float64: "float64"
    case .complex128: "complex128"
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let type = Self.allCases.first(where: { $0.description == name }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "sample type '\(name)' is neither float64 nor complex128")
    }
    self = type
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Why a block was not taken.
public enum BlockRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  case headerLength(Int)
  case magic(UInt32)
  case version(UInt16)
  case headerChecksum
  case sampleType(UInt8)
  case clock
  case unknownStream(UInt64)
  case notWelcomed
  case otherSampleType(expected: BlockHeader.SampleType, received: BlockHeader.SampleType)
  case layout(expectedChannels: Int, channels: Int, limit: Int, samples: Int)
  case payloadLength(expected: Int, received: Int)
  case payloadChecksum(sequence: UInt64)
  case unflaggedNonFinite(sequence: UInt64)
  case sequence(expected: UInt64, received: UInt64)
  case duplicate(sequence: UInt64)
  case sampleIndex(expected: Int64, received: Int64)
  case time(expected: Int64, received: Int64)
  case beyondCredit(limit: UInt64, received: UInt64)
  case afterEnd(sample: Int64)
  case afterGoodbye(sequence: UInt64, blocks: UInt64)
  case otherLength(sequence: UInt64, expected: Int, received: Int)

  /// A short stable name for counters and logs.
  public var code: String {
    switch self {
    case .headerLength: "header-length"
    case .magic: "magic"
    case .version: "version"
    case .headerChecksum: "header-checksum"
    case .sampleType: "sample-type"
    case .clock: "clock"
    case .unknownStream: "unknown-stream"
    case .notWelcomed: "not-welcomed"
    case .otherSampleType: "other-sample-type"
    case .layout: "layout"
    case .payloadLength: "payload-length"
    case .payloadChecksum: "payload-checksum"
    case .unflaggedNonFinite: "non-finite"
    case .sequence: "sequence"
    case .duplicate: "duplicate"
    case .sampleIndex: "sample-index"
    case .time: "time"
    case .beyondCredit: "beyond-credit"
    case .afterEnd: "after-end"
    case .afterGoodbye: "after-goodbye"
    case .otherLength: "other-length"
    }
  }

  public var description: String {
    switch self {
    case .headerLength(let size):
      "the header has \(size) bytes; a block is two frames, the first of \(BlockHeader.size) bytes"
    case .magic(let magic): "the header begins with 0x\(String(magic, radix: 16)), not with the magic of a block"
    case .version(let version): "block version \(version) is unknown; this hub speaks version 1"
    case .headerChecksum: "the header's CRC-32C does not fit its bytes"
    case .sampleType(let type): "sample type \(type) is unknown; 1 is float64, 2 is complex128"
    case .clock: "clock offset and uncertainty must be finite, the uncertainty not negative"
    case .unknownStream(let stream):
      "stream 0x\(String(stream, radix: 16)) is not the one this peer was welcomed for"
    case .notWelcomed: "a block before hello and welcome"
    case .otherSampleType(let expected, let received):
      "the block holds \(received) where the stream's hello promised \(expected)"
    case .layout(let expected, let channels, let limit, let samples):
      "\(channels) channels x \(samples) samples do not fit the stream's \(expected) channels x 1 ... \(limit) samples"
    case .payloadLength(let expected, let received):
      "the payload has \(received) bytes where the header promises \(expected)"
    case .payloadChecksum(let sequence): "the payload of block \(sequence) does not fit its CRC-32C"
    case .unflaggedNonFinite(let sequence):
      "block \(sequence) holds NaN or infinite samples but does not flag missing ones"
    case .sequence(let expected, let received): "block \(received) came where \(expected) was due"
    case .duplicate(let sequence): "block \(sequence) is here already"
    case .sampleIndex(let expected, let received):
      "the block begins at sample \(received) where \(expected) was due"
    case .time(let expected, let received):
      "the block claims GPS \(received) ns for a sample that the rate puts at \(expected) ns"
    case .beyondCredit(let limit, let received): "block \(received) was sent beyond the credit of \(limit) blocks"
    case .otherLength(let sequence, let expected, let received):
      "block \(sequence) was declared missing with \(expected) samples and now comes with \(received)"
    case .afterGoodbye(let sequence, let blocks):
      "block \(sequence) came after a goodbye that counted \(blocks) blocks"
    case .afterEnd(let sample): "the block reaches sample \(sample), past the end of the run"
    }
  }
}

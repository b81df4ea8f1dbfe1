import Archive
import Protocol

extension IndexRow {
  /// The index row of a block that was taken.
  init(_ header: BlockHeader) {
    self.init(
      sequence: header.sequence, firstSample: header.firstSample, gpsNanoseconds: header.time.nanoseconds,
      count: header.sampleCount, flags: UInt32(header.flags.rawValue), reason: header.missingReason,
      clockOffset: header.clockOffset, clockUncertainty: header.clockUncertainty, crc32c: header.payloadChecksum)
  }
}

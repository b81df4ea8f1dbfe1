import Foundation
import Protocol
import Sky
import Testing

/// Made with Python's struct ("<IHHQQqqIHBBddI", then CRC-32C of the first 68 bytes, bitwise with polynomial 0x82F63B78)
/// for the payload 1.0, -2.5, 3e-13, 4.0.
private let reference: [UInt8] = stride(from: 0, to: 144, by: 2).map { offset in
  let text =
    "474e4d42010001008aaeb1236746057e0700000000000000fdffffffffffffff1581e97df4102211"
    + "0200000002000103000000000000d0bf8dedb5a0f7c6b03e6f354290b45260fd"
  let start = text.index(text.startIndex, offsetBy: offset)
  return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16) ?? 0
}

private let header = BlockHeader(
  flags: .someMissing, stream: 9_080_741_632_456_896_138, sequence: 7, firstSample: -3,
  time: GPSTime(nanoseconds: 1_234_567_890_123_456_789), sampleCount: 2, channelCount: 2, missingReason: 3,
  clockOffset: -0.25, clockUncertainty: 1e-6, payloadChecksum: 0x9042_356F)

private func decode(_ bytes: [UInt8]) throws -> BlockHeader {
  try bytes.withUnsafeBytes { try BlockHeader(decoding: $0) }
}

@Test("The header's bytes are those that Python's struct makes")
func encoding() throws {
  var bytes = [UInt8](repeating: 0, count: BlockHeader.size)
  bytes.withUnsafeMutableBytes { header.encode(into: $0) }
  #expect(bytes == reference)
  #expect(try decode(reference) == header)
  #expect(header.payloadSize == 32)
}

@Test("Every single changed bit of a header is noticed")
func everyBitCounts() throws {
  for bit in 0..<(8 * BlockHeader.size) {
    var bytes = reference
    bytes[bit / 8] ^= 1 << (bit % 8)
    #expect(throws: BlockRefusal.self, "bit \(bit)") { try decode(bytes) }
  }
}

@Test("A header of another length, magic or version is refused by name")
func typedRefusals() throws {
  #expect(throws: BlockRefusal.headerLength(71)) { try decode(Array(reference.dropLast())) }
  var magic = reference
  magic[0] = 0x48
  #expect(throws: BlockRefusal.magic(0x424D_4E48)) { try decode(magic) }
  var version = reference
  version[4] = 2
  #expect(throws: BlockRefusal.version(2)) { try decode(version) }
  #expect(throws: BlockRefusal.headerLength(0)) { try decode([]) }
}

import CKernels
import Glibc
import Numerics
import Testing

/// Every instruction set of this machine, in turn. The results do not differ, so other tests may run beside these.
@Suite(.serialized) struct InstructionSetTests {
  static let all = Array(0...gnomon_isa_detected())

  @Test func selectionIsBounded() {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    gnomon_isa_select(100)
    #expect(gnomon_isa() == gnomon_isa_detected())
    gnomon_isa_select(-5)
    #expect(gnomon_isa() == 0)
  }

  @Test func deviatesHaveTheSameBits() {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    var reference: [[Double]] = []
    for isa in Self.all {
      gnomon_isa_select(isa)
      let white = whiteNoise(count: 50_001, firstSample: -77, key: 5, scale: 2.5)
      let cells = complexDeviates(count: 9999, counter: SIMD4(1, 2, 3, 4), varying: .second, key: 6)
      let result = [white, cells.0, cells.1]
      if reference.isEmpty { reference = result }
      #expect(result == reference, "instruction set \(isa)")
    }
  }

  /// Sums over one direction of the sky: all instruction sets have the same bits, those of the C library's functions up to
  /// rounding.
  @Test func skyNodesHaveTheSameBits() {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    let (channels, count, stride) = (2, 24, 32)
    let wavenumbers = AlignedBuffer(count: stride)
    for k in 0..<stride { wavenumbers.pointer[k] = 1e-7 * (1 + 0.37 * Double(k)) }
    for (modes, path) in [(1, 6.1e6), (2, -5.3e6), (3, 1.7e9)] {
      let deviates = AlignedBuffer(count: 2 * modes * stride)
      for index in 0..<deviates.count { deviates.pointer[index] = sin(Double(index * index + 1)) }
      let coefficients = (0..<2 * modes * channels).map { cos(Double(3 * $0 + 1)) }
      var reference: [Double]?
      for isa in Self.all {
        gnomon_isa_select(isa)
        let sums = AlignedBuffer(count: 2 * channels * stride)
        sums.pointer.update(repeating: 1, count: sums.count)
        gnomon_sky_node(
          sums.pointer, channels, deviates.pointer, modes, coefficients, wavenumbers.pointer, path, count, stride)
        let result = Array(sums.buffer)
        if reference == nil { reference = result }
        #expect(result == reference, "instruction set \(isa)")
      }
      for c in 0..<channels {
        for k in 0..<stride {
          var wanted = ComplexNumber(1, 1)
          let turns = (wavenumbers.pointer[k] * path).remainder(dividingBy: 1)
          for m in 0..<modes where k < count {
            let index = 2 * (c * modes + m)
            wanted +=
              ComplexNumber(magnitude: 1, phase: 2 * .pi * turns)
              * ComplexNumber(coefficients[index], coefficients[index + 1])
              * ComplexNumber(deviates.pointer[2 * m * stride + k], deviates.pointer[(2 * m + 1) * stride + k])
          }
          let value = ComplexNumber(
            reference?[2 * c * stride + k] ?? .nan, reference?[(2 * c + 1) * stride + k] ?? .nan)
          #expect((value - wanted).magnitude < 4e-15, "channel \(c), bin \(k), \(modes) modes")
        }
      }
    }
  }

  /// The value all descriptions of CRC-32C give, and the vectors of RFC 3720, B.4 (read there as bytes in reverse).
  @Test(arguments: all)
  func publishedChecksums(isa: Int32) {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    gnomon_isa_select(isa)
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum((0..<32).reversed()) == 0x113F_DB5C)
    var command = [UInt8](repeating: 0, count: 48)
    for (position, byte) in [(0, 0x01), (1, 0xC0), (16, 0x14), (22, 0x04), (27, 0x14), (31, 0x18), (32, 0x28), (40, 2)]
    {
      command[position] = UInt8(byte)
    }
    #expect(checksum(command) == 0xD996_3A56)
    #expect(checksum([]) == 0)
  }

  /// All lengths to 1000 at offsets to 16, against a register shifted bit by bit.
  @Test(arguments: all)
  func checksumsOfAllLengths(isa: Int32) {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    gnomon_isa_select(isa)
    let data = noiseBytes(1100)
    for offset in 0..<17 {
      var register = BitwiseChecksum()
      for length in 0...1000 {
        let read = data.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress.map { $0 + offset }, length) }
        if read != register.value { Issue.record("length \(length) at offset \(offset)") }
        register.append(data[offset + length])
      }
    }
  }

  /// Long blocks, where the interleaved stretches are joined, and continuation from any split.
  @Test(arguments: all)
  func checksumsOfLongBlocks(isa: Int32) {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    gnomon_isa_select(isa)
    let data = noiseBytes(70_000)
    var register = BitwiseChecksum()
    var wanted = [0: register.value]
    for (index, byte) in data.enumerated() {
      register.append(byte)
      if index % 97 == 0 || index == 65_535 { wanted[index + 1] = register.value }
    }
    for (length, value) in wanted {
      data.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        let whole = gnomon_crc32c(0, base, length)
        let first = length / 3
        let continued = gnomon_crc32c(gnomon_crc32c(0, base, first), base + first, length - first)
        if whole != value || continued != value { Issue.record("length \(length)") }
      }
    }
  }

  @Test(arguments: all)
  func copyingGivesTheSameChecksum(isa: Int32) {
    defer { gnomon_isa_select(gnomon_isa_detected()) }
    gnomon_isa_select(isa)
    let data = noiseBytes(70_000)
    for length in Array(0...300) + [1535, 1536, 1537, 16_319, 16_320, 16_321, 65_536, 69_990] {
      for (from, to) in [(0, 0), (1, 0), (3, 5), (8, 8)] {
        var copy = [UInt8](repeating: 0xA5, count: length + 16)
        let (copied, read) = data.withUnsafeBytes { source in
          copy.withUnsafeMutableBytes { target in
            let start = source.baseAddress.map { $0 + from }
            let copied = gnomon_crc32c_copy(target.baseAddress.map { $0 + to }, start, length)
            return (copied, gnomon_crc32c(0, start, length))
          }
        }
        #expect(copied == read)
        #expect(copy[to..<to + length] == data[from..<from + length], "length \(length)")
        #expect((copy[..<to] + copy[(to + length)...]).allSatisfy { $0 == 0xA5 }, "length \(length)")
      }
    }
  }

  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) }
  }

  private func noiseBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: Philox.block(SIMD4(UInt32($0), 0, 0, 0), key: 8)[0]) }
  }
}

/// CRC-32C by its definition: the reflected polynomial 0x82F63B78, one bit at a time.
private struct BitwiseChecksum {
  private var register = UInt32.max
  var value: UInt32 { ~register }

  mutating func append(_ byte: UInt8) {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
  }
}

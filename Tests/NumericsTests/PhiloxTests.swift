import Numerics
import Testing

/// Integers of the table of section 9.1; the first three are the known answers published with Random123.
@Suite struct PhiloxTests {
  @Test(arguments: [
    (
      SIMD4<UInt32>(0, 0, 0, 0), 0 as UInt64,
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), .max,
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(608_135_816, 2_242_054_355, 320_440_878, 57_701_188), 698_298_832 << 32 | 2_752_067_618,
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: UInt64, words: SIMD4<UInt32>) {
    #expect(Philox.block(counter, key: key) == words)
  }

  @Test func derivedKeys() {
    #expect(Philox.derive(1, tag: RandomTag.block, a: 0, b: 0) == 6_797_522_478_129_640_967)
    #expect(
      Philox.derive(81_985_529_216_486_895, tag: RandomTag.block, a: -1, b: 2) == 16_503_698_043_207_069_173)
    #expect(Philox.derive(1, tag: RandomTag.waveList, a: 0, b: 3) == 2_539_612_942_770_744_547)
  }

  @Test func nodeIdentifierAndNoiseKey() {
    let node = nodeIdentifier("berkeley-1")
    #expect(node == 9_080_741_632_456_896_138)
    #expect(
      Philox.derive(1, tag: RandomTag.noise, a: Int64(bitPattern: node), b: 0) == 8_244_311_042_909_134_531)
    // Offset basis and one-letter value as published with FNV-1a.
    #expect(nodeIdentifier("") == 0xcbf2_9ce4_8422_2325)
    #expect(nodeIdentifier("a") == 0xaf63_dc4c_8601_ec8c)
    // The bytes are those of UTF-8, whose two bytes for this letter are c3 a9 (value from a Python loop over them).
    #expect(nodeIdentifier("é") == 0x0ac2_1707_b718_1e01)
  }

  @Test func tagsSpellTheirNames() {
    let spelled: [(UInt32, String)] = [
      (RandomTag.block, "BLOC"), (RandomTag.covarianceFactorBlock, "CHOL"), (RandomTag.waveList, "LIST"),
      (RandomTag.noise, "NOIS"), (RandomTag.dataGaps, "GAPS"), (RandomTag.cell, "SKYC"), (RandomTag.wave, "WAVE"),
      (RandomTag.whiteNoise, "WHIT"), (RandomTag.gapOfDay, "GAPE"),
    ]
    for (tag, name) in spelled {
      #expect(tag == name.utf8.reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}

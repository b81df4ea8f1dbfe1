/// The counter-based generator Philox4x32-10 (Salmon et al., SC11, 2011): a counter and a key give four random words.
public enum Philox {
  /// The four random words of one counter (section 9.1).
  ///
  /// - Parameters:
  ///   - counter: words 0 to 3 of the counter.
  ///   - key: the two key words as word 0 + 2^32 word 1.
  /// - Returns: the four words after ten rounds.
  public static func block(_ counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<UInt32> {
    var words = counter
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = UInt64(words[0]) * 0xD251_1F53
      let product1 = UInt64(words[2]) * 0xCD9E_8D57
      words = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ words[1] ^ key0, UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ words[3] ^ key1, UInt32(truncatingIfNeeded: product0))
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return words
  }

  /// The key of one use of random numbers, derived from a parent key (section 9.1).
  ///
  /// - Parameters:
  ///   - key: the parent key: the seed of the run, or a key derived from it.
  ///   - tag: what the key is for, one of `RandomTag`.
  ///   - a: the 64-bit argument, in two's complement if negative.
  ///   - b: the 32-bit argument.
  public static func derive(_ key: UInt64, tag: UInt32, a: Int64, b: UInt32) -> UInt64 {
    let bits = UInt64(bitPattern: a)
    let words = block(
      SIMD4(UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32), b, tag), key: key)
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }
}

/// The Sobol sequence in three dimensions with Joe and Kuo's direction numbers, in natural order (section 9.2).
public enum SobolSequence {
  /// Point `n` as three integers; (integer + 1/2)/2^32 is the coordinate.
  ///
  /// - Parameters:
  ///   - n: number of the point.
  ///   - shift: exclusive-or of the digital shift; zero leaves the sequence as it is.
  public static func point(_ n: UInt32, shift: SIMD3<UInt32> = .zero) -> SIMD3<UInt32> {
    var result = shift
    var bits = n
    while bits != 0 {
      result ^= directions[bits.trailingZeroBitCount]
      bits &= bits - 1
    }
    return result
  }

  /// The digital shift of the wave list with this key: words 0 to 2 of counter (2^32 - 1, 2^32 - 1, 0, "WAVE").
  public static func shift(key: UInt64) -> SIMD3<UInt32> {
    let words = Philox.block(SIMD4(.max, .max, 0, RandomTag.wave), key: key)
    return SIMD3(words[0], words[1], words[2])
  }

  /// Three normal deviates of a point: the inverse normal distribution of its coordinates.
  public static func normalDeviates(_ n: UInt32, shift: SIMD3<UInt32>) -> SIMD3<Double> {
    let point = point(n, shift: shift)
    let uniform = (SIMD3<Double>(point) + 0.5) / 0x1p32
    return SIMD3(normalQuantile(uniform.x), normalQuantile(uniform.y), normalQuantile(uniform.z))
  }

  /// V_j = m_j 2^(32-j), j = 1 ... 32.
  private static let directions: [SIMD3<UInt32>] = {
    var m = [SIMD3<UInt32>(1, 1, 1)]
    for j in 1..<32 {
      let last = m[j - 1]
      let third = j == 1 ? 3 : 2 &* last.z ^ 4 &* m[j - 2].z ^ m[j - 2].z
      m.append(SIMD3(1, 2 &* last.y ^ last.y, third))
    }
    return m.enumerated().map { j, value in value &<< UInt32(31 - j) }
  }()
}

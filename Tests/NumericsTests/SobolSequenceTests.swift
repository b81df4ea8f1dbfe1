import Numerics
import Testing

@Suite struct SobolSequenceTests {
  /// Rows of the table of section 9.1.
  @Test func tableOfSection9() {
    let points = (0..<4).map { SobolSequence.point($0) }
    #expect(
      points == [
        SIMD3(0, 0, 0), SIMD3(2_147_483_648, 2_147_483_648, 2_147_483_648),
        SIMD3(1_073_741_824, 3_221_225_472, 3_221_225_472), SIMD3(3_221_225_472, 1_073_741_824, 1_073_741_824),
      ])
    let shift = SobolSequence.shift(key: 1)
    #expect(shift == SIMD3(2_681_572_132, 3_130_487_879, 2_233_069_750))
    let expected: [SIMD3<Double>] = [
      SIMD3(0.31693138253708, 0.60940958814067, 0.04997053914890),
      SIMD3(-1.15350216066618, -0.74256181205227, -2.05525755482535),
    ]
    for (n, reference) in expected.enumerated() {
      let difference = SobolSequence.normalDeviates(UInt32(n), shift: shift) - reference
      #expect((0..<3).allSatisfy { abs(difference[$0]) < 1e-12 }, "point \(n): \(difference)")
    }
  }

  /// The first 1024 points put one point into each of 1024 equal intervals of each axis, and the last direction number
  /// is odd, as the construction demands.
  @Test func stratification() {
    for axis in 0..<3 {
      let intervals = Set((0..<1024).map { SobolSequence.point($0)[axis] >> 22 })
      #expect(intervals.count == 1024)
      #expect(SobolSequence.point(1 << 31)[axis] & 1 == 1)
    }
  }

  /// scipy.stats.qmc.Sobol(3, scramble=False), whose Gray order is undone by i xor (i >> 1): its points 6, 21 and 100.
  @Test func scipyPoints() {
    let scipy: [(UInt32, SIMD3<Double>)] = [
      (6, SIMD3(0.625, 0.125, 0.875)), (21, SIMD3(0.96875, 0.59375, 0.34375)),
      (100, SIMD3(0.4140625, 0.2578125, 0.7734375)),
    ]
    for (index, reference) in scipy {
      #expect(SIMD3<Double>(SobolSequence.point(index ^ index >> 1)) / 0x1p32 == reference)
    }
  }
}

import CKernels
import Numerics
import Testing

@Suite struct NormalDeviatesTests {
  /// Rows cell_gauss and white noise of the table of section 9.1, with digits from mpmath at 30 digits on the words of
  /// a Philox in Python. They agree with the table to 1e-12 but for two numbers with wrong digits in the table:
  /// white noise n = 3 (printed as 0.59997385497699) and the imaginary part in block 5 (printed as 1.37765662821481).
  @Test func tableOfSection9() {
    func cell(_ counter: SIMD4<UInt32>, _ key: UInt64) -> (Double, Double) {
      let g = NormalDeviates.four(counter, key: key) / 2.0.squareRoot()
      return (g[0], g[1])
    }
    func close(_ value: (Double, Double), _ real: Double, _ imaginary: Double) -> Bool {
      abs(value.0 - real) < 1e-12 && abs(value.1 - imaginary) < 1e-12
    }
    let tag = RandomTag.cell
    #expect(close(cell(SIMD4(0, 0, 0, tag), 1), -1.1378928166236, 0.90507305268867))
    #expect(close(cell(SIMD4(7, 3, 2, tag), 81_985_529_216_486_895), -0.79424718847899, -0.52559341562921))
    let block = Philox.derive(1, tag: RandomTag.block, a: 5, b: 0)
    #expect(close(cell(SIMD4(0, 0, 1, tag), block), -0.0537879122896505, -1.3776565782148121))

    let key = Philox.derive(1, tag: RandomTag.noise, a: Int64(bitPattern: nodeIdentifier("berkeley-1")), b: 0)
    let expected = [
      -1.04366774483979, 0.8299204771214523, -0.0809512084883150, -0.3780188213501801, -0.5999739548769899,
    ]
    let noise = whiteNoise(count: 5, firstSample: -1, key: key)
    for (value, reference) in zip(noise, expected) { #expect(abs(value - reference) < 1e-12) }
  }
}

func whiteNoise(count: Int, firstSample: Int64, key: UInt64, scale: Double = 1) -> [Double] {
  var values = [Double](repeating: .nan, count: count)
  values.withUnsafeMutableBufferPointer {
    NormalDeviates.fillWhite($0, firstSample: firstSample, key: key, scale: scale)
  }
  return values
}

import Glibc
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

  /// Box-Muller written with the C library on the words of the scalar generator.
  @Test func agreesWithTheMathematicsLibrary() {
    var largest = 0.0
    for index in 0..<UInt32(200_000) {
      let counter = SIMD4<UInt32>(index &* 2_654_435_761, index, 3, 4)
      let words = Philox.block(counter, key: 99)
      let uniform = (SIMD4<Double>(words) + 0.5) / 0x1p32
      let deviates = NormalDeviates.four(counter, key: 99)
      for pair in [0, 2] {
        let radius = (-2 * log(uniform[pair])).squareRoot()
        let angle = 2 * Double.pi * uniform[pair + 1]
        largest = max(largest, abs(deviates[pair] - radius * cos(angle)))
        largest = max(largest, abs(deviates[pair + 1] - radius * sin(angle)))
      }
    }
    // The argument 2 pi u is rounded before the library sees it: up to 4.4e-16 times a radius of up to 6.8.
    #expect(largest < 5e-15)
    print("largest difference from Box-Muller with the C library: \(largest)")
  }

  /// Sample n is deviate n mod 4 of counter floor(n/4), wherever a range begins and ends.
  @Test(arguments: [-70, -3, -1, 0, 1, 2, 5, (1 << 34) - 9, -(1 << 40) - 6])
  func samplesStandAlone(first: Int) {
    let count = 77
    let noise = whiteNoise(count: count, firstSample: Int64(first), key: 12345)
    for (offset, value) in noise.enumerated() {
      let sample = Int64(first + offset)
      let index = UInt64(bitPattern: sample >> 2)
      let counter = SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), 0, RandomTag.whiteNoise)
      #expect(value == NormalDeviates.four(counter, key: 12345)[Int(sample & 3)])
    }
  }

  @Test func anyPartitionGivesTheSameBits() {
    let whole = whiteNoise(count: 1000, firstSample: -137, key: 7, scale: 0.3)
    for step in [1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33, 64, 129, 999] {
      var parts: [Double] = []
      while parts.count < 1000 {
        let count = min(step, 1000 - parts.count)
        parts += whiteNoise(count: count, firstSample: -137 + Int64(parts.count), key: 7, scale: 0.3)
      }
      #expect(parts == whole, "step \(step)")
    }
  }

  @Test func addingIsFillingAndThenAdding() {
    let start = whiteNoise(count: 203, firstSample: 0, key: 1)
    let noise = whiteNoise(count: 203, firstSample: 5, key: 2, scale: 1e-3)
    var sum = start
    sum.withUnsafeMutableBufferPointer { NormalDeviates.addWhite($0, firstSample: 5, key: 2, scale: 1e-3) }
    #expect(sum == zip(start, noise).map(+))
    // Nothing before or after the range is touched.
    var guarded = [Double](repeating: 17, count: 203)
    guarded.withUnsafeMutableBufferPointer {
      NormalDeviates.fillWhite(.init(rebasing: $0[3..<200]), firstSample: 5, key: 2, scale: 1e-3)
    }
    #expect(guarded[..<3].allSatisfy { $0 == 17 } && guarded[200...].allSatisfy { $0 == 17 })
    #expect(Array(guarded[3..<200]) == Array(noise[..<197]))
  }

  @Test(arguments: [NormalDeviates.VaryingWord.first, .second])
  func complexDeviatesOfRunningCounters(varying: NormalDeviates.VaryingWord) {
    // Starts near the end of the word, so that it wraps.
    var start = SIMD4<UInt32>(10, 20, 1, RandomTag.cell)
    start[Int(varying.rawValue)] = .max - 5
    let (real, imaginary) = complexDeviates(count: 61, counter: start, varying: varying, key: 3)
    for offset in 0..<61 {
      var counter = start
      counter[Int(varying.rawValue)] &+= UInt32(offset)
      let g = NormalDeviates.four(counter, key: 3) / 2.0.squareRoot()
      #expect(abs(real[offset] - g[0]) < 2e-15 && abs(imaginary[offset] - g[1]) < 2e-15)
      let single = complexDeviates(count: 1, counter: counter, varying: varying, key: 3)
      #expect(single.0[0] == real[offset] && single.1[0] == imaginary[offset])
    }
  }
}

func whiteNoise(count: Int, firstSample: Int64, key: UInt64, scale: Double = 1) -> [Double] {
  var values = [Double](repeating: .nan, count: count)
  values.withUnsafeMutableBufferPointer {
    NormalDeviates.fillWhite($0, firstSample: firstSample, key: key, scale: scale)
  }
  return values
}

func complexDeviates(
  count: Int, counter: SIMD4<UInt32>, varying: NormalDeviates.VaryingWord, key: UInt64
) -> ([Double], [Double]) {
  var real = [Double](repeating: .nan, count: count)
  var imaginary = real
  real.withUnsafeMutableBufferPointer { real in
    imaginary.withUnsafeMutableBufferPointer { imaginary in
      NormalDeviates.fillComplex(real: real, imaginary: imaginary, counter: counter, varying: varying, key: key)
    }
  }
  return (real, imaginary)
}

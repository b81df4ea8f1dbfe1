import Glibc
import Numerics
import Testing

/// Ten million deviates of a fixed key against the standard normal distribution. Bounds are 4.5 standard errors.
@Suite struct NormalStatisticsTests {
  static let key: UInt64 = 20_240_229
  static let count = 10_000_000

  @Test func momentsAndCorrelations() {
    let noise = whiteNoise(count: Self.count, firstSample: -1_234_567, key: Self.key)
    let n = Double(noise.count)
    var sums = SIMD4<Double>.zero
    // Products of neighbours, and of their squares, which Box-Muller done wrongly would couple within a pair.
    let lags = [1, 2, 3, 4, 5, 32]
    var products = [Double](repeating: 0, count: lags.count)
    var squares = products
    noise.withUnsafeBufferPointer { noise in
      for g in noise { sums += SIMD4(g, g * g, g * g * g, g * g * g * g) }
      for (index, lag) in lags.enumerated() {
        var product = 0.0
        var square = 0.0
        for j in lag..<noise.count {
          let both = noise[j] * noise[j - lag]
          product += both
          square += both * both
        }
        products[index] = product
        squares[index] = square
      }
    }
    let moments = sums / n
    // Standard errors of the means of g, g^2, g^3, g^4: sqrt of 1, 2, 15, 96 over n.
    let scores = (moments - SIMD4(0, 1, 0, 3)) / (SIMD4(1, 2, 15, 96) / n).squareRoot()
    print("key \(Self.key), \(Self.count) deviates: scores of moments 1 to 4: \(scores)")
    for score in 0..<4 { #expect(abs(scores[score]) < 4.5, "moment \(score + 1)") }
    for (index, lag) in lags.enumerated() {
      let product = products[index] / n.squareRoot()
      // Variance of (g h)^2 is 9 - 1; both deviates of neighbouring products share a factor: covariance 2 a side.
      let square = (squares[index] - n) / (12 * n).squareRoot()
      #expect(abs(product) < 4.5, "lag \(lag): correlation score \(product)")
      #expect(abs(square) < 4.5, "lag \(lag): score of squares \(square)")
    }
  }

  @Test func distribution() {
    let noise = whiteNoise(count: Self.count, firstSample: 0, key: Self.key)
    // Kolmogorov-Smirnov on 2^20 equal bins of the cumulative probability: the bins hide less than 1e-6 of a
    // distance whose scale is 3e-4.
    var histogram = [Int32](repeating: 0, count: 1 << 20)
    for g in noise { histogram[min(Int(0x1p20 * 0.5 * erfc(-g / 2.0.squareRoot())), histogram.count - 1)] += 1 }
    let n = Double(noise.count)
    var below = 0.0
    var distance = 0.0
    var chiSquared = 0.0
    var coarse = 0.0
    for (bin, entries) in histogram.enumerated() {
      below += Double(entries)
      coarse += Double(entries)
      distance = max(distance, abs(below / n - Double(bin + 1) * 0x1p-20))
      if (bin + 1) % 1024 == 0 {
        let expected = n / 1024
        chiSquared += (coarse - expected) * (coarse - expected) / expected
        coarse = 0
      }
    }
    // P(sqrt(n) D > 1.95) = 0.001.
    #expect(distance * n.squareRoot() < 1.95)
    let p = chiSquaredSurvival(chiSquared, degreesOfFreedom: 1023)
    print("key \(Self.key): sqrt(n) D = \(distance * n.squareRoot()), chi-squared \(chiSquared) of 1023, p = \(p)")
    #expect(p > 1e-5 && p < 1 - 1e-5)
    // Deviates beyond 4.5 standard deviations: a Poisson number.
    let tail = Double(noise.count { abs($0) > 4.5 })
    let expected = 2 * n * normalSurvival(4.5)
    #expect(abs(tail - expected) < 4.5 * expected.squareRoot(), "\(tail) beyond 4.5, \(expected) expected")
    // The largest deviate Box-Muller can give here: sqrt(2 ln 2^33).
    #expect(noise.allSatisfy { abs($0) <= 6.7637 })
  }

  @Test func complexDeviatesAreCircular() {
    let count = 2_000_000
    let counter = SIMD4<UInt32>(0, 4, 1, RandomTag.cell)
    let (real, imaginary) = complexDeviates(count: count, counter: counter, varying: .first, key: Self.key)
    let (other, _) = complexDeviates(count: count, counter: counter, varying: .second, key: Self.key)
    let n = Double(count)
    var power = 0.0
    var fourth = 0.0
    var cross = 0.0
    var pseudo = 0.0
    var foreign = 0.0
    for (j, (x, y)) in zip(real, imaginary).enumerated() {
      power += x * x + y * y
      fourth += (x * x + y * y) * (x * x + y * y)
      cross += x * y
      pseudo += x * x - y * y
      foreign += x * other[j]
    }
    // |z|^2 is exponential: mean 1, variance 1; its square has mean 2, variance 20.
    let scores = [
      (power - n) / n.squareRoot(), (fourth - 2 * n) / (20 * n).squareRoot(), 2 * cross / n.squareRoot(),
      pseudo / n.squareRoot(), 2 * foreign / n.squareRoot(),
    ]
    print("key \(Self.key), \(count) complex deviates: scores \(scores)")
    #expect(scores.allSatisfy { abs($0) < 4.5 })
  }
}

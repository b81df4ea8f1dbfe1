import Foundation
import Numerics
import Testing

@Suite("Sums of weighted exponential variables")
struct WeightedExponentialSumTests {
  /// P(Σ of n equal weights <= t) = 1 - Q(n, t).
  @Test(
    "equal weights follow a gamma law",
    arguments: [
      (1, 1e-3), (1, 1.0), (1, 20), (2, 2.1), (4, 4), (20, 10), (100, 100), (100, 120), (1000, 1000), (5000, 5200),
    ])
  func gamma(count: Int, value: Double) {
    let found = WeightedExponentialSum.probability(
      atMost: 3e-7 * value, weights: [Double](repeating: 3e-7, count: count))
    let expected = 1 - regularizedUpperGamma(Double(count), value)
    #expect(abs(found - expected) < 1e-9, "\(found), \(expected)")
  }

  /// Different weights: Σ_a (1 - exp(-t/a)) Π_(b≠a) a/(a - b).
  @Test("different weights follow partial fractions", arguments: [0.05, 0.7, 1.6, 4])
  func partialFractions(value: Double) {
    let weights = [1, 0.5, 0.1, 1e-6]
    let expected = weights.reduce(0.0) { sum, a in
      sum + (1 - exp(-value / a)) * weights.filter { $0 != a }.reduce(1) { $0 * a / (a - $1) }
    }
    #expect(abs(WeightedExponentialSum.probability(atMost: value, weights: weights) - expected) < 1e-9)
  }

  @Test("ends")
  func ends() {
    #expect(WeightedExponentialSum.probability(atMost: 0, weights: [1, 2]) == 0)
    #expect(WeightedExponentialSum.probability(atMost: -1, weights: [1]) == 0)
    #expect(WeightedExponentialSum.probability(atMost: .infinity, weights: [1, 2]) == 1)
    #expect(abs(WeightedExponentialSum.probability(atMost: 500, weights: [1, 2]) - 1) < 1e-12)
  }
}

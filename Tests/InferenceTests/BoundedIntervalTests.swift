import Foundation
import Inference
import Numerics
import Testing

@Suite("Feldman-Cousins intervals within bounds")
struct BoundedIntervalTests {
  @Test("far from the bounds it is the central interval")
  func central() {
    let interval = BoundedInterval.interval(estimate: 0.1, uncertainty: 0.01, bounds: -1...1, confidence: 0.95)
    let reach = normalQuantile(0.975) * 0.01
    #expect(abs(interval.lowerBound - (0.1 - reach)) < 1e-9 && abs(interval.upperBound - (0.1 + reach)) < 1e-9)
  }

  /// Table X of Feldman and Cousins, Phys. Rev. D 57, 3873: a mean that is not negative, unit error.
  @Test(
    "their table for a mean that is not negative",
    arguments: [
      (-3.0, 0.9, 0.0, 0.26), (-1, 0.9, 0, 0.81), (0, 0.9, 0, 1.64), (1, 0.9, 0, 2.64), (2, 0.9, 0.58, 3.64),
      (3, 0.9, 1.37, 4.64), (0, 0.95, 0, 1.96),
    ])
  func table(x: Double, confidence: Double, lower: Double, upper: Double) {
    // An upper bound far away changes nothing.
    let interval = BoundedInterval.interval(estimate: x, uncertainty: 1, bounds: 0...50, confidence: confidence)
    #expect(abs(interval.lowerBound - lower) < 0.0051 && abs(interval.upperBound - upper) < 0.0051, "\(interval)")
  }

  @Test("covers at the edge, near it and inside", arguments: [-1.0, -0.9, 0, 0.6, 1])
  func coverage(truth: Double) {
    let draws = 20_000
    let covered = (0..<draws).count { draw in
      let g = NormalDeviates.four(SIMD4(UInt32(draw), 0, 0, 0), key: 31)[0]
      return BoundedInterval.interval(estimate: truth + 0.4 * g, uncertainty: 0.4, bounds: -1...1, confidence: 0.9)
        .contains(truth)
    }
    let share = Double(covered) / Double(draws)
    // Three standard errors are 0.0064.
    #expect(abs(share - 0.9) < 0.0064, "\(share)")
  }
}

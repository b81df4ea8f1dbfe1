import Foundation
import Numerics

/// Feldman and Cousins' confidence interval for a quantity with bounds, measured with a Gaussian error.
///
/// The unified approach (Phys. Rev. D 57, 3873): for every true value the measurements of the largest likelihood ratio are
/// accepted until they hold the confidence; the interval is all true values that accept the measurement. It never leaves the
/// bounds, is never empty, and covers at any true value.
public enum BoundedInterval {
  /// The interval of true values.
  ///
  /// - Parameters:
  ///   - estimate: x, which may lie outside the bounds.
  ///   - uncertainty: σ > 0.
  ///   - bounds: within which the true value lies.
  ///   - confidence: such as 0.9, in (0, 1).
  /// - Returns: within the bounds, accurate to 1e-9 of σ and the bounds' width.
  public static func interval(
    estimate: Double, uncertainty: Double, bounds: ClosedRange<Double>, confidence: Double
  ) -> ClosedRange<Double> {
    precondition(uncertainty > 0 && confidence > 0 && confidence < 1, "a positive error, a probability")
    let best = min(max(estimate, bounds.lowerBound), bounds.upperBound)
    func accepts(_ truth: Double) -> Bool {
      rejection(beyond: deficit(estimate, truth, bounds), truth: truth, uncertainty: uncertainty, bounds: bounds)
        >= 1 - confidence
    }
    func edge(from inside: Double, to outside: Double) -> Double {
      if accepts(outside) { return outside }
      var (inside, outside) = (inside, outside)
      for _ in 0..<60 {
        let middle = (inside + outside) / 2
        if accepts(middle) { inside = middle } else { outside = middle }
      }
      return inside
    }
    return edge(from: best, to: bounds.lowerBound)...edge(from: best, to: bounds.upperBound)
  }

  /// The test of one true value against the best within the bounds.
  ///
  /// - Parameters:
  ///   - truth: within the bounds.
  ///   - estimate: x, which may lie outside the bounds.
  ///   - uncertainty: σ > 0.
  ///   - bounds: within which the true value lies.
  /// - Returns: -2 ln of the likelihood ratio, and the probability of at least that if the value is the true one.
  public static func test(
    of truth: Double, estimate: Double, uncertainty: Double, bounds: ClosedRange<Double>
  ) -> (statistic: Double, probability: Double) {
    let deficit = deficit(estimate, truth, bounds)
    return (
      deficit / (uncertainty * uncertainty),
      rejection(beyond: deficit, truth: truth, uncertainty: uncertainty, bounds: bounds)
    )
  }

  /// -2 σ² ln of the likelihood ratio of a true value to the best one within the bounds.
  private static func deficit(_ x: Double, _ truth: Double, _ bounds: ClosedRange<Double>) -> Double {
    let best = min(max(x, bounds.lowerBound), bounds.upperBound)
    return (x - truth) * (x - truth) - (x - best) * (x - best)
  }

  /// Probability of a measurement with a likelihood ratio smaller than that of a deficit.
  private static func rejection(
    beyond deficit: Double, truth: Double, uncertainty: Double, bounds: ClosedRange<Double>
  ) -> Double {
    // Within the bounds the deficit is (x - truth)²; beyond one at b it is (b - truth)(2 x - b - truth): both rise away
    // from the truth, so that the accepted measurements are one interval.
    let root = deficit.squareRoot()
    func reach(_ bound: Double) -> Double {
      let distance = abs(bound - truth)
      guard root > distance else { return root }
      return distance > 0 ? (deficit / distance + distance) / 2 : .infinity
    }
    let below = normalSurvival(reach(bounds.lowerBound) / uncertainty)
    let above = normalSurvival(reach(bounds.upperBound) / uncertainty)
    return below + above
  }
}

import Numerics

extension MeasuredPoint {
  /// The root mean square of estimates about the truth, whose law is that of a chi variable.
  ///
  /// - Parameters:
  ///   - deviations: estimate - truth, independent.
  ///   - expected: their standard deviation by the closed form.
  ///   - scale: factor on both.
  static func scatter(x: Double, _ deviations: [Double], expected: Double, scale: Double = 1) -> MeasuredPoint {
    let count = Double(deviations.count)
    let value = (deviations.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    return MeasuredPoint(
      x: x, value: scale * value, error: scale * expected / (2 * count).squareRoot(), expected: scale * expected)
  }

  /// The mean of independent estimates.
  ///
  /// - Parameter deviation: the standard deviation of one, by the closed form.
  static func mean(x: Double, _ estimates: [Double], truth: Double, deviation: Double) -> MeasuredPoint {
    let count = Double(estimates.count)
    return MeasuredPoint(
      x: x, value: estimates.reduce(0, +) / count, error: deviation / count.squareRoot(), expected: truth)
  }

  /// The solid angle 2π sqrt(det Cov) of fitted offsets along two tangents about the truth.
  ///
  /// For n Gaussian offsets the root of the determinant of their sum of squares is half a chi-square variable of 2n - 2
  /// degrees of freedom times the true one.
  ///
  /// - Parameters:
  ///   - offsets: from the truth, two for each fit.
  ///   - expected: by the closed form.
  ///   - scale: factor on both.
  static func solidAngle(x: Double, _ offsets: [[Double]], expected: Double, scale: Double = 1) -> MeasuredPoint {
    let freedom = Double(offsets.count - 1)
    func sum(_ a: Int, _ b: Int) -> Double { offsets.reduce(0) { $0 + $1[a] * $1[b] } }
    let root = max(0, sum(0, 0) * sum(1, 1) - sum(0, 1) * sum(0, 1)).squareRoot()
    return MeasuredPoint(
      x: x, value: scale * 2 * .pi * root / freedom, error: scale * expected / freedom.squareRoot(),
      expected: scale * expected)
  }
}

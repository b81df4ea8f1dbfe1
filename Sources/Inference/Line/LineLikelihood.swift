import Foundation

/// The likelihood of the amplitude of a line whose modes are known.
public struct LineProfile: Hashable, Sendable, Codable {
  /// Θ = 2 [ln L(best) - ln L(noise only)], not negative.
  public var statistic: Double
  /// amplitude² at the maximum, unit² of the field (velocities in units of c); 0 when noise alone is likelier.
  public var power: Double
  /// One standard deviation of `power` from the Fisher information there.
  public var uncertainty: Double

  /// Maximises Σ_i [s p_i/(1 + s λ_i) - ln(1 + s λ_i)] over s >= 0.
  ///
  /// - Parameters:
  ///   - powers: p_i = |q_i|².
  ///   - eigenvalues: λ_i, positive, as many.
  ///   - tolerance: relative, of the power.
  public init(powers: [Double], eigenvalues: [Double], tolerance: Double = 1e-10) {
    precondition(powers.count == eigenvalues.count, "a power for each mode")
    self = powers.withUnsafeBufferPointer { powers in
      eigenvalues.withUnsafeBufferPointer { LineProfile(powers, $0, powerScale: 1, scale: 1, tolerance: tolerance) }
    }
  }

  /// The same with powers and eigenvalues times common factors.
  init(
    _ powers: UnsafeBufferPointer<Double>, _ eigenvalues: UnsafeBufferPointer<Double>, powerScale: Double,
    scale: Double, tolerance: Double
  ) {
    let count = eigenvalues.count
    func slope(_ s: Double) -> (score: Double, information: Double) {
      var (score, information) = (0.0, 0.0)
      for i in 0..<count {
        let value = eigenvalues[i] * scale
        let share = 1 / (1 + s * value)
        score += (powers[i] * powerScale * share - value) * share
        information += value * value * share * share
      }
      return (score, information)
    }
    var (score, information) = slope(0)
    (statistic, power, uncertainty) = (0, 0, information > 0 ? 1 / information.squareRoot() : .infinity)
    guard score > 0, information > 0 else { return }
    // Scoring between a power at which the likelihood rises and one at which it falls.
    var (low, high, s) = (0.0, Double.infinity, score / information)
    for _ in 0..<200 {
      (score, information) = slope(s)
      if score > 0 { low = s } else { high = s }
      var next = s + score / information
      if !(next > low && next < high) { next = high.isFinite ? (low + high) / 2 : 2 * s }
      let change = abs(next - s)
      s = next
      if change <= tolerance * s { break }
    }
    var value = 0.0
    for i in 0..<count {
      let gain = s * eigenvalues[i] * scale
      value += s * powers[i] * powerScale / (1 + gain) - log1p(gain)
    }
    guard value > 0 else { return }
    (statistic, power) = (2 * value, s)
    uncertainty = 1 / slope(s).information.squareRoot()
  }

  /// ln L(s) - ln L(0).
  static func gain(_ s: Double, _ powers: [Double], _ eigenvalues: [Double]) -> Double {
    var sum = 0.0
    for (p, l) in zip(powers, eigenvalues) { sum += s * p / (1 + s * l) - log1p(s * l) }
    return sum
  }
}

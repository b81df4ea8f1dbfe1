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
  public init(powers: [Double], eigenvalues: [Double]) {
    precondition(powers.count == eigenvalues.count, "a power for each mode")
    var information = eigenvalues.reduce(0) { $0 + $1 * $1 }
    guard information > 0 else {
      (statistic, power, uncertainty) = (0, 0, .infinity)
      return
    }
    var s = max(0, zip(powers, eigenvalues).reduce(0) { $0 + $1.0 - $1.1 } / information)
    var value = LineProfile.gain(s, powers, eigenvalues)
    for _ in 0..<100 {
      var score = 0.0
      information = 0
      for (p, l) in zip(powers, eigenvalues) {
        let share = 1 / (1 + s * l)
        score += (p * share - l) * share
        information += l * l * share * share
      }
      var step = score / information
      // Halve steps that lead down; scoring converges from both sides otherwise.
      var next = max(0, s + step)
      var nextValue = LineProfile.gain(next, powers, eigenvalues)
      var halvings = 0
      while nextValue < value, halvings < 40 {
        step /= 2
        next = max(0, s + step)
        nextValue = LineProfile.gain(next, powers, eigenvalues)
        halvings += 1
      }
      let change = abs(next - s)
      if nextValue >= value { (s, value) = (next, nextValue) }
      if change <= 1e-10 * s || (s == 0 && step <= 0) { break }
    }
    // A second start at zero: the likelihood of few modes may have a maximum at either end.
    if value < 0 { (s, value) = (0, 0) }
    power = s
    statistic = 2 * value
    information = eigenvalues.reduce(0) { $0 + ($1 / (1 + s * $1)) * ($1 / (1 + s * $1)) }
    uncertainty = 1 / information.squareRoot()
  }

  /// ln L(s) - ln L(0).
  static func gain(_ s: Double, _ powers: [Double], _ eigenvalues: [Double]) -> Double {
    var sum = 0.0
    for (p, l) in zip(powers, eigenvalues) { sum += s * p / (1 + s * l) - log1p(s * l) }
    return sum
  }
}

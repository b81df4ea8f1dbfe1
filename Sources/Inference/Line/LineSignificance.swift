import Foundation
import Numerics

/// How often noise alone gives a line's statistic.
public enum LineSignificance {
  /// ln P(Θ > t) when there is only noise, for one template at one frequency.
  ///
  /// Drawn by importance sampling: the modes' powers are drawn as if there were a signal that typically gives t, and
  /// every draw counts with its likelihood ratio, so that also tails far beyond 5 sigma need some thousand draws.
  ///
  /// - Parameters:
  ///   - statistic: t.
  ///   - eigenvalues: λ_i of the template.
  ///   - draws: number of draws; the relative error of P is about 2/sqrt(draws).
  ///   - key: of the random numbers.
  public static func logSurvival(_ statistic: Double, eigenvalues: [Double], draws: Int = 4000, key: UInt64) -> Double {
    guard statistic > 0, !eigenvalues.isEmpty else { return 0 }
    let power = typicalPower(statistic, eigenvalues)
    var logWeights: [Double] = []
    for draw in 0..<draws {
      let powers = drawnPowers(eigenvalues, power: power, draw: draw, key: key)
      guard LineProfile(powers: powers, eigenvalues: eigenvalues).statistic > statistic else { continue }
      logWeights.append(-LineProfile.gain(power, powers, eigenvalues))
    }
    guard let largest = logWeights.max() else { return -statistic / 2 }
    return min(0, largest + log(logWeights.reduce(0) { $0 + exp($1 - largest) } / Double(draws)))
  }

  /// ln of how often noise crosses a level upwards along a scan in frequency, up to a constant that is the same for all levels.
  ///
  /// Rice's formula: a level is crossed as often as the density of Θ there times the mean slope. The slope comes from the modes'
  /// amplitudes, which change with frequency as Gaussian processes: dΘ/dν has the variance Σ (s/(1+sλ_i))² p_i λ_i times a
  /// constant. So a level far up is crossed more often than its probability suggests.
  ///
  /// - Parameters:
  ///   - level: of Θ.
  ///   - eigenvalues: λ_i of the template.
  ///   - draws: number of draws.
  ///   - key: of the random numbers.
  static func logCrossingRate(_ level: Double, eigenvalues: [Double], draws: Int = 8000, key: UInt64) -> Double {
    guard !eigenvalues.isEmpty else { return 0 }
    let power = typicalPower(level, eigenvalues)
    // As wide as leaves a tenth of the draws: Θ scatters by about twice its root.
    let width = min(0.5, level / 4)
    var logWeights: [Double] = []
    for draw in 0..<draws {
      let powers = drawnPowers(eigenvalues, power: power, draw: draw, key: key)
      let profile = LineProfile(powers: powers, eigenvalues: eigenvalues, tolerance: 1e-6)
      guard abs(profile.statistic - level) < width else { continue }
      let slope = zip(powers, eigenvalues).reduce(0.0) {
        let share = profile.power / (1 + profile.power * $1.1)
        return $0 + share * share * $1.0 * $1.1
      }
      logWeights.append(log(slope) / 2 - LineProfile.gain(power, powers, eigenvalues))
    }
    guard let largest = logWeights.max() else { return -level / 2 }
    return largest + log(logWeights.reduce(0) { $0 + exp($1 - largest) } / (Double(draws) * 2 * width))
  }

  /// p_i = λ_i (1 + s λ_i) times independent exponential variables.
  static func drawnPowers(_ eigenvalues: [Double], power: Double, draw: Int, key: UInt64) -> [Double] {
    eigenvalues.indices.map { mode in
      let words = Philox.block(
        SIMD4(UInt32(truncatingIfNeeded: draw), UInt32(truncatingIfNeeded: mode), 0, 0), key: key)
      let uniform = (Double(words[0]) + (Double(words[1]) + 0.5) * 0x1p-32) * 0x1p-32
      return -log(uniform) * eigenvalues[mode] * (1 + power * eigenvalues[mode])
    }
  }

  /// The s for which the mean powers give a statistic of t.
  static func typicalPower(_ statistic: Double, _ eigenvalues: [Double]) -> Double {
    func expected(_ s: Double) -> Double {
      2 * eigenvalues.reduce(0) { $0 + s * $1 - log1p(s * $1) }
    }
    var high = 1 / (eigenvalues.max() ?? 1)
    while expected(high) < statistic { high *= 2 }
    var low = 0.0
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if expected(middle) < statistic { low = middle } else { high = middle }
    }
    return high
  }
}

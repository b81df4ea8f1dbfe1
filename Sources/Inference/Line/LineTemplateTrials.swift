import Foundation
import Numerics

/// How many trials the templates of a search are.
///
/// Templates that overlap rise together, so that the sum of their crossings counts one event several times. With A_k the event
/// that template k is above a level and N the number of templates above it,
///
///     P(any A_k) = Sum_k P(A_k) E[1/N | A_k],
///
/// which holds for whatever overlaps: each template counts with the mean of 1/N where it is above.
enum LineTemplateTrials {
  /// E[1/N | Θ_k > t] in noise, for each template.
  ///
  /// Drawn by importance sampling like `LineSignificance.logSurvival`. Templates are compared at one frequency; a line may lift
  /// another one at the next, so that the shares are too large if anything, and so are probabilities made with them.
  ///
  /// - Parameters:
  ///   - searches: templates prepared for one observation.
  ///   - level: t > 0.
  ///   - draws: for each template.
  ///   - key: of the random numbers.
  static func shares(_ searches: [LineSearch], level: Double, draws: Int = 400, key: UInt64) -> [Double] {
    searches.indices.map { index in
      let search = searches[index]
      guard level > 0, !search.eigenvalues.isEmpty else { return 1 }
      let power = LineSignificance.typicalPower(level, search.eigenvalues)
      var (logWeights, counts): ([Double], [Double]) = ([], [])
      let own = Philox.derive(key, tag: 0x5452_4941, a: Int64(index), b: 0)
      for draw in 0..<draws {
        let powers = search.simulatedPowers(power: power, others: searches, experiment: draw, key: own)
        let above = searches.indices.count {
          LineProfile(powers: powers[$0], eigenvalues: searches[$0].eigenvalues, tolerance: 1e-6).statistic > level
        }
        guard LineProfile(powers: powers[index], eigenvalues: search.eigenvalues, tolerance: 1e-6).statistic > level
        else { continue }
        logWeights.append(-LineProfile.gain(power, powers[index], search.eigenvalues))
        counts.append(Double(max(1, above)))
      }
      guard let largest = logWeights.max() else { return 1 }
      let weights = logWeights.map { exp($0 - largest) }
      return zip(weights, counts).reduce(0) { $0 + $1.0 / $1.1 } / weights.reduce(0, +)
    }
  }
}

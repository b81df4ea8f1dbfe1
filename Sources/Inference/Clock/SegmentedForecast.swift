import DarkMatter
import Glibc
import Numerics

/// Where the upper limit on an amplitude will be when there is no signal, at a frequency that is searched in segments which are
/// read alike.
struct ExpectedSegmentedLimit {
  private let span: Double
  private let confidenceLevel: Double
  private let linear: SegmentRecovery
  private let quadratic: SegmentRecovery
  /// Of a signal that goes with the square, by the number of segments.
  private var laws: [Int: SegmentedLimit] = [:]

  init(span: Double, speed: Double, confidenceLevel: Double) {
    self.span = span
    self.confidenceLevel = confidenceLevel
    linear = SegmentRecovery(order: .linear, speed: speed)
    quadratic = SegmentRecovery(order: .quadratic, speed: speed)
  }

  /// The share of the power of a line of the halo that a segment gets.
  func share(frequency: Double, segments: Int) -> Double {
    linear.share(frequency: frequency, length: span / Double(segments))
  }

  /// The limits that shares of all runs, those of `ExpectedAmplitudeLimit`, stay below.
  ///
  /// - Parameters:
  ///   - frequency: Hz.
  ///   - segments: Ks.
  ///   - sigma: error of a quadrature in the whole run.
  ///   - order: whether the signal goes with the field or its square.
  mutating func quantiles(frequency: Double, segments: Int, sigma: Double, order: ClockSignalOrder) -> [Double] {
    let length = span / Double(segments)
    let sums = ExpectedAmplitudeLimit.levels.map {
      chiSquaredQuantile($0, degreesOfFreedom: 2 * Double(segments)) / 2
    }
    let own = sigma * Double(segments).squareRoot()
    guard order == .quadratic else {
      let share = linear.share(frequency: frequency, length: length)
      return sums.map {
        StochasticLimit.amplitude(power: $0, sigma: own, segments: segments, confidenceLevel: confidenceLevel)
          / share.squareRoot()
      }
    }
    let law =
      laws[segments]
      ?? SegmentedLimit(
        information: [Double](repeating: 1, count: segments), order: .quadratic, confidenceLevel: confidenceLevel)
    laws[segments] = law
    let share = quadratic.share(frequency: frequency, length: length)
    return sums.map { own * law.tabulated(sum: $0, information: Double(segments)) / share.squareRoot() }
  }
}

extension ClockForecast {
  /// Probability that a run finds a signal where it is searched in segments.
  ///
  /// - Parameters:
  ///   - strength: amplitude over the error of a quadrature in the whole run.
  ///   - frequency: Hz.
  ///   - segments: Ks.
  ///   - order: of a field whose amplitude is drawn in each segment; nil for one that is the same all along.
  func detectionProbability(strength: Double, frequency: Double, segments: Int, order: ClockSignalOrder?) -> Double {
    let sum = SegmentedPower.sum(power: thresholdPower, segments: segments)
    let ratio = 0.5 * strength * strength / Double(segments)
    guard let order else {
      // Each segment adds the square of the same amplitude: half a noncentral chi-squared variable.
      return noncentralSurvival(sum, segments: segments, excess: ratio * Double(segments))
    }
    let share = SegmentRecovery(order: order, speed: coherenceSpeed)
      .share(frequency: frequency, length: span / Double(segments))
    switch order {
    case .linear: return regularizedUpperGamma(Double(segments), sum / (1 + share * ratio))
    case .quadratic:
      let sums = SimulatedSums(shares: [Double](repeating: 1, count: segments)).sorted(strength: share * ratio)
      return Double(sums.count { $0 > sum }) / Double(sums.count)
    }
  }

  /// Probability of a sum above a value when the squares of the amplitudes add `excess` to it on average: a Poisson mixture of
  /// gamma distributions.
  private func noncentralSurvival(_ sum: Double, segments: Int, excess: Double) -> Double {
    let reach = 12 * excess.squareRoot() + 12
    let (first, last) = (Int(max(0, excess - reach)), Int(excess + reach))
    guard excess > 0 else { return regularizedUpperGamma(Double(segments), sum) }
    return (first...last).reduce(0) { total, j in
      let weight = exp(Double(j) * log(excess) - excess - lgamma(Double(j) + 1).0)
      return total + weight * regularizedUpperGamma(Double(segments + j), sum)
    }
  }
}

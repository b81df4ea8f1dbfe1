import Glibc
import Numerics

/// Upper limits on the power of a line whose modes are known, its stochastic amplitude included.
///
/// A mode's power p_i follows λ_i (1 + s λ_i) times an exponential variable when the line's amplitude² is s. A value s is
/// tested with the statistic that changes fastest there, T_s = Σ w_i p_i/(λ_i (1 + s λ_i)), w_i = λ_i/(1 + s λ_i), whose law
/// under s is Σ w_i E_i exactly. For one mode this is the law of physics page clock, section 6 ("exact": s λ =
/// -(p/λ)/ln CL - 1), for K equal modes that of its K segments.
public enum LineUpperLimit {
  /// How downward fluctuations are treated.
  public enum Method: String, Hashable, Sendable, Codable {
    /// P(T <= found | s) = 1 - confidence: covers exactly, and excludes every s, zero too, in up to 1 - confidence of runs.
    case neyman
    /// P(T <= found | s)/P(T <= found | 0) = 1 - confidence (CLs): never excludes what the run cannot see; covers more.
    case signalConfidence
  }

  /// The largest amplitude² that is not excluded.
  ///
  /// - Parameters:
  ///   - powers: p_i = |q_i|².
  ///   - eigenvalues: λ_i > 0, as many.
  ///   - confidence: in (0, 1), such as 0.95.
  ///   - calibrationUncertainty: relative standard deviation of the amplitude by the calibration, over which the law of
  ///     the statistic is averaged.
  /// - Returns: unit² of the field; 0 when `.neyman` excludes all, infinite without modes.
  public static func power(
    powers: [Double], eigenvalues: [Double], confidence: Double, method: Method = .signalConfidence,
    calibrationUncertainty: Double = 0
  ) -> Double {
    precondition(powers.count == eigenvalues.count, "a power for each mode")
    guard let largest = eigenvalues.max(), largest > 0 else { return .infinity }
    let modes = zip(powers, eigenvalues).filter { $1 > 1e-9 * largest }
    let logRest = log(1 - confidence)
    /// ln of the probability that is to equal 1 - confidence; falls with s.
    func excess(_ s: Double) -> Double {
      var found = 0.0
      var (weights, quiet): ([Double], [Double]) = ([], [])
      for (p, l) in modes {
        let share = 1 / (1 + s * l)
        found += p * share * share
        weights.append(l * share)
        quiet.append(l * share * share)
      }
      let signal = GainFactors.mean(uncertainty: calibrationUncertainty) { gain in
        guard gain != 1 else { return WeightedExponentialSum.probability(atMost: found, weights: weights) }
        let wrong = zip(modes, quiet).map { mode, share in share * (1 + s * gain * gain * mode.1) }
        return WeightedExponentialSum.probability(atMost: found, weights: wrong)
      }
      guard signal > 0 else { return -.infinity }
      guard method == .signalConfidence else { return log(signal) - logRest }
      // Under noise alone the same statistic has weights that are smaller by the line's own share.
      let noise = WeightedExponentialSum.probability(atMost: found, weights: quiet)
      return log(signal) - log(noise) - logRest
    }
    guard excess(0) > 0 else { return 0 }
    // A bracket from the scale of the noise on, then false positions in ln s with the Illinois rule.
    let information = modes.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
    func bounded(_ logPower: Double) -> Double { max(excess(exp(logPower)), -40) }
    var high = -log(information)
    var atHigh = bounded(high)
    while atHigh > 0, high < 600 {
      high += 1.5
      atHigh = bounded(high)
    }
    var low = high - 1.5
    var atLow = bounded(low)
    while atLow < 0, low > -600 {
      (high, atHigh, low) = (low, atLow, low - 3)
      atLow = bounded(low)
    }
    var lastSide = 0
    for _ in 0..<60 where high - low > 1e-7 {
      let middle = (low * atHigh - high * atLow) / (atHigh - atLow)
      let value = bounded(middle)
      if abs(value) < 1e-8 { return exp(middle) }
      if value > 0 {
        (low, atLow) = (middle, value)
        if lastSide > 0 { atHigh /= 2 }
        lastSide = 1
      } else {
        (high, atHigh) = (middle, value)
        if lastSide < 0 { atLow /= 2 }
        lastSide = -1
      }
    }
    return exp((low + high) / 2)
  }
}

extension LineSearch {
  /// The amplitude that is excluded with a confidence at one rest frequency.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes.
  ///   - restFrequency: Hz, near the observation's frequency.
  ///   - confidence: in (0, 1), such as 0.95.
  ///   - method: how downward fluctuations are treated.
  /// - Returns: unit of the field, in the sense of `DarkMatterLine.amplitude`.
  public func upperLimit(
    _ observation: LineObservation, restFrequency: Double, confidence: Double,
    method: LineUpperLimit.Method = .signalConfidence
  ) -> Double {
    let (powers, eigenvalues) = likelihood(observation, restFrequency: restFrequency)
    return LineUpperLimit.power(
      powers: powers, eigenvalues: eigenvalues, confidence: confidence, method: method,
      calibrationUncertainty: calibrationUncertainty(observation, power: 0)
    ).squareRoot()
  }
}

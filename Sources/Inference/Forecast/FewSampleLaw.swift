import Glibc
import Numerics

/// The law of the test statistic of one non-negative amplitude for M complex samples (vector-network section 4).
///
/// With known noise and equal weights Θ = 2M (x - 1 - ln x) for x > 1, else 0, where M x follows Gamma(M) times
/// 1 + the signal-to-noise ratio λ. The asymptotic law, half a chi-square, is reached slowly from below; it is used from
/// M = 1000 on, where it is 5 % too large at five standard deviations.
public struct FewSampleLaw: Sendable {
  /// M > 0; need not be whole.
  public let samples: Double

  /// - Parameter samples: M.
  public init(samples: Double) {
    precondition(samples > 0, "a law for a positive number of samples")
    self.samples = samples
  }

  /// Whether the law of many samples is used.
  public var isAsymptotic: Bool { samples >= 1000 }

  /// P(Θ > t) by noise alone.
  public func survival(_ statistic: Double) -> Double {
    guard statistic >= 0 else { return 1 }
    if isAsymptotic { return normalSurvival(statistic.squareRoot()) }
    return regularizedUpperGamma(samples, samples * Self.excessPower(statistic / (2 * samples)))
  }

  /// P(Θ = 0) by noise alone.
  public var zeroProbability: Double { isAsymptotic ? 0.5 : 1 - regularizedUpperGamma(samples, samples) }

  /// The t with P(Θ > t) equal to a probability; zero where noise alone exceeds zero less often.
  ///
  /// - Parameter probability: positive, such as 2.87e-7 for five standard deviations.
  public func threshold(probability: Double) -> Double {
    guard survival(0) > probability else { return 0 }
    if isAsymptotic {
      let deviate = normalQuantile(probability)
      return deviate * deviate
    }
    var (low, high) = (0.0, 1.0)
    while survival(high) > probability { high *= 2 }
    for _ in 0..<200 where high - low > 1e-13 * high {
      let middle = (low + high) / 2
      if survival(middle) > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The probability that a signal passes a threshold.
  ///
  /// - Parameters:
  ///   - threshold: of Θ.
  ///   - expected: the Asimov statistic of the signal, from which its λ follows.
  public func detectionProbability(threshold: Double, expected: Double) -> Double {
    if isAsymptotic { return normalSurvival(threshold.squareRoot() - max(0, expected).squareRoot()) }
    let limit = Self.excessPower(threshold / (2 * samples))
    let stretch = Self.excessPower(max(0, expected) / (2 * samples))
    return regularizedUpperGamma(samples, samples * limit / stretch)
  }

  /// The Asimov statistic of a signal that passes a threshold with a probability.
  ///
  /// - Parameters:
  ///   - threshold: of Θ.
  ///   - probability: between that of noise alone and one.
  public func expectedStatistic(threshold: Double, probability: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while detectionProbability(threshold: threshold, expected: high) < probability { high *= 2 }
    for _ in 0..<200 where high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if detectionProbability(threshold: threshold, expected: middle) < probability {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }

  /// The x >= 1 with x - 1 - ln x equal to a number.
  private static func excessPower(_ excess: Double) -> Double {
    guard excess > 0 else { return 1 }
    // Newton on a convex function, from beyond the root.
    var y = excess + (2 * excess).squareRoot()
    for _ in 0..<100 {
      let value = (y < 1e-4 ? y * y * (1 / 2.0 - y * (1 / 3.0 - y / 4)) : y - log1p(y)) - excess
      let step = value * (1 + y) / y
      y -= step
      if abs(step) <= 1e-15 * y { break }
    }
    return 1 + y
  }
}

/// The weakest signal that a network detects.
///
/// Detected means a local significance of five standard deviations, one-sided, for one amplitude and a known shape: Θ
/// above the threshold that noise alone passes with a probability of 2.87e-7.
public struct AmplitudeReach: Hashable, Sendable, Codable {
  /// M of the law, `SignalStrength.effectiveSamples`.
  public var effectiveSamples: Double
  /// Θ at five standard deviations.
  public var threshold: Double
  /// Factors on the power of the signal with which half, and 95 %, of all runs detect it.
  public var powerHalf: Double
  public var power95: Double

  /// - Throws: `ForecastError.vanishingTemplate` when the network does not feel the signal.
  public init(_ strength: SignalStrength) throws(ForecastError) {
    effectiveSamples = strength.effectiveSamples
    guard effectiveSamples > 0 else { throw .vanishingTemplate }
    let law = FewSampleLaw(samples: effectiveSamples)
    threshold = law.threshold(probability: normalSurvival(5))
    let threshold = threshold
    func power(_ probability: Double) -> Double {
      let expected = law.expectedStatistic(threshold: threshold, probability: probability)
      // Θ grows with the power s, at most as s² times its weak form.
      var low = (expected / strength.weakStatistic()).squareRoot()
      var high = 2 * low
      while strength.statistic(power: high) < expected { (low, high) = (high, 2 * high) }
      for _ in 0..<100 where high - low > 1e-9 * high {
        let middle = (low + high) / 2
        if strength.statistic(power: middle) < expected { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    powerHalf = power(0.5)
    power95 = power(0.95)
  }
}

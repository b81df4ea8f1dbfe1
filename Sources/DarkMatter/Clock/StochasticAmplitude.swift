import Glibc
import Numerics

/// What it takes to detect a field whose amplitude is random, because it is observed for less than its coherence time
/// (physics page clock, section 6).
///
/// Amplitudes are in units of the standard deviation of one quadrature.
public struct StochasticAmplitude: Hashable, Sendable {
  /// sqrt(-2 ln p): the noise alone exceeds it with the false-alarm probability.
  public let threshold: Double
  /// Amplitude of a sinusoid that exceeds the threshold with the confidence.
  public let deterministic: Double
  /// The amplitude at |zeta| = 1 of a line whose amplitude has Rayleigh's distribution.
  public let linear: Double
  /// The amplitude at |zeta| = 1 of the square of such a field, whose amplitude is exponential.
  public let quadratic: Double

  /// By how much a limit on a coupling has to be raised that took a linear signal for deterministic.
  public var linearFactor: Double { linear / deterministic }
  /// The same for 1/f_a, which goes with the root of the amplitude.
  public var quadraticFactor: Double { (quadratic / deterministic).squareRoot() }

  /// - Parameters:
  ///   - falseAlarmProbability: p in (0, 1).
  ///   - confidenceLevel: in (p, 1).
  /// - Throws: `StochasticAmplitudeError` outside of these ranges.
  public init(falseAlarmProbability: Double = 0.05, confidenceLevel: Double = 0.95) throws(StochasticAmplitudeError) {
    guard falseAlarmProbability > 0, falseAlarmProbability < confidenceLevel, confidenceLevel < 1 else {
      throw StochasticAmplitudeError(
        falseAlarmProbability: falseAlarmProbability, confidenceLevel: confidenceLevel)
    }
    let level = (-2 * log(falseAlarmProbability)).squareRoot()
    threshold = level
    let missed = 1 - confidenceLevel
    deterministic = zero(
      of: { RiceDistribution.cumulative(level, noncentrality: $0) - missed }, in: 0...(level + 40))
    linear = (2 * (log(falseAlarmProbability) / log(confidenceLevel) - 1)).squareRoot()
    // The probability to miss an amplitude S u, u ~ Exp(1); amplitudes beyond level + 10 are not missed.
    let rule = GaussLegendre(count: 16)
    func probabilityToMiss(scale: Double) -> Double {
      let half = 0.5 * min(40, (level + 10) / scale) / 12
      var sum = 0.0
      for panel in 0..<12 {
        for (node, weight) in zip(rule.nodes, rule.weights) {
          let u = (2 * Double(panel) + 1 + node) * half
          sum += weight * exp(-u) * RiceDistribution.cumulative(level, noncentrality: scale * u)
        }
      }
      return half * sum
    }
    let logScale = zero(
      of: { probabilityToMiss(scale: exp($0)) - missed }, in: log(1e-6)...log((level + 10) * 2 / missed))
    quadratic = exp(logScale)
  }
}

/// A false-alarm probability and a confidence level that do not go together.
public struct StochasticAmplitudeError: Error, Hashable, Sendable, CustomStringConvertible {
  public var falseAlarmProbability: Double
  public var confidenceLevel: Double

  public var description: String {
    "false-alarm probability \(falseAlarmProbability) and confidence level \(confidenceLevel): both must lie between 0 "
      + "and 1, the confidence level above the false-alarm probability"
  }
}

/// F, by which limits on couplings are raised because the amplitude of the field is random.
public enum StochasticFactor: String, Hashable, Sendable, Codable, CaseIterable {
  /// 3, as the paper does.
  case paper
  /// 2.7266, of a linear signal at 5 % false alarms and 95 % confidence.
  case linear
  /// 3.2960, of a quadratic signal, on 1/f_a.
  case quadratic
  /// 1: an amplitude that is known, or observed for many coherence times.
  case none

  /// Multiplies the coupling, for 1/f_a thus the root of the amplitude.
  public var value: Double {
    switch self {
    case .paper: 3
    case .linear: Self.derived?.linearFactor ?? .nan
    case .quadratic: Self.derived?.quadraticFactor ?? .nan
    case .none: 1
    }
  }

  private static let derived = try? StochasticAmplitude()
}

import Glibc
import Numerics

/// Frequency noise of a clock whose spectrum falls as a power of the frequency, as a discrete process (physics page clock,
/// sections 4 and 4.3).
public enum FrequencyNoise: String, Hashable, Sendable, Codable, CaseIterable {
  case white
  case flicker
  case randomWalk = "random-walk"

  /// Q of the discrete process, the variance of the white noise it is a fractional difference of.
  ///
  /// - Parameters:
  ///   - level: h_0, h_-1 or h_-2, the one-sided density at 1 Hz.
  ///   - interval: from sample to sample in s.
  public func variance(level: Double, interval: Double) -> Double {
    switch self {
    case .white: level / (2 * interval)
    case .flicker: .pi * level
    case .randomWalk: 2 * Double.pi * Double.pi * level * interval
    }
  }

  /// The Allan variance of averages of `factor` samples, exact for the discrete process.
  ///
  /// - Parameters:
  ///   - factor: m >= 1.
  ///   - variance: Q.
  public func allanVariance(factor: Int, variance: Double) -> Double {
    let m = Double(factor)
    return variance * (3 * structure(0) - 4 * structure(m) + structure(2 * m)) / (m * m)
  }

  /// G(l), even, whose second and fourth differences are the covariances of averages, for Q = 1 (section 4.3).
  func structure(_ lag: Double) -> Double {
    let l = abs(lag)
    switch self {
    case .white: return -0.5 * l
    case .randomWalk: return (l * l - 1) * l / 12
    case .flicker:
      // psi(-1/2) = psi(1/2) + 2.
      let lower = l >= 1 ? digamma(l - 0.5) : digamma(l + 0.5) - 1 / (l - 0.5)
      return (l * l - 0.25) * (digamma(l + 1.5) + lower) / (4 * .pi)
    }
  }
}

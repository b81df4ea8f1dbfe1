import Foundation

/// Value, gradient and Fisher matrix of a Whittle likelihood at one point, in physical units.
///
/// Coordinates are the template amplitudes in their order and then the index; matrices are [row][column], row-major.
public struct LikelihoodEvaluation: Sendable {
  /// ln L without the constant n ln pi.
  public var logLikelihood: Double
  /// d ln L / d coordinate with the noise held.
  public var gradient: [Double]
  /// d ln L / d N_I(f_k), [bin][channel].
  public var noiseGradient: [Double]
  /// Fisher matrix of the coordinates when the noise is known.
  public var fisher: [Double]
  /// Fisher matrix of the coordinates when the noise of every channel and bin is fitted too (Schur complement).
  public var reducedFisher: [Double]
}

extension WhittleLikelihood {
  /// Evaluates the likelihood at one point.
  ///
  /// - Parameters:
  ///   - amplitudes: one for each template.
  ///   - index: power of f/f_ref that multiplies the templates.
  ///   - noise: N_I(f_k) in unit²/Hz, order [bin][channel].
  /// - Throws: `InferenceError` when sizes differ or Sigma is not positive definite.
  public func evaluate(amplitudes: [Double], index: Double, noise: [Double]) throws -> LikelihoodEvaluation {
    guard amplitudes.count == componentCount else {
      throw InferenceError.sizeMismatch(input: "amplitudes", expected: componentCount, found: amplitudes.count)
    }
    guard noise.count == power.count else {
      throw InferenceError.sizeMismatch(input: "noise densities", expected: power.count, found: noise.count)
    }
    let workspace = LikelihoodWorkspace(self)
    let coordinates = amplitudes.map { $0 / amplitudeUnit } + [index]
    guard workspace.evaluate(coordinates: coordinates, noise: zip(noise, power).map { $0 / $1 }) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    var logPower = 0.0
    for group in groups {
      for bin in 0..<binCount {
        for channel in group.channels { logPower += group.weight * log(power[bin * channelCount + channel]) }
      }
    }
    let unit = amplitudes.map { _ in 1 / amplitudeUnit } + [1]
    func physical(_ matrix: [Double]) -> [Double] {
      matrix.indices.map { matrix[$0] * unit[$0 / unit.count] * unit[$0 % unit.count] }
    }
    return LikelihoodEvaluation(
      logLikelihood: workspace.logLikelihood - logPower,
      gradient: zip(workspace.gradient, unit).map { $0 * $1 },
      noiseGradient: zip(workspace.noiseGradient, power).map { $0 / $1 },
      fisher: physical(workspace.fisher), reducedFisher: physical(workspace.reducedFisher))
  }
}

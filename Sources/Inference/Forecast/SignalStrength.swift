import Glibc
import Numerics

/// How far a signal stands above the noise of a network: the eigenvalues of its whitened covariance matrices.
///
/// In the eigenbasis every bin is a set of independent channels of signal-to-noise ratio λ, so that the expected
/// statistic of a signal of any amplitude is a sum over them (vector-network section 4).
public struct SignalStrength: Sendable {
  /// Eigenvalues of one piece of spectrum and run, and the independent samples that have them.
  struct Part: Sendable {
    var samples: Double
    var ratios: [Double]
    /// Power of the signal in every channel over its noise, the diagonal of the matrix.
    var channelRatios: [Double]
  }

  let parts: [Part]
  private let rotation: TemplateFamily.Rotation

  /// - Parameters:
  ///   - family: of which the first tensor counts.
  ///   - network: the channels.
  ///   - times: what stands for the run.
  public init(_ family: TemplateFamily, network: ForecastNetwork, times: ObservationTimes) throws {
    rotation = family.rotation
    parts = try family.cells.flatMap { cell in
      try network.views(at: cell.frequency, rotation: family.rotation, times: times).map { view in
        let matrix = view.matrices(cell, count: 1)[0]
        // Rounding leaves the zero eigenvalues of a matrix of low rank a little below zero.
        let ratios = try HermitianEigensystem(of: matrix).values.map { max(0, $0) }
        return Part(
          samples: cell.samples * view.share, ratios: ratios,
          channelRatios: (0..<matrix.rows).map { max(0, matrix[$0, $0].real) })
      }
    }
  }

  /// The exact Asimov statistic (29) of the template that is true, 2 Σ M Σ [sλ - ln(1 + sλ)].
  ///
  /// - Parameter power: s, a factor on the power of the signal.
  public func statistic(power: Double = 1) -> Double {
    2
      * parts.reduce(0) { sum, part in
        sum + part.samples * part.ratios.reduce(0) { $0 + Self.excess(power * $1) }
      }
  }

  /// The Asimov statistic of a fit that finds the noise of every channel and cell too, 2 Σ M [Σ ln(1 + s R_ii) - Σ ln(1 + sλ)]
  /// for signal-to-noise ratios R_ii of the channels: what only the correlations between channels say.
  ///
  /// Without a signal such a fit takes all power in a channel for its noise, so that the expected gain in log likelihood is the
  /// logarithm of the determinant of the correlation coefficients, which for two channels is -ln(1 - |γ|²).
  ///
  /// - Parameter power: s, a factor on the power of the signal.
  /// - Returns: nil for a field that turns: noise stays the same meanwhile, and the closed form does not hold.
  public func statisticFittingNoise(power: Double = 1) -> Double? {
    guard rotation == .none else { return nil }
    return 2
      * parts.reduce(0) { sum, part in
        // ln(1 + x) = x - excess(x), and both matrices have one trace: the small remainders are taken apart.
        sum + part.samples
          * (part.ratios.reduce(0) { $0 + Self.excess(power * $1) }
            - part.channelRatios.reduce(0) { $0 + Self.excess(power * $1) })
      }
  }

  /// The limit of `statistic` for weak signals (30), which is always larger.
  public func weakStatistic(power: Double = 1) -> Double {
    power * power * secondMoment
  }

  /// (Σ λ)²/Σ λ²: how many independent complex samples of one signal-to-noise ratio scatter as much as the sum that looks
  /// for a weak signal, in which every sample has the weight λ.
  public var effectiveSamples: Double {
    let first = parts.reduce(0) { $0 + $1.samples * $1.ratios.reduce(0, +) }
    return secondMoment > 0 ? first * first / secondMoment : 0
  }

  private var secondMoment: Double {
    parts.reduce(0) { $0 + $1.samples * $1.ratios.reduce(0) { $0 + $1 * $1 } }
  }

  /// x - ln(1 + x), which is x²/2 for small x.
  private static func excess(_ x: Double) -> Double {
    guard x < 0.01 else { return x - log1p(x) }
    return x * x * (1 / 2.0 - x * (1 / 3.0 - x * (1 / 4.0 - x * (1 / 5.0 - x * (1 / 6.0 - x / 7)))))
  }
}

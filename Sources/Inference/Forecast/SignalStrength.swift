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
  }

  let parts: [Part]

  /// - Parameters:
  ///   - family: of which the first tensor counts.
  ///   - network: the channels.
  ///   - times: what stands for the run.
  public init(_ family: TemplateFamily, network: ForecastNetwork, times: ObservationTimes) throws {
    parts = try family.cells.flatMap { cell in
      try network.views(at: cell.frequency, rotation: family.rotation, times: times).map { view in
        let matrix = view.matrices(cell, count: 1)[0]
        // Rounding leaves the zero eigenvalues of a matrix of low rank a little below zero.
        let ratios = try HermitianEigensystem(of: matrix).values.map { max(0, $0) }
        return Part(samples: cell.samples * view.share, ratios: ratios)
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

  /// Its limit for weak signals (30), which is always larger.
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

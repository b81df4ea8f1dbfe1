import DarkMatter
import Numerics

/// What two sensors can say about the net helicity P_V of an isotropic transverse background (vector-network section 7).
///
/// S_IJ = A(f) [Γ^I + P_V Γ^V]_IJ; `strength` is K = T ∫ df [A/N]², equal noise.
public struct ChiralityForecast: Sendable {
  /// Γ^I_12.
  public var transverse: Double
  /// Γ^V_12.
  public var chiral: Double
  /// K.
  public var strength: Double

  /// The forecast of a pair of sensors.
  ///
  /// - Parameters:
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  ///   - baseline: unit vector along x_1 - x_2.
  ///   - z: |p||x|.
  ///   - strength: K.
  public init(
    _ first: SIMD3<Double>, _ second: SIMD3<Double>, baseline: SIMD3<Double>, z: Double, strength: Double = 1
  ) {
    transverse = TwoPointTensor.transverse.contraction(z: z, baseline: baseline, first, second)
    chiral = TwoPointTensor.chirality.contraction(z: z, baseline: baseline, first, second)
    self.strength = strength
  }

  /// σ(P_V) when the amplitude is known, (79), or fitted with it.
  ///
  /// - Parameter fittedAt: the P_V at which (ln A, P_V) are fitted; nil for a known amplitude.
  /// - Throws: `ForecastError.insensitiveToChirality` when |Γ^V_12| < 1e-15.
  public func uncertainty(fittedAt chirality: Double? = nil) throws(ForecastError) -> Double {
    guard abs(chiral) >= 1e-15 else { throw .insensitiveToChirality }
    let known = 1 / ((2 * strength).squareRoot() * abs(chiral))
    guard let chirality else { return known }
    // det F = (4/9) V² K² for any P_V: of F_AA/det F only a factor 1 + 9 G² is left.
    let correlation = transverse + chirality * chiral
    return known * (1 + 9 * correlation * correlation).squareRoot()
  }

  /// Θ = K sum over all ordered pairs of [2 G G^t - G²], G = Γ^I + P_V Γ^V, (77).
  ///
  /// - Parameters:
  ///   - chirality: P_V of the template.
  ///   - trueChirality: P_V of the background.
  public func testStatistic(chirality: Double, trueChirality: Double) -> Double {
    let expected = transverse + chirality * chiral
    let found = transverse + trueChirality * chiral
    // The two autocorrelations are 1/3 for any P_V, and Γ_21 = Γ_12.
    return strength * (2.0 / 9 + 2 * expected * (2 * found - expected))
  }
}

import Correlator
import Numerics

extension CrossSpectra {
  /// Mean of X_i conj(X_j) in a bin.
  func element(_ bin: Int, _ i: Int, _ j: Int) -> ComplexNumber {
    let index = 2 * ((bin * present.count + i) * present.count + j)
    return ComplexNumber(values[index], values[index + 1])
  }

  /// The matrix of a bin.
  func matrix(_ bin: Int) -> ComplexMatrix {
    let order = present.count
    return ComplexMatrix(
      rows: order, columns: order,
      elements: (0..<order * order).map { element(bin, $0 / order, $0 % order) })
  }

  /// The real part of the correlation of two channels over a range of bins, in units of the field's density.
  ///
  /// - Parameters:
  ///   - plan: of the spectra.
  ///   - bins: averaged over.
  ///   - density: A, that of the field, the same in all bins; unit²/Hz.
  ///   - noise: N, of each channel.
  ///   - power: Γ_ii of both channels: what each alone sees.
  ///   - expected: Γ_ij, the closed form as a function of the frequency in Hz.
  /// - Returns: value, error and expectation at x = 0. For circular Gaussian amplitudes the variance of Re X_i X_j* is
  ///   half of Σ_ii Σ_jj + Re Σ_ij².
  func realCorrelation(
    _ i: Int, _ j: Int, plan: BandPlan, bins: Range<Int>, density: Double, noise: Double, power: Double,
    expected: (Double) -> Double
  ) -> MeasuredPoint {
    var point = MeasuredPoint(x: 0, value: 0, error: 0, expected: 0)
    for bin in bins {
      let correlation = expected(plan.frequency(bin))
      let auto = power + noise / density
      point.value += element(bin, i, j).real / density
      point.expected += correlation
      point.error += (auto * auto + correlation * correlation) / 2
    }
    let count = Double(bins.count)
    point.value /= count
    point.expected /= count
    // The variance of a mean over all independent samples.
    point.error = (point.error / count / (count * Double(segments) * plan.effectiveFraction)).squareRoot()
    return point
  }
}

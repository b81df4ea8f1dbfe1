import Correlator
import Foundation

extension BandPlan {
  /// Independent samples per segment in a single bin: 1/(1 + 2 Sum_d rho_d^2), rho_d the correlation of segments d hops
  /// apart (Welch 1967).
  var effectiveFractionOfOneBin: Double { 1 / correlatedSegments(bins: 0) }

  /// Variance of a sum over bins of squared coherences over that of as many independent ones, for independent noise.
  ///
  /// The mean cross-spectra of two bins Δk apart are correlated by c = Sum_Δs |rho(Δs, Δk)|²/Sum_Δs |rho(Δs, 0)|²
  /// (`effectiveFraction`), their squared magnitudes by c².
  var coherenceCorrelation: Double {
    let norm = correlatedSegments(bins: 0)
    return (1...4).reduce(1) { sum, bins in
      let correlated = correlatedSegments(bins: bins) / norm
      return sum + 2 * correlated * correlated
    }
  }

  /// Sum_Δs |rho(Δs, Δk)|² of bins Δk apart, over all distances Δs of segments.
  private func correlatedSegments(bins: Int) -> Double {
    let points = 4096
    func shape(_ position: Double) -> Double {
      switch window {
      case .hann: sin(.pi * position) * sin(.pi * position)
      case .sine: sin(.pi * position)
      case .rectangular: 1
      }
    }
    func overlap(_ shift: Double, _ bins: Int) -> Double {
      var (real, imaginary) = (0.0, 0.0)
      for index in 0..<points {
        let position = (Double(index) + 0.5) / Double(points)
        guard position + shift < 1 else { break }
        let product = shape(position) * shape(position + shift)
        let phase = 2 * .pi * Double(bins) * position
        real += product * cos(phase)
        imaginary += product * sin(phase)
      }
      return hypot(real, imaginary)
    }
    let norm = overlap(0, 0)
    func correlation(_ shift: Double) -> Double { overlap(shift, bins) / norm }
    var sum = correlation(0) * correlation(0)
    var shift = Double(hop) / Double(segment)
    while shift < 1 {
      sum += 2 * correlation(shift) * correlation(shift)
      shift += Double(hop) / Double(segment)
    }
    return sum
  }
}

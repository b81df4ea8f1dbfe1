import Correlator
import Foundation

extension BandPlan {
  /// Independent samples per segment in a single bin: 1/(1 + 2 Sum_d rho_d^2), rho_d the correlation of segments d hops
  /// apart (Welch 1967).
  var effectiveFractionOfOneBin: Double {
    let points = 4096
    func shape(_ position: Double) -> Double {
      switch window {
      case .hann: sin(.pi * position) * sin(.pi * position)
      case .sine: sin(.pi * position)
      case .rectangular: 1
      }
    }
    func overlap(_ shift: Double) -> Double {
      (0..<points).reduce(0) { sum, index in
        let position = (Double(index) + 0.5) / Double(points)
        return position + shift < 1 ? sum + shape(position) * shape(position + shift) : sum
      }
    }
    let norm = overlap(0)
    var sum = 1.0
    var shift = Double(hop) / Double(segment)
    while shift < 1 {
      let correlation = overlap(shift) / norm
      sum += 2 * correlation * correlation
      shift += Double(hop) / Double(segment)
    }
    return 1 / sum
  }
}

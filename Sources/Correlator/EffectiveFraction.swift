import Numerics

extension BandPlan {
  /// Independent samples per segment and bin: what a segment × bin counts for in a likelihood.
  ///
  /// Segments that overlap share data, and a window that falls off at its ends mixes neighbouring bins. In white noise
  /// the X of bins k, k + Δk of segments s, s + Δs are correlated with the coefficient
  ///
  ///     rho(Δs, Δk) = Sum_n w_n w_(n - Δs H) exp(2 pi i Δk n/N) / Sum_n w_n²
  ///
  /// (N samples a segment, H samples a hop). They are circular Gaussian, so products have covariance |rho|² (Isserlis),
  /// and the mean of |X|² or X_1 conj X_2 over M segments × bins of a smooth spectrum has the variance
  ///
  ///     S²/M × Sum_(Δs,Δk) |rho(Δs, Δk)|² = S² / (nu M),   nu = 1/Sum |rho|²,
  ///
  /// that of nu M independent samples (Welch 1967 for one bin; here for a band). A likelihood that treats all M as
  /// independent has to multiply its logarithm by nu: its maximum stays, its curvature becomes right. By Parseval's
  /// theorem Sum_Δk |rho|² = N Sum_n (w_n w_(n - Δs H))² / (Sum_n w_n²)², which is how it is computed here.
  ///
  /// Rectangular without overlap: 1. Half overlap: sine 1/2, Hann 9/19. The ends of a record and of a band, where
  /// neighbours are missing, are left out: the value is that of long integrations and many bins.
  public var effectiveFraction: Double {
    // A window of so many samples that a hop is a whole number of them, where that takes no more than 4096.
    let divisor = Self.greatestCommonDivisor(segment, hop)
    let period = segment / divisor
    let count = period <= 4096 ? Int(period * (4096 / period)) : 4096
    let squares = window.values(count).map { $0 * $0 }
    let total = squares.reduce(0, +)
    func overlap(_ shift: Int) -> Double {
      shift >= count ? 0 : zip(squares[shift...], squares).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var sum = overlap(0)
    var segmentsApart: Int64 = 1
    while segmentsApart * hop < segment {
      sum += 2 * overlap(Int((Double(segmentsApart * hop) / Double(segment) * Double(count)).rounded()))
      segmentsApart += 1
    }
    return total * total / (Double(count) * sum)
  }

  private static func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}

extension BandPlan.Window {
  /// The values of the window at n = 0 ... count - 1.
  func values(_ count: Int) -> [Double] {
    switch self {
    case .hann: Numerics.Window.hann.values(count)
    case .sine: Numerics.Window.sine.values(count)
    case .rectangular: Numerics.Window.rectangular.values(count)
    }
  }
}

import Glibc
import Numerics

extension AngularDistribution {
  /// What the spots leave to the isotropic part.
  public var isotropicFraction: Double { max(0, 1 - spots.reduce(0) { $0 + $1.fraction }) }

  /// g(p̂), of mean one over the sky.
  ///
  /// - Parameter direction: unit vector of propagation in equatorial axes.
  public func density(_ direction: SIMD3<Double>) -> Double {
    spots.reduce(isotropicFraction) { $0 + $1.fraction * $1.density(direction) }
  }

  /// Checks fractions, spreads and directions.
  ///
  /// - Throws: `BackgroundError` naming the number at fault and its range; spots are counted from 1.
  public func validate() throws(BackgroundError) {
    var sum = 0.0
    for (index, spot) in spots.enumerated() {
      let name = "of spot \(index + 1)"
      guard spot.fraction >= 0, spot.fraction <= 1 else {
        throw .badValue("the fraction \(name)", spot.fraction, needed: "from 0 to 1")
      }
      guard spot.spread > 0, spot.spread <= .pi else {
        throw .badValue("the spread \(name)", spot.spread, needed: "above 0 and at most π, in radians")
      }
      guard abs(length(spot.direction) - 1) <= 1e-6 else {
        throw .badValue("the length of the direction \(name)", length(spot.direction), needed: "1, a unit vector")
      }
      sum += spot.fraction
    }
    // Decimal fractions such as 0.7, 0.2 and 0.1 may exceed one by a rounding error.
    guard sum <= 1 + 1e-12 else {
      throw .badValue("the sum of the spots' fractions", sum, needed: "at most 1; the rest is isotropic")
    }
  }

  /// The degree to which a sky quadrature must be exact for the field of a network.
  ///
  /// ceil(p d + s) + 16 with s = 0 for an isotropic field (section 9.3); a spot adds s = min(κ, 7 sqrt κ), κ = 1/spread²,
  /// of the narrowest one. The error of any element of the tensors is then below 1e-9 for p d up to 10, below 1e-6 for
  /// p d up to 30.
  ///
  /// - Parameter phase: p d, largest wavenumber times longest baseline of the network.
  public func quadratureDegree(phase: Double) -> Double {
    let sharpest = spots.filter { $0.fraction > 0 }.map(\.concentration).max() ?? 0
    return (phase + min(sharpest, 7 * sharpest.squareRoot())).rounded(.up) + 16
  }
}

extension AngularDistribution.Spot {
  /// κ = 1/spread² of the profile exp(κ cos θ).
  var concentration: Double { 1 / (spread * spread) }

  /// κ/sinh(κ) exp(κ), the density in the middle.
  var peak: Double { 2 * concentration / -expm1(-2 * concentration) }

  /// The spot's own density, of mean one.
  func density(_ direction: SIMD3<Double>) -> Double {
    guard let center = unitVector(self.direction) else { return 0 }
    let chord = direction - center
    // 1 - cos θ is half the square of the chord, with all digits for small spots.
    return peak * exp(-0.5 * concentration * dot(chord, chord))
  }
}

extension AnisotropicBackground {
  /// Checks the spectrum, the band, the polarisation and the pattern.
  ///
  /// - Throws: `BackgroundError` naming the number at fault and its range.
  public func validate() throws(BackgroundError) {
    try background.validate()
    try directions.validate()
  }

  /// The one-sided cross spectrum of two channels, A(f) l_1i [f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V]_ij l_2j.
  ///
  /// - Parameters:
  ///   - frequency: Hz.
  ///   - baseline: x_1 - x_2 in metres, equatorial axes; zero for one place.
  ///   - first: unit direction of channel 1, in the same axes.
  ///   - second: unit direction of channel 2.
  /// - Returns: unit²/Hz, complex: the phase is +p p̂.x for waves along p̂.
  public func density(
    at frequency: Double, baseline: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    let wavenumber = wavenumber(frequency: frequency, restFrequency: background.restFrequency)
    let tensor = AnisotropicTensor(directions, phase: wavenumber * baseline)
    let longitudinal = background.longitudinalFraction
    return
      (tensor.contraction(.longitudinal, first, second) * longitudinal
      + tensor.contraction(.transverse, first, second) * (1 - longitudinal)
      + tensor.contraction(.stokesV, first, second) * background.chirality) * background.density(at: frequency)
  }
}

extension IsotropicBackground {
  /// Checks band, spectrum and polarisation.
  ///
  /// - Throws: `BackgroundError` naming the number at fault and its range.
  public func validate() throws(BackgroundError) {
    try spectrum.validate()
    guard restFrequency >= 0, restFrequency.isFinite else {
      throw .badValue("the rest frequency", restFrequency, needed: "finite and not negative")
    }
    guard lowestFrequency > 0, highestFrequency > lowestFrequency, highestFrequency.isFinite,
      lowestFrequency >= restFrequency
    else { throw .badBand(lowest: lowestFrequency, highest: highestFrequency, rest: restFrequency) }
    guard longitudinalFraction >= 0, longitudinalFraction <= 1 else {
      throw .badValue("the longitudinal fraction", longitudinalFraction, needed: "from 0 to 1")
    }
    // Decimal fractions such as 0.3 and 0.7 may exceed one by a rounding error.
    guard abs(chirality) <= 1 - longitudinalFraction + 1e-12 else {
      throw .tooChiral(chirality: chirality, longitudinalFraction: longitudinalFraction)
    }
  }

  /// A(f): the one-sided density of the whole vector in unit²/Hz, zero outside the band.
  ///
  /// - Parameter frequency: Hz.
  public func density(at frequency: Double) -> Double {
    frequency >= lowestFrequency && frequency <= highestFrequency ? spectrum.density(at: frequency) : 0
  }

  /// f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V at z = |p||x|, a symmetric and an antisymmetric part (sections 7 and 8).
  public func polarization(z: Double) -> TwoPointTensor.Coefficients {
    let longitudinal = TwoPointTensor.longitudinal.coefficients(z: z)
    let transverse = TwoPointTensor.transverse.coefficients(z: z)
    let transverseFraction = 1 - longitudinalFraction
    return TwoPointTensor.Coefficients(
      delta: longitudinalFraction * longitudinal.delta + transverseFraction * transverse.delta,
      axial: longitudinalFraction * longitudinal.axial + transverseFraction * transverse.axial,
      antisymmetric: chirality * TwoPointTensor.chirality.coefficients(z: z).antisymmetric)
  }

  /// The one-sided cross spectrum of two channels, A(f) l_1i [f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V]_ij l_2j.
  ///
  /// - Parameters:
  ///   - frequency: Hz.
  ///   - baseline: x_1 - x_2 in metres; zero for one place.
  ///   - first: unit direction of channel 1, in the axes of the baseline.
  ///   - second: unit direction of channel 2.
  /// - Returns: unit²/Hz; real, since the field is isotropic.
  public func density(
    at frequency: Double, baseline: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> Double {
    let distance = (baseline * baseline).sum().squareRoot()
    let unit = distance > 0 ? baseline / distance : SIMD3()
    let z = wavenumber(frequency: frequency, restFrequency: restFrequency) * distance
    return density(at: frequency) * polarization(z: z).contraction(baseline: unit, first, second)
  }
}

import Numerics

extension TwoPointTensor {
  /// Γ^R = Γ^I + Γ^V: helicity +1, at z = |p||x| (section 5.1).
  public static func rightHanded(z: Double) -> Coefficients {
    var coefficients = TwoPointTensor.transverse.coefficients(z: z)
    coefficients.antisymmetric = TwoPointTensor.chirality.coefficients(z: z).antisymmetric
    return coefficients
  }

  /// Γ^Lh = Γ^I - Γ^V: helicity -1.
  public static func leftHanded(z: Double) -> Coefficients {
    var coefficients = rightHanded(z: z)
    coefficients.antisymmetric.negate()
    return coefficients
  }
}

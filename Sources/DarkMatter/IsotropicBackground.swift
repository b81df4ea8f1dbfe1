/// An isotropic stochastic background of a vector field, by what its two-point function needs and no more.
///
/// The cross spectrum of sensors I and J is A(f) l_I^i [f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V]_ij l_J^j (physics page
/// vector-network, sections 5.1, 7, 8), with A(f) the one-sided density of the whole vector: one axis alone sees A/3.
public struct IsotropicBackground: Hashable, Sendable, Codable {
  /// A(f) in unit²/Hz of the field.
  public var spectrum: PowerSpectrum
  /// Lowest and highest frequency of the background in Hz.
  public var lowestFrequency: Double
  public var highestFrequency: Double
  /// Frequency m c²/h of the boson at rest in Hz; 0 for a relativistic background.
  public var restFrequency: Double
  /// f_L, the longitudinal share of the power, 0 ... 1.
  public var longitudinalFraction: Double
  /// P_V, the net helicity weight of Γ^V, |P_V| <= 1 - f_L; positive for helicity +1.
  public var chirality: Double

  public init(
    spectrum: PowerSpectrum, lowestFrequency: Double, highestFrequency: Double, restFrequency: Double = 0,
    longitudinalFraction: Double = 0, chirality: Double = 0
  ) {
    self.spectrum = spectrum
    self.lowestFrequency = lowestFrequency
    self.highestFrequency = highestFrequency
    self.restFrequency = restFrequency
    self.longitudinalFraction = longitudinalFraction
    self.chirality = chirality
  }
}

import Numerics

/// A polarised spin ensemble in a bias field, near its resonance (vector-network section 3, (18)-(19)).
///
/// Its transverse spin S_x + i S_y follows a drive Re[b exp(-2πi f t)] as R(f) (b_x + i b_y)/2 exp(-2πi f t).
public struct BlochResponse: Hashable, Sendable, Codable {
  /// w0/2π in Hz.
  public var larmorFrequency: Double
  /// T2 in s.
  public var relaxationTime: Double
  /// S0, the longitudinal spin.
  public var spin: Double
  /// γ in rad/s/T.
  public var gyromagneticRatio: Double

  public init(larmorFrequency: Double, relaxationTime: Double, spin: Double = 0.5, gyromagneticRatio: Double) {
    self.larmorFrequency = larmorFrequency
    self.relaxationTime = relaxationTime
    self.spin = spin
    self.gyromagneticRatio = gyromagneticRatio
  }

  /// R(f) = i γ S0 T2/(1 + i (w0 - w) T2), in 1/T.
  ///
  /// - Parameter frequency: Hz.
  public func value(at frequency: Double) -> ComplexNumber {
    let detuning = 2 * Double.pi * (larmorFrequency - frequency) * relaxationTime
    return ComplexNumber(0, gyromagneticRatio * spin * relaxationTime) / ComplexNumber(1, detuning)
  }

  /// |R| on resonance, |γ| S0 T2 in 1/T.
  public var peak: Double { abs(gyromagneticRatio) * spin * relaxationTime }

  /// 1/(1 + (w0 - w)² T2²): the share of its peak that what the resonance shapes has at a frequency.
  ///
  /// - Parameter frequency: Hz.
  public func lineShape(at frequency: Double) -> Double {
    let detuning = 2 * Double.pi * (larmorFrequency - frequency) * relaxationTime
    return 1 / (1 + detuning * detuning)
  }

  /// +1 when spins along z are driven by b_x + i b_y, for γ > 0, and -1 when by b_x - i b_y (section 3).
  var sense: Double { gyromagneticRatio < 0 ? -1 : 1 }

  /// How one transverse component of the spin, with x along it and γ > 0, follows a field: as `along` b_x + i `across` b_y.
  ///
  /// S_x = R(f) (b_x + i b_y)/2 + R(-f)* (b_x - i b_y)/2 as an analytic signal: the second term is what the helicity that does
  /// not drive the resonance leaks. For γ < 0 `across` changes its sign, once R is that of |γ|, as it is here.
  ///
  /// - Parameter frequency: Hz.
  /// - Returns: (R(f) + R(-f)*)/2 and (R(f) - R(-f)*)/2, in 1/T.
  func transverse(at frequency: Double) -> (along: ComplexNumber, across: ComplexNumber) {
    let resonant = sense * value(at: frequency)
    let counter = sense * value(at: -frequency).conjugate
    return (0.5 * (resonant + counter), 0.5 * (resonant - counter))
  }

  /// Checks the parameters.
  ///
  /// - Throws: `InstrumentError.badParameter`.
  public func validate() throws(InstrumentError) {
    try require(larmorFrequency > 0, "the Larmor frequency in Hz", larmorFrequency, "finite and positive")
    try require(relaxationTime > 0, "the relaxation time T2 in seconds", relaxationTime, "finite and positive")
    try require(spin > 0, "the spin S0", spin, "finite and positive; turn the polarization to reverse it")
    try require(
      gyromagneticRatio != 0, "the gyromagnetic ratio in rad/s/T", gyromagneticRatio, "finite and not zero")
  }
}

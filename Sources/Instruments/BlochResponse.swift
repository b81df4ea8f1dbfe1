import Numerics

/// A polarised spin ensemble in a bias field, near its resonance (vector-network section 3, (18)-(19)).
///
/// Its transverse spin S_x + i S_y follows a drive Re[b exp(-2πi f t)] as R(f) (b_x + i b_y)/2 exp(-2πi f t).
public struct BlochResponse: Hashable, Sendable {
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
}

import DarkMatter
import Glibc
import Numerics

extension ScalarField {
  /// zeta: the complex amplitude of the field, with E|zeta|² = 1, the same for every node of a run (physics page clock,
  /// section 2.4, with one wave without dispersion).
  ///
  /// A field that is not stochastic has exp(-i phase).
  ///
  /// - Parameters:
  ///   - signalIndex: number of the signal among all of the run.
  ///   - seed: of its random numbers.
  public func phasor(signalIndex: Int, seed: UInt64) -> ComplexNumber {
    guard isStochastic else { return ComplexNumber(magnitude: 1, phase: -phase * .pi / 180) }
    let key = Philox.derive(seed, tag: RandomTag.waveList, a: 0, b: UInt32(truncatingIfNeeded: signalIndex))
    let deviates = NormalDeviates.four(SIMD4(0, 0, 1, RandomTag.wave), key: key)
    return 0.5.squareRoot() * ComplexNumber(deviates[0], deviates[1])
  }
}

/// Pseudo-noise that any language reproduces to the last bit, for reference data only (physics page clock, section 7b).
///
/// A 32-bit linear congruential generator x <- 1664525 x + 1013904223; a value is the sum of twelve successive x over
/// 2^32, less 6: mean 0, variance 1, never beyond 6. Simulations use `NormalDeviates`.
public struct PortableNoise: Sequence, IteratorProtocol, Sendable {
  private var state: UInt32

  /// The noise that starts from the given x.
  public init(seed: UInt32) {
    state = seed
  }

  public mutating func next() -> Double? {
    // Whole numbers below 2^36: the sum is exact.
    var sum: UInt64 = 0
    for _ in 0..<12 {
      state = state &* 1_664_525 &+ 1_013_904_223
      sum += UInt64(state)
    }
    return Double(sum) / 4_294_967_296 - 6
  }
}

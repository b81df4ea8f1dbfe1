import Numerics

extension SensorResponse {
  /// R(f): the factor on the amplitude c of Re[c exp(-2πi f t)] (vector-network section 3).
  ///
  /// - Parameter frequency: Hz.
  public func value(at frequency: Double) -> ComplexNumber {
    switch self {
    case .flat(let gain):
      return ComplexNumber(gain)
    case .lowPass(let gain, let corner):
      // gain/(1 - i x) = gain (1 + i x)/(1 + x²)
      let x = frequency / corner
      let scale = gain / (1 + x * x)
      return ComplexNumber(scale, scale * x)
    }
  }

  /// Checks gain and corner.
  ///
  /// - Throws: `InstrumentError.badParameter`.
  public func validate() throws(InstrumentError) {
    switch self {
    case .flat(let gain):
      try require(gain != 0, "the gain of the response", gain, "finite and not zero")
    case .lowPass(let gain, let corner):
      try require(gain != 0, "the gain of the response", gain, "finite and not zero")
      try require(corner > 0, "the corner of the low-pass in Hz", corner, "finite and positive")
    }
  }
}

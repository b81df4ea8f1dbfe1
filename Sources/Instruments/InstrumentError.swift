import Synthesis

/// Why an instrument cannot be built as asked.
public enum InstrumentError: Error, Hashable, CustomStringConvertible, Sendable {
  /// A parameter out of its range.
  case badParameter(String, Double, needed: String)
  /// A planned gap without a length.
  case badGap(index: Int, length: Int64)
  /// A sensor without an axis.
  case noAxes
  /// An axis along the bias field, where spins cannot be read.
  case axisAlongPolarization(String)
  /// Records of a pair of sensors need one axis each.
  case pairWithoutTwoAxes(found: Int)
  /// The fields cannot be synthesised for this node.
  case synthesis(SynthesisError)

  public var description: String {
    switch self {
    case .badParameter(let name, let value, let needed): "\(name) is \(value); it must be \(needed)"
    case .badGap(let index, let length):
      "planned gap \(index) (counted from 0) is \(length) ns long; it must last at least 1 ns and end before 2262"
    case .noAxes: "the sensor has no axis; give it one or more"
    case .axisAlongPolarization(let name):
      "axis \(name) lies along the polarization of the spins; turn it, for they are read across their bias field"
    case .pairWithoutTwoAxes(let found):
      "a pair's records need two axes, that of A and that of B, and there are \(found); give two"
    case .synthesis(let error): error.description
    }
  }
}

/// Throws unless `holds`.
func require(
  _ holds: Bool, _ name: String, _ value: Double, _ needed: String
) throws(InstrumentError) {
  guard holds, value.isFinite else { throw .badParameter(name, value, needed: needed) }
}

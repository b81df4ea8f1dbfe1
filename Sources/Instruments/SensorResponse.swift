/// How the readout follows the field, or the spins that do: R(f), dimensionless (vector-network section 3).
public enum SensorResponse: Hashable, Sendable, Codable {
  /// R = gain at every frequency.
  case flat(gain: Double)
  /// R = gain/(1 - i f/corner): a first-order low-pass, `corner` in Hz.
  case lowPass(gain: Double, corner: Double)
}

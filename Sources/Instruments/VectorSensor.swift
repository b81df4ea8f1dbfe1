import Sky

/// A magnetometer, accelerometer or other sensor of one or more components of a vector field.
public struct VectorSensor: Hashable, Sendable, Codable {
  /// One sensitive axis: one channel of the node.
  public struct Axis: Hashable, Sendable, Codable {
    /// The channel's name, a path component such as `x` or `vertical`.
    public var name: String
    public var direction: LocalDirection

    public init(name: String, direction: LocalDirection) {
      self.name = name
      self.direction = direction
    }
  }

  public var axes: [Axis]
  /// The noise of each readout, of sensors A and B in a pair.
  public var noise: NoiseModel
  /// How the readout follows the field, or the spins.
  public var response: SensorResponse
  /// The spins between field and readout; nil for sensors that follow the field itself.
  public var spins: SpinPrecession?

  public init(
    axes: [Axis], noise: NoiseModel, response: SensorResponse = .flat(gain: 1), spins: SpinPrecession? = nil
  ) {
    self.axes = axes
    self.noise = noise
    self.response = response
    self.spins = spins
  }
}

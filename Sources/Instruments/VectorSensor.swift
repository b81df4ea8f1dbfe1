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
  public var noise: NoiseModel
  public var response: SensorResponse

  public init(axes: [Axis], noise: NoiseModel, response: SensorResponse = .flat(gain: 1)) {
    self.axes = axes
    self.noise = noise
    self.response = response
  }
}

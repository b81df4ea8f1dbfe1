/// One passing event, the same vector pattern for all sensors, delayed by their places along its way.
///
/// O(t, x) = amplitude x polarization x shape(t - time - propagation.x/speed), x from the Earth's centre.
public struct TransientEvent: Hashable, Sendable, Codable {
  /// The course in time at one place; s is the time since the event's centre passes.
  public enum Shape: Hashable, Sendable, Codable {
    /// exp(-s²/(2 width²)) cos(2π frequency s): a wave packet; width in s, frequency in Hz.
    case burst(frequency: Double, width: Double)
    /// 1/cosh(s/width): the gradient of a field that goes from one vacuum to the next in a domain wall; width in s,
    /// the wall's thickness over its speed.
    case wall(width: Double)
  }

  public var shape: Shape
  /// Nanoseconds from the epoch at which the centre passes the Earth's centre.
  public var time: Int64
  /// Unit vector along which it moves, equatorial axes.
  public var propagation: SIMD3<Double>
  /// m/s; at most the speed of light.
  public var speed: Double
  /// Unit vector of the field, equatorial axes.
  public var polarization: SIMD3<Double>
  /// Unit of the field.
  public var amplitude: Double

  public init(
    shape: Shape, time: Int64, propagation: SIMD3<Double>, speed: Double, polarization: SIMD3<Double>,
    amplitude: Double
  ) {
    self.shape = shape
    self.time = time
    self.propagation = propagation
    self.speed = speed
    self.polarization = polarization
    self.amplitude = amplitude
  }
}

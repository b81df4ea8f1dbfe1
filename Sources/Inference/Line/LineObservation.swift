import Numerics
import Sky

/// What a network recorded around one frequency: the complex amplitude of every channel in every segment.
///
/// The segments are so short that a line stays inside one Fourier bin and the Earth hardly turns; what happens from
/// segment to segment, the line's own random walk and the daily turn of axes and baselines, is left to the covariance.
public struct LineObservation: Sendable {
  /// One sensitive axis.
  public struct Channel: Hashable, Sendable, Codable {
    public var label: String
    /// Earth-fixed place in metres.
    public var position: SIMD3<Double>
    /// Earth-fixed unit vector.
    public var direction: SIMD3<Double>

    public init(label: String, position: SIMD3<Double>, direction: SIMD3<Double>) {
      self.label = label
      self.position = position
      self.direction = direction
    }
  }

  public var channels: [Channel]
  /// Seconds of one segment.
  public var segmentLength: Double
  /// Seconds from the reference time to the middle of each segment, ascending.
  public var times: [Double]
  /// The instant from which times and phases count.
  public var reference: GPSTime
  /// Hz at which the amplitudes were taken.
  public var frequency: Double
  /// X of vector-network section 0 at that frequency, phase counted from the reference time: [segment][channel], in
  /// unit/√Hz. A signal Re[c exp(-2πi f t)] gives c sqrt(T/2).
  public var amplitudes: [ComplexNumber]
  /// False where a channel has no data in a segment: [segment][channel].
  public var present: [Bool]
  /// One-sided noise density of each channel near the frequency, unit²/Hz.
  public var noise: [Double]

  public init(
    channels: [Channel], segmentLength: Double, times: [Double], reference: GPSTime, frequency: Double,
    amplitudes: [ComplexNumber], present: [Bool], noise: [Double]
  ) {
    precondition(amplitudes.count == times.count * channels.count && present.count == amplitudes.count)
    precondition(noise.count == channels.count, "a density for each channel")
    self.channels = channels
    self.segmentLength = segmentLength
    self.times = times
    self.reference = reference
    self.frequency = frequency
    self.amplitudes = amplitudes
    self.present = present
    self.noise = noise
  }

  /// The longest segment, in seconds, in which a line at a frequency stays coherent and the Earth hardly turns.
  ///
  /// A tenth of the coherence time 2/(m v²) for v = 220 km/s, and at most 600 s.
  public static func longestSegment(frequency: Double) -> Double {
    let speed = 220e3 / 299_792_458.0
    return min(600, 0.1 / (.pi * frequency * speed * speed))
  }
}

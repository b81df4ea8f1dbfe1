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
    /// Channels with the same number share the factor by which their calibration is wrong.
    public var station: Int
    /// Standard deviation of that factor.
    public var gainUncertainty: Double

    public init(
      label: String, position: SIMD3<Double>, direction: SIMD3<Double>, station: Int = 0, gainUncertainty: Double = 0
    ) {
      self.label = label
      self.position = position
      self.direction = direction
      self.station = station
      self.gainUncertainty = gainUncertainty
    }
  }

  public var channels: [Channel]
  /// Seconds of one segment.
  public var segmentLength: Double
  /// How segments are weighted, and with it how they follow each other.
  public var window: LineWindow
  /// Seconds from the reference time to the middle of each segment, ascending, `segmentSpacing` apart.
  public var times: [Double]
  /// The instant from which times and phases count.
  public var reference: GPSTime
  /// Hz at which the amplitudes were taken.
  public var frequency: Double
  /// X of vector-network section 0 at that frequency, phase counted from the reference time: [segment][channel], in
  /// unit/√Hz. A signal Re[c exp(-2πi f t)] gives c sqrt(T/2) times the root of the window's `power`.
  public var amplitudes: [ComplexNumber]
  /// False where a channel has no data in a segment: [segment][channel].
  public var present: [Bool]
  /// One-sided noise density of each channel near the frequency, unit²/Hz.
  public var noise: [Double]

  public init(
    channels: [Channel], segmentLength: Double, window: LineWindow = .rectangular, times: [Double], reference: GPSTime,
    frequency: Double, amplitudes: [ComplexNumber], present: [Bool], noise: [Double]
  ) {
    precondition(amplitudes.count == times.count * channels.count && present.count == amplitudes.count)
    precondition(noise.count == channels.count, "a density for each channel")
    self.channels = channels
    self.segmentLength = segmentLength
    self.window = window
    self.times = times
    self.reference = reference
    self.frequency = frequency
    self.amplitudes = amplitudes
    self.present = present
    self.noise = noise
  }

  /// Seconds between the middles of neighbouring segments.
  public var segmentSpacing: Double { window.spacing * segmentLength }

  /// The longest segment, in seconds, in which a line at a frequency stays coherent and the Earth hardly turns.
  ///
  /// 0.16 of the coherence time 2/(m v²) for v = 220 km/s, and at most 600 s: under a Hann window the line of a standard
  /// halo loses 0.3 % of its power.
  public static func longestSegment(frequency: Double) -> Double {
    let speed = 220e3 / 299_792_458.0
    return min(600, 0.16 / (.pi * frequency * speed * speed))
  }
}

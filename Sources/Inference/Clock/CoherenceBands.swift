/// How a search divides a run among frequencies whose coherence time tau_c = 1/(f (v/c)²) it outlasts (physics page clock,
/// sections 2.3 and 6): coherently up to 1/((v/c)² T), from there in bands of equal numbers of segments.
///
/// Bands up to eight segments have Ks = ceil(T/tau_c) of them. Beyond, a band has at most an eighth more than that, so that
/// there are few bands; it costs 3 % of the amplitude that is found. No segment is longer than the coherence time at any
/// frequency of its band.
public struct CoherenceBands: Hashable, Sendable {
  /// Frequencies that are searched in the same segments.
  public struct Band: Hashable, Sendable {
    /// Ks.
    public var segments: Int
    /// Hz; the band begins above it.
    public var above: Double
    /// Hz; the band ends there.
    public var upTo: Double

    public init(segments: Int, above: Double, upTo: Double) {
      (self.segments, self.above, self.upTo) = (segments, above, upTo)
    }
  }

  /// The highest frequency in Hz whose coherence time is that of the run, or where the search ends.
  public let coherentUpTo: Double
  /// Those of several segments, ascending; none when the run is short enough.
  public let bands: [Band]

  /// v/c of dark matter in the paper's tau_c.
  public static let speed = 1e-3

  /// - Parameters:
  ///   - span: T in s.
  ///   - highestFrequency: where the search ends in Hz.
  ///   - speed: v/c.
  public init(span: Double, highestFrequency: Double, speed: Double = Self.speed) {
    let unit = 1 / (speed * speed * span)
    var bands: [Band] = []
    var segments = 1
    while Double(segments) * unit < highestFrequency, segments < Int.max / 2 {
      let next = max(segments + 1, segments + segments / 8)
      bands.append(
        Band(
          segments: next, above: Double(segments) * unit, upTo: min(Double(next) * unit, highestFrequency)))
      segments = next
    }
    coherentUpTo = min(unit, highestFrequency)
    self.bands = bands
  }

  /// Ks at a frequency of the search, 1 where it is coherent.
  ///
  /// - Parameter frequency: Hz.
  public func segments(at frequency: Double) -> Int {
    bands.last { frequency > $0.above }?.segments ?? 1
  }
}

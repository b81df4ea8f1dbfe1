import Sky

/// Why a band cannot be correlated on these channels.
public enum BandCorrelatorError: Error, Hashable, Sendable, CustomStringConvertible {
  case noChannels(band: String)
  /// A number of the plan that must be positive is not.
  case planNotPositive(band: String, key: String)
  case workersNotPositive(Int)
  /// A segment holds no whole number of this channel's samples.
  case segmentNotWhole(band: String, channel: Int, rate: SampleRate, segment: Int64)
  /// A hop holds no whole number of this channel's samples.
  case hopNotWhole(band: String, channel: Int, rate: SampleRate, hop: Int64)
  /// The highest bin is not below this channel's Nyquist frequency.
  case aboveNyquist(band: String, channel: Int, rate: SampleRate, frequency: Double)
  /// A segment holds no whole number of cycles of this channel's centre frequency.
  case basebandNotWhole(band: String, channel: Int, frequency: Double, segment: Int64)
  /// A bin is not less than half the rate from this channel's centre frequency.
  case outsideBaseband(band: String, channel: Int, rate: SampleRate, frequency: Double)

  public var description: String {
    switch self {
    case .noChannels(let band):
      "band '\(band)': no channel to correlate; add a node"
    case .planNotPositive(let band, let key):
      "band '\(band)': \(key) must be at least 1"
    case .workersNotPositive(let workers):
      "\(workers) correlator workers; use at least 1"
    case .segmentNotWhole(let band, let channel, let rate, let segment):
      "band '\(band)': a segment of \(segment) ns holds no whole number of samples of channel \(channel) "
        + "(\(rate.hertz) Hz); choose a segment for which rate x segment is an integer"
    case .hopNotWhole(let band, let channel, let rate, let hop):
      "band '\(band)': segments of channel \(channel) (\(rate.hertz) Hz) start \(hop) ns apart, no whole number of "
        + "samples; choose a segment with an even number of samples, or no overlap"
    case .aboveNyquist(let band, let channel, let rate, let frequency):
      "band '\(band)': its highest bin, \(frequency) Hz, is not below half the rate of channel \(channel) "
        + "(\(rate.hertz) Hz); lower the band's highest frequency or raise the rate"
    case .basebandNotWhole(let band, let channel, let frequency, let segment):
      "band '\(band)': a segment of \(segment) ns holds no whole number of cycles of the centre frequency \(frequency) Hz "
        + "of channel \(channel); choose a segment for which centre frequency x segment is an integer"
    case .outsideBaseband(let band, let channel, let rate, let frequency):
      "band '\(band)': not all of its bins lie within half the rate \(rate.hertz) Hz of the centre frequency "
        + "\(frequency) Hz of channel \(channel); narrow the band or raise the rate"
    }
  }
}

import Numerics

/// Amplitudes of a network at adjacent frequencies: what is in memory at one time of a band that is searched for lines.
public struct LineBlock: Sendable {
  /// Channels, segments and presence of data, the same at all frequencies; amplitudes and noise of the first.
  public let geometry: LineObservation
  /// Hz, ascending, half the inverse of the segments' spacing apart.
  public let frequencies: [Double]
  /// [frequency][segment][channel], as in `LineObservation`.
  private let amplitudes: [ComplexNumber]
  /// [frequency][channel].
  private let noise: [Double]

  /// - Parameters:
  ///   - geometry: an observation at the first of the frequencies.
  ///   - frequencies: Hz.
  ///   - amplitudes: [frequency][segment][channel].
  ///   - noise: [frequency][channel], unit²/Hz.
  public init(geometry: LineObservation, frequencies: [Double], amplitudes: [ComplexNumber], noise: [Double]) {
    precondition(amplitudes.count == frequencies.count * geometry.amplitudes.count, "amplitudes at each frequency")
    precondition(noise.count == frequencies.count * geometry.channels.count, "a density for each frequency and channel")
    self.geometry = geometry
    self.frequencies = frequencies
    self.amplitudes = amplitudes
    self.noise = noise
  }

  /// The amplitudes at one of the frequencies.
  public func observation(_ index: Int) -> LineObservation {
    let (size, channels) = (geometry.amplitudes.count, geometry.channels.count)
    var result = geometry
    result.frequency = frequencies[index]
    result.amplitudes = Array(amplitudes[(index * size)..<((index + 1) * size)])
    result.noise = noise(index, channels)
    return result
  }

  private func noise(_ index: Int, _ channels: Int) -> [Double] {
    Array(noise[(index * channels)..<((index + 1) * channels)])
  }

  /// Ranges of frequencies for which the same modes serve: masses within 1 % and ratios of the channels' noise within 30 % of
  /// those in the middle; each with an observation in its middle whose noise is the mean of the range.
  func parts() -> [(range: Range<Int>, middle: LineObservation)] {
    let channels = geometry.channels.count
    var parts: [(Range<Int>, LineObservation)] = []
    var first = 0
    while first < frequencies.count {
      let start = noise(first, channels)
      var end = first + 1
      while end < frequencies.count, frequencies[end] < 1.01 * frequencies[first],
        Self.ratiosAgree(start, noise(end, channels))
      {
        end += 1
      }
      var middle = geometry
      middle.frequency = frequencies[(first + end) / 2]
      middle.noise = (0..<channels).map { channel in
        (first..<end).reduce(0) { $0 + noise[$1 * channels + channel] } / Double(end - first)
      }
      parts.append((first..<end, middle))
      first = end
    }
    return parts
  }

  private static func ratiosAgree(_ a: [Double], _ b: [Double]) -> Bool {
    let ratios = zip(a, b).filter { $0.0 > 0 || $0.1 > 0 }.map { $0.1 / $0.0 }
    guard let low = ratios.min(), let high = ratios.max() else { return true }
    return low > 0 && high < 1.69 * low
  }
}

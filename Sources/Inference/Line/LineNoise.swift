import Numerics

/// The noise beside every bin: the median of the mean powers of its neighbours, without those into which a line in the bin
/// would be spread.
///
/// A line anywhere else must be in half of the neighbours to matter, and under a Hann window it is in four.
public struct LineNoise: Sendable {
  /// Bins to either side.
  public static let reach = 24
  /// Bins next to the bin that are left out: those into which the window spreads a line.
  static let left = 4

  private let bins: Range<Int>
  private let channels: Int
  /// Mean of |X|² over the segments that a channel has, negative when it has none: [bin][channel].
  private let powers: [Double]
  /// Median of the mean of a channel's segments over the mean.
  private let medianOfMean: [Double]

  /// - Parameters:
  ///   - amplitudes: [bin][segment][channel].
  ///   - present: [segment][channel].
  ///   - bins: their numbers.
  ///   - window: of the segments.
  ///   - workers: threads; no influence on the values.
  public init(
    _ amplitudes: [ComplexNumber], present: [Bool], bins: Range<Int>, channels: Int, window: LineWindow, workers: Int
  ) {
    self.bins = bins
    self.channels = channels
    let segments = present.count / max(1, channels)
    var powers = [Double](repeating: -1, count: bins.count * channels)
    let counts = (0..<channels).map { channel in
      (0..<segments).count { present[$0 * channels + channel] }
    }
    powers.withUnsafeMutableBufferPointer { powers in
      amplitudes.withUnsafeBufferPointer { amplitudes in
        present.withUnsafeBufferPointer { present in
          nonisolated(unsafe) let powers = powers
          forEachPiece(bins.count, workers: workers) { _, bin in
            for channel in 0..<channels where counts[channel] > 0 {
              var sum = 0.0
              for segment in 0..<segments where present[segment * channels + channel] {
                sum += amplitudes[(bin * segments + segment) * channels + channel].magnitudeSquared
              }
              powers[bin * channels + channel] = sum / Double(counts[channel])
            }
          }
        }
      }
    }
    self.powers = powers
    // Wilson and Hilferty, within 1e-3 for all numbers; the powers of overlapping segments are correlated by ρ².
    let spread = 1 + 2 * window.neighbourCorrelation * window.neighbourCorrelation
    medianOfMean = counts.map { count in
      let root = 1 - spread / (9 * Double(max(1, count)))
      return root * root * root
    }
  }

  /// One-sided density of each channel; 0 for a channel without data.
  public func density(_ bin: Int) -> [Double] {
    let neighbours = (-Self.reach...Self.reach).filter { abs($0) > Self.left }.map { bin + $0 }
      .filter { bins.contains($0) }
    return (0..<channels).map { channel in
      let values = neighbours.map { powers[($0 - bins.lowerBound) * channels + channel] }.filter { $0 >= 0 }.sorted()
      guard !values.isEmpty else { return 0 }
      let middle = (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
      return middle / medianOfMean[channel]
    }
  }
}

import Correlator
import Numerics
import Sky

/// Spectra of a time short enough for the Earth not to turn noticeably, from the same channels.
public struct StreamObservation: Sendable {
  /// What is known of the spectra.
  public enum Spectra: Sendable {
    /// X of one segment, order [bin][channel].
    case vector([ComplexNumber])
    /// Mean of X_I conj(X_J) over segments, order [bin][I][J]; only the lower triangle is read.
    case matrix([ComplexNumber])
  }

  /// The middle of the data: the Earth's orientation is taken from here.
  public var time: GPSTime
  /// The channels present, ascending.
  public var channels: [Int]
  /// Independent samples per bin that the spectra stand for; 1 for a single segment.
  public var weight: Double
  /// Over `channels` and the bins of the analysis.
  public var spectra: Spectra

  public init(time: GPSTime, channels: [Int], weight: Double, spectra: Spectra) {
    self.time = time
    self.channels = channels
    self.weight = weight
    self.spectra = spectra
  }
}

extension StreamObservation {
  /// A stored row of a band; nil when it has no channel or no segment.
  ///
  /// - Parameters:
  ///   - row: of the band.
  ///   - bins: numbers of bins within the band.
  ///   - plan: the band.
  ///   - epoch: the time of sample 0, from which integrations are counted.
  ///   - channelCount: channels of the network.
  /// - Throws: `InferenceError.sizeMismatch` when the row is of another network or band.
  init?(_ row: CrossSpectra, bins: [Int], plan: BandPlan, epoch: GPSTime, channelCount: Int) throws {
    guard row.present.count == channelCount else {
      throw InferenceError.sizeMismatch(
        input: "channels of integration \(row.integration)", expected: channelCount, found: row.present.count)
    }
    let expected = plan.binCount * channelCount * channelCount * 2
    guard row.values.count == expected else {
      throw InferenceError.sizeMismatch(
        input: "numbers in the spectra of integration \(row.integration)", expected: expected,
        found: row.values.count)
    }
    let present = (0..<channelCount).filter { row.present[$0] }
    guard !present.isEmpty, row.segments > 0 else { return nil }
    var matrix: [ComplexNumber] = []
    matrix.reserveCapacity(bins.count * present.count * present.count)
    for bin in bins {
      for first in present {
        for second in present {
          let index = ((bin * channelCount + first) * channelCount + second) * 2
          matrix.append(ComplexNumber(row.values[index], row.values[index + 1]))
        }
      }
    }
    self.init(
      time: plan.middle(ofIntegration: row.integration, epoch: epoch), channels: present,
      weight: plan.effectiveFraction * Double(row.segments), spectra: .matrix(matrix))
  }
}

extension BandPlan {
  /// The middle of the data that the segments of an integration cover.
  ///
  /// - Parameters:
  ///   - integration: its number.
  ///   - epoch: the time of sample 0, from which integrations are counted.
  public func middle(ofIntegration integration: Int64, epoch: GPSTime) -> GPSTime {
    let segments = Int64(segmentsPerIntegration)
    let start = integration * segments * hop
    return epoch.advanced(byNanoseconds: start + ((segments - 1) * hop + segment) / 2)
  }
}

import Correlator
import Numerics
import Sky

/// The mean power of every channel over a run, from which the noise beside a stream follows.
struct ChannelPower {
  /// One-sided density, [channel][bin]; 0 for a channel without data.
  let values: [[Double]]
  private let spectra: [CrossSpectra]
  private let plan: BandPlan
  private let epoch: GPSTime
  private let geometry: NetworkGeometry

  /// A noise density needs the mean of so many samples: its scatter enters the likelihood to second order.
  private static let samples = 64.0

  /// - Throws: `InferenceError.sizeMismatch` when a row is of another network or band.
  init(_ spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry) throws {
    let channels = geometry.channelCount
    for row in spectra where row.values.count != plan.binCount * channels * channels * 2 {
      throw InferenceError.sizeMismatch(
        input: "numbers in the spectra of integration \(row.integration)",
        expected: plan.binCount * channels * channels * 2, found: row.values.count)
    }
    values = (0..<channels).map { channel in
      var sums = [Double](repeating: 0, count: plan.binCount)
      var segments = 0.0
      for row in spectra where row.present[channel] {
        for bin in 0..<plan.binCount {
          sums[bin] += Double(row.segments) * row.values[((bin * channels + channel) * channels + channel) * 2]
        }
        segments += Double(row.segments)
      }
      guard segments > 0 else { return sums }
      let wanted = Int((Self.samples / max(1, segments * plan.effectiveFraction) / 2).rounded(.up)) - 1
      let reach = min(max(0, wanted), plan.binCount / 4)
      return sums.indices.map { bin in
        let near = max(0, bin - reach)...min(plan.binCount - 1, bin + reach)
        return near.reduce(0) { $0 + sums[$1] } / (segments * Double(near.count))
      }
    }
    self.spectra = spectra
    self.plan = plan
    self.epoch = epoch
    self.geometry = geometry
  }

  /// The noise that sources leave of the power; a twentieth of the power at least.
  ///
  /// - Parameters:
  ///   - sources: directions and amplitudes.
  ///   - model: their mode and spectrum.
  func noise(besides sources: [SkyPoint], model: SkyModel) -> [[Double]] {
    values.indices.map { channel in
      // The mean of what the axis sees while it turns with the Earth.
      var (share, segments) = (0.0, 0.0)
      for row in spectra where row.present[channel] {
        let axis = EarthRotation.inertial(
          geometry.directions[channel], at: plan.middle(ofIntegration: row.integration, epoch: epoch))
        for source in sources {
          let along = dot(axis, source.direction) * dot(axis, source.direction)
          let seen = model.mode == .longitudinal ? along : (1 - along) / 2
          share += Double(row.segments) * source.amplitude * seen
        }
        segments += Double(row.segments)
      }
      guard segments > 0 else { return values[channel] }
      return values[channel].indices.map { bin in
        let power = values[channel][bin]
        return max(power - share / segments * (model.shape?[bin] ?? 1), power / 20)
      }
    }
  }
}

import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// Networks given in equatorial axes at one instant, for comparison with formulas that know no Earth.
enum ForecastFixtures {
  static let epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)

  /// One slice that stands for the whole run.
  static func still(duration: Double) -> ObservationTimes {
    ObservationTimes(epoch: epoch, duration: duration, limit: 1)
  }

  /// Channels with directions and places in equatorial axes at the middle of a run, noise b_I.
  static func network(
    _ directions: [SIMD3<Double>], positions: [SIMD3<Double>]? = nil, noise: [Double]? = nil, times: ObservationTimes
  ) -> ForecastNetwork {
    let time = times.slices[0].time
    return ForecastNetwork(
      channels: directions.enumerated().map { index, direction in
        let density = noise?[index] ?? 1
        return ForecastChannel(
          label: "\(index)", position: EarthRotation.earthFixed(positions?[index] ?? SIMD3(), at: time),
          basis: [EarthRotation.earthFixed(direction / length(direction), at: time)], noise: { _ in density })
      })
  }

  /// A halo whose wind in the laboratory is given, in km/s along equatorial axes.
  static func halo(
    wind: SIMD3<Double>, frequency: Double, virialSpeed: Double = 220, amplitude: Double = 1, at time: GPSTime
  ) -> DarkMatterLine {
    DarkMatterLine(
      coupling: .axionGradient, restFrequency: frequency, amplitude: amplitude,
      components: [
        .init(
          meanVelocity: 1000 * wind + EarthVelocity.throughHalo(at: time), virialSpeed: 1000 * virialSpeed)
      ])
  }

  static let couplings: [(name: String, coupling: HaloCoupling)] = [
    ("axion", .axionGradient), ("MDM", .magneticDipole), ("EDM", .electricDipole), ("scalar", .scalar),
  ]
}

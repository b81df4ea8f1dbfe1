import Numerics
import Sky

/// A stream as the channels of a row see it: columns v with S = α Σ v v†, and how they change with the direction.
struct StreamVectors {
  /// One column for longitudinal waves, two of half the power for transverse ones.
  let columns: Int
  /// [column][channel] without the phase, and its derivatives along two tangent directions.
  private var gain: [Double]
  private var gainSlope: [[Double]]
  /// Ω.x and e.x in metres of each channel.
  private var delay: [Double]
  private var delaySlope: [[Double]]
  private let channels: Int

  /// - Parameters:
  ///   - propagation: Ω, the unit vector along which the waves run, equatorial.
  ///   - tangents: two unit vectors across it.
  init(
    mode: StreamForecast.Mode, propagation: SIMD3<Double>, tangents: (SIMD3<Double>, SIMD3<Double>),
    channels: [Int], geometry: NetworkGeometry, time: GPSTime
  ) {
    let omega = EarthRotation.earthFixed(propagation, at: time)
    let across = [tangents.0, tangents.1].map { EarthRotation.earthFixed($0, at: time) }
    let polarizations = mode == .longitudinal ? [omega] : across
    let scale = mode == .longitudinal ? 1 : 0.5.squareRoot()
    columns = polarizations.count
    self.channels = channels.count
    gain = []
    gainSlope = [[], []]
    for (column, vector) in polarizations.enumerated() {
      for channel in channels {
        let direction = geometry.directions[channel]
        gain.append(scale * dot(direction, vector))
        for slope in 0..<2 {
          // Ω turns towards e; a vector across it along e turns back by as much.
          let change =
            mode == .longitudinal
            ? dot(direction, across[slope])
            : column == slope ? -dot(direction, omega) : 0
          gainSlope[slope].append(scale * change)
        }
      }
    }
    delay = channels.map { dot(geometry.positions[$0], omega) }
    delaySlope = across.map { vector in channels.map { dot(geometry.positions[$0], vector) } }
  }

  /// The columns at a wavenumber, each channel multiplied by a factor: [column][channel].
  func values(wavenumber: Double, factors: [Double], into values: inout [ComplexNumber]) {
    for channel in 0..<channels {
      let phase = ComplexNumber(magnitude: factors[channel], phase: wavenumber * delay[channel])
      for column in 0..<columns {
        values[column * channels + channel] = phase * gain[column * channels + channel]
      }
    }
  }

  /// Derivatives of the columns along one tangent, multiplied like the values.
  func slopes(_ tangent: Int, wavenumber: Double, factors: [Double], into slopes: inout [ComplexNumber]) {
    for channel in 0..<channels {
      let phase = ComplexNumber(magnitude: factors[channel], phase: wavenumber * delay[channel])
      for column in 0..<columns {
        let place = column * channels + channel
        slopes[place] =
          phase * ComplexNumber(gainSlope[tangent][place], gain[place] * wavenumber * delaySlope[tangent][channel])
      }
    }
  }
}

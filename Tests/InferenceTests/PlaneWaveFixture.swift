import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// One plane wave through three-axis stations, written down from section 0: exp(-i w t + i p.x), p away from the source.
struct PlaneWave {
  var frequency: Double
  var source: SIMD3<Double>
  var speed = 300e3
  /// Of the wave, unit²: the mean square of the whole vector.
  var power = 0.05
  /// Complex vector of length 1; nil for one along the propagation.
  var polarization: (SIMD3<Double>, SIMD3<Double>)?
  let segments = 36
  let segmentLength = 600.0
  let reference = GPSTime(nanoseconds: 1_400_000_000_000_000_000)

  func observation(noiseKey: UInt64, places: [Site]) -> LineObservation {
    let axes = [
      LocalDirection(east: 1, north: 0, up: 0), .init(east: 0, north: 1, up: 0), .init(east: 0, north: 0, up: 1),
    ]
    let channels = places.enumerated().flatMap { number, site in
      axes.enumerated().map { axis, direction in
        LineObservation.Channel(
          label: "\(number)/\(axis)", position: site.earthFixedPosition, direction: direction.earthFixed(at: site))
      }
    }
    let times = (0..<segments).map { (Double($0) + 0.5) * segmentLength }
    let wave = 2 * Double.pi * frequency * speed / (speedOfLight * speedOfLight)
    let strength = (power * segmentLength).squareRoot()
    var normal = NormalStream(key: noiseKey)
    let noise = channels.indices.map { 1 + 0.1 * Double($0) }
    let amplitudes = times.flatMap { time -> [ComplexNumber] in
      let instant = reference.advanced(byNanoseconds: Int64(time * 1e9))
      return channels.indices.map { channel in
        let place = EarthRotation.inertial(channels[channel].position, at: instant)
        let axis = EarthRotation.inertial(channels[channel].direction, at: instant)
        let (real, imaginary) = polarization ?? (-source, SIMD3())
        let gain = ComplexNumber((axis * real).sum(), (axis * imaginary).sum())
        let phase = ComplexNumber(magnitude: strength, phase: 0.7 - wave * (source * place).sum())
        let white = ComplexNumber(normal.next(), normal.next()) * (noise[channel] / 2).squareRoot()
        return gain * phase + white
      }
    }
    return LineObservation(
      channels: channels, segmentLength: segmentLength, times: times, reference: reference, frequency: frequency,
      amplitudes: amplitudes, present: [Bool](repeating: true, count: amplitudes.count), noise: noise)
  }

  static let places = [Site(latitude: 50, longitude: 8), Site(latitude: -35, longitude: 149)]
}

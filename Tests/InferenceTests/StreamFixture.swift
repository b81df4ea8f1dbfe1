import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// A stream from a known direction at a small network, its spectra drawn from the covariance or equal to it.
///
/// All in equatorial axes, so that the likelihood's own turning of the sky is checked too.
struct StreamFixture {
  struct Source {
    /// Towards the source.
    var direction: SIMD3<Double>
    var amplitude: Double
  }

  var geometry: NetworkGeometry
  var frequencies: [Double]
  /// [channel][bin].
  var noise: [[Double]]
  var model: SkyModel
  var times: [GPSTime]
  var sources: [Source]

  /// GNOME-like stations, bins of equal steps between two frequencies, some hours apart.
  static func stations(
    _ count: Int, bins: Int, hours: [Double] = [0], frequencies: ClosedRange<Double> = 8...40,
    mode: StreamForecast.Mode = .longitudinal, sources: [Source] = []
  ) throws -> StreamFixture {
    let network = try TestNetwork.stations(count, bins: 2)
    let list = (0..<bins).map {
      frequencies.lowerBound
        + (frequencies.upperBound - frequencies.lowerBound) * Double($0) / Double(max(1, bins - 1))
    }
    let start = try GPSTime(utc: "2026-03-05T07:00:00Z")
    return StreamFixture(
      geometry: network.geometry, frequencies: list,
      noise: (0..<count).map { channel in list.map { (1 + 0.3 * Double(channel % 3)) * (1 + 4 / $0) } },
      model: SkyModel(mode: mode, dispersion: .restFrequency(0)),
      times: hours.map { start.advanced(byNanoseconds: Int64($0 * 3.6e12)) }, sources: sources)
  }

  /// Covariance of one bin, order [I][J].
  func covariance(bin: Int, time: GPSTime, channels: [Int], sources: [Source]) -> ComplexMatrix {
    var matrix = ComplexMatrix(rows: channels.count, columns: channels.count)
    let shape = model.shape?[bin] ?? 1
    let p = model.dispersion.wavenumber(frequency: frequencies[bin])
    for (row, first) in channels.enumerated() {
      for (column, second) in channels.enumerated() {
        for source in sources {
          // The waves run away from the source.
          let propagation = -source.direction
          let axes = [first, second].map { EarthRotation.inertial(geometry.directions[$0], at: time) }
          let places = [first, second].map { EarthRotation.inertial(geometry.positions[$0], at: time) }
          let tensor = StreamTensor(direction: propagation).contraction(
            model.mode == .longitudinal ? .longitudinal : .transverse, wavenumber: p,
            separation: places[0] - places[1], axes[0], axes[1])
          let responses = [first, second].map { model.responses?[$0][bin] ?? .one }
          matrix[row, column] += source.amplitude * shape * (responses[0] * responses[1].conjugate * tensor)
        }
        if first == second { matrix[row, column] += ComplexNumber(noise[first][bin]) }
      }
    }
    return matrix
  }

  /// Observations of all channels whose mean matrices equal the covariance.
  func expectations(weight: Double) -> [StreamObservation] {
    let channels = Array(0..<geometry.channelCount)
    return times.map { time in
      StreamObservation(
        time: time, channels: channels, weight: weight,
        spectra: .matrix(
          frequencies.indices.flatMap {
            covariance(bin: $0, time: time, channels: channels, sources: sources).elements
          }))
    }
  }

  /// Means over independent draws of X = L ζ, Sigma = L L†.
  func draws(segments: Int, seed: UInt64) throws -> [StreamObservation] {
    let channels = Array(0..<geometry.channelCount)
    var normal = NormalStream(key: seed)
    return try times.map { time in
      var elements: [ComplexNumber] = []
      for bin in frequencies.indices {
        let lower = try ComplexCholesky(
          of: covariance(bin: bin, time: time, channels: channels, sources: sources)
        ).lower
        var mean = ComplexMatrix(rows: channels.count, columns: channels.count)
        for _ in 0..<segments {
          let white = channels.map { _ in ComplexNumber(normal.next(), normal.next()) * 0.5.squareRoot() }
          let x = lower * white
          for i in channels { for j in channels { mean[i, j] += x[i] * x[j].conjugate / Double(segments) } }
        }
        elements += mean.elements
      }
      return StreamObservation(
        time: time, channels: channels, weight: Double(segments), spectra: .matrix(elements))
    }
  }

  func likelihood(_ observations: [StreamObservation]) throws -> SkyLikelihood {
    try SkyLikelihood(observations, frequencies: frequencies, geometry: geometry, noise: noise, model: model)
  }

  /// ln L by dense matrices, of all sources with amplitudes, less that of noise alone.
  func denseLogLikelihood(_ observations: [StreamObservation], sources: [Source]) throws -> Double {
    var sum = 0.0
    for observation in observations {
      let size = observation.channels.count
      for bin in frequencies.indices {
        var mean = ComplexMatrix(rows: size, columns: size)
        switch observation.spectra {
        case .matrix(let elements):
          mean.elements = Array(elements[bin * size * size..<(bin + 1) * size * size])
        case .vector(let elements):
          let x = elements[bin * size..<(bin + 1) * size].map(\.self)
          for i in 0..<size { for j in 0..<size { mean[i, j] = x[i] * x[j].conjugate } }
        }
        func term(_ sources: [Source]) throws -> Double {
          let factor = try ComplexCholesky(
            of: covariance(bin: bin, time: observation.time, channels: observation.channels, sources: sources))
          let product = factor.inverse() * mean
          return -(0..<size).reduce(0) { $0 + product[$1, $1].real } - factor.logDeterminant
        }
        sum += observation.weight * (try term(sources) - term([]))
      }
    }
    return sum
  }
}

/// Directions drawn evenly from the sphere.
func randomDirection(_ normal: inout NormalStream) -> SIMD3<Double> {
  let vector = SIMD3(normal.next(), normal.next(), normal.next())
  return vector / (vector * vector).sum().squareRoot()
}

func angle(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
  2 * asin(min(1, ((a - b) * (a - b)).sum().squareRoot() / 2))
}

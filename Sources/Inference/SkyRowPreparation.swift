import Numerics
import Sky

extension SkyRowContent {
  /// Divides an observation by the noise and takes its matrices apart into columns.
  ///
  /// A mean matrix C becomes L L† with L lower triangular, of no more columns than segments were averaged. The
  /// likelihood is linear in C, so nothing is lost.
  ///
  /// - Parameters:
  ///   - observation: spectra over the bins.
  ///   - noise: N of each channel and bin.
  ///   - model: shape and responses.
  ///   - frequencies: of the bins in Hz.
  ///   - labels: names of the channels.
  /// - Throws: `InferenceError` naming the channel and frequency at fault.
  init(
    _ observation: StreamObservation, noise: [[Double]], model: SkyModel, frequencies: [Double], labels: [String]
  ) throws {
    let channels = observation.channels
    let stations = channels.count
    let bins = frequencies.count
    var scales = [ComplexNumber](repeating: .zero, count: bins * stations)
    var power = [Double](repeating: 0, count: bins * stations)
    for (station, channel) in channels.enumerated() {
      for bin in 0..<bins {
        let density = noise[channel][bin]
        guard density.isFinite, density > 0 else {
          throw InferenceError.noPower(channel: labels[channel], frequency: frequencies[bin])
        }
        let response = model.responses?[channel][bin] ?? .one
        let shape = model.shape?[bin] ?? 1
        scales[bin * stations + station] = response.conjugate * (shape.squareRoot() / density)
        power[bin * stations + station] = shape * response.magnitudeSquared / density
      }
    }
    var columns: [[ComplexNumber]]
    switch observation.spectra {
    case .vector(let vector):
      guard vector.count == bins * stations else {
        throw InferenceError.sizeMismatch(
          input: "spectra of an observation", expected: bins * stations, found: vector.count)
      }
      columns = [zip(scales, vector).map { $0 * $1 }]
    case .matrix(let matrix):
      guard matrix.count == bins * stations * stations else {
        throw InferenceError.sizeMismatch(
          input: "spectral matrices of an observation", expected: bins * stations * stations, found: matrix.count)
      }
      columns = try Self.columns(
        of: matrix, scales: scales, stations: stations, frequencies: frequencies, names: channels.map { labels[$0] })
    }
    for column in columns {
      for (index, value) in column.enumerated() where !value.magnitudeSquared.isFinite {
        throw InferenceError.notFinite(
          input: "spectrum of \(labels[channels[index % stations]]) at \(frequencies[index / stations]) Hz")
      }
    }
    if stations == 0 { columns = [] }
    self.init(
      channels: channels, weight: observation.weight,
      siderealTime: EarthRotation.greenwichMeanSiderealTime(at: observation.time), binCount: bins, power: power,
      columns: columns)
  }

  /// L of D C D† = L L†, Cholesky's decomposition of a matrix that may be singular: a pivot of rounding size means a column
  /// of zeros.
  private static func columns(
    of matrix: [ComplexNumber], scales: [ComplexNumber], stations: Int, frequencies: [Double], names: [String]
  ) throws -> [[ComplexNumber]] {
    var columns = [[ComplexNumber]](
      repeating: [ComplexNumber](repeating: .zero, count: frequencies.count * stations), count: stations)
    var rest = [ComplexNumber](repeating: .zero, count: stations * stations)
    var diagonal = [Double](repeating: 0, count: stations)
    for bin in frequencies.indices {
      for i in 0..<stations {
        for j in 0...i {
          rest[i * stations + j] =
            scales[bin * stations + i] * matrix[(bin * stations + i) * stations + j]
            * scales[bin * stations + j].conjugate
        }
        diagonal[i] = rest[i * stations + i].real
        guard diagonal[i].isFinite else {
          throw InferenceError.notFinite(input: "power of \(names[i]) at \(frequencies[bin]) Hz")
        }
      }
      for j in 0..<stations {
        let pivot = rest[j * stations + j].real
        guard pivot > 1e-12 * diagonal[j] else {
          // What is left of a mean of outer products is nothing; other matrices have no likelihood.
          let isZero = (j..<stations).allSatisfy {
            rest[$0 * stations + j].magnitudeSquared <= 1e-12 * abs(diagonal[$0] * diagonal[j])
          }
          guard isZero else {
            throw InferenceError.negativePower(channel: names[j], frequency: frequencies[bin])
          }
          continue
        }
        let root = pivot.squareRoot()
        for i in j..<stations { columns[j][bin * stations + i] = rest[i * stations + j] / root }
        for i in (j + 1)..<max(stations, j + 1) {
          let factor = columns[j][bin * stations + i]
          for k in (j + 1)...i { rest[i * stations + k] -= factor * columns[j][bin * stations + k].conjugate }
        }
      }
    }
    return columns
  }
}

import Foundation
import Numerics
import Sky

/// Where on the sky a stream might come from: the statistic of weak signals without autocorrelations, on a grid.
///
/// Without them the noise need not be known beyond the measured power; the grid only finds where to climb from.
struct StreamGrid {
  /// Finest grid that is scanned; networks of narrower fringes cannot have their streams compared here.
  static let finestOrder = 4

  private let data: BandMatrices
  private let mode: StreamForecast.Mode
  private let power: [Double]
  private let pixels: [SIMD3<Double>]
  /// Bins whose phases differ by less than half a radian between any two stations.
  private let cells: [Range<Int>]
  /// Σ |Γ_IJ|² weights of every pixel.
  private let information: [Double]

  /// - Returns: nil when the fringes are too narrow for the finest grid.
  init?(_ data: BandMatrices, mode: StreamForecast.Mode) {
    let baseline = data.longestBaseline
    let highest = data.wavenumbers.max() ?? 0
    let fringe = highest * baseline > 0 ? 2 * Double.pi / (highest * baseline) : .infinity
    let order = max(2, HEALPix.order(pixelSize: min(fringe, 4) / 4))
    guard order <= Self.finestOrder else { return nil }
    self.data = data
    self.mode = mode
    power = data.power
    let grid = HEALPix(order: order)
    pixels = (0..<grid.pixelCount).map { grid.direction(nested: $0) }
    let spread = (highest - (data.wavenumbers.min() ?? 0)) * baseline
    let count = min(data.frequencies.count, max(1, Int((spread / 0.5).rounded(.up))))
    let bins = data.frequencies.count
    let cells = (0..<count).map { $0 * bins / count..<($0 + 1) * bins / count }
    self.cells = cells
    information = Self.sums(data, mode: mode, pixels: pixels, cells: cells, power: power, linear: false)
  }

  /// The best directions of propagation with the strength that goes with each, no two closer than three pixels.
  func best(_ count: Int, of data: BandMatrices) -> [(propagation: SIMD3<Double>, amplitude: Double)] {
    let values = Self.sums(data, mode: mode, pixels: pixels, cells: cells, power: power, linear: true)
    let statistics = values.indices.map { index in
      values[index] > 0 && information[index] > 0 ? values[index] * values[index] / information[index] : 0
    }
    var result: [(propagation: SIMD3<Double>, amplitude: Double)] = []
    let separation = 3 * (4 * Double.pi / Double(pixels.count)).squareRoot()
    for index in statistics.indices.sorted(by: { (-statistics[$0], $0) < (-statistics[$1], $1) }) {
      guard statistics[index] > 0, result.count < count else { break }
      if result.contains(where: { dot($0.propagation, pixels[index]) > cos(min(separation, 1)) }) { continue }
      result.append((pixels[index], values[index] / information[index]))
    }
    return result
  }

  /// Σ Re[Γ_IJ* C_IJ]/(P_I P_J), or Σ |Γ_IJ|²/(P_I P_J), over pairs I ≠ J of all rows, for every pixel.
  private static func sums(
    _ data: BandMatrices, mode: StreamForecast.Mode, pixels: [SIMD3<Double>], cells: [Range<Int>], power: [Double],
    linear: Bool
  ) -> [Double] {
    let n = data.geometry.channelCount
    // [row][cell][I][J], I < J.
    let averages = data.rows.map { row -> [[ComplexNumber]] in
      let size = row.channels.count
      return cells.map { cell in
        var sums = [ComplexNumber](repeating: .zero, count: size * size)
        for i in 0..<size {
          for j in (i + 1)..<max(size, i + 1) {
            for bin in cell {
              let scale: Double = power[bin * n + row.channels[i]] * power[bin * n + row.channels[j]]
              let shape = data.shape[bin]
              let factor: Double = 2 * row.weight * shape / scale
              sums[i * size + j] +=
                linear ? row.matrices[(bin * size + i) * size + j] * factor : ComplexNumber(factor * shape)
            }
          }
        }
        return sums
      }
    }
    var totals = [Double](repeating: 0, count: pixels.count)
    totals.withUnsafeMutableBufferPointer { totals in
      var values = [ComplexNumber](repeating: .zero, count: 2 * n)
      for (pixel, propagation) in pixels.enumerated() {
        let tangents = tangentBasis(propagation)
        var sum = 0.0
        for (row, average) in zip(data.rows, averages) {
          let vectors = StreamVectors(
            mode: mode, propagation: propagation, tangents: tangents, channels: row.channels, geometry: data.geometry,
            time: row.time)
          let size = row.channels.count
          let ones = [Double](repeating: 1, count: size)
          for (cell, matrix) in zip(cells, average) {
            let wavenumber = data.wavenumbers[(cell.lowerBound + cell.upperBound) / 2]
            vectors.values(wavenumber: wavenumber, factors: ones, into: &values)
            for i in 0..<size {
              for j in (i + 1)..<max(size, i + 1) {
                var gamma = values[i] * values[j].conjugate
                if vectors.columns > 1 { gamma += values[size + i] * values[size + j].conjugate }
                let element = matrix[i * size + j]
                sum +=
                  linear
                  ? gamma.real * element.real + gamma.imaginary * element.imaginary
                  : gamma.magnitudeSquared * element.real
              }
            }
          }
        }
        totals[pixel] = sum
      }
    }
    return totals
  }
}

import Correlator
import Foundation
import Numerics

/// What can be wrong with channels before any question is asked of them.
enum ChannelHealth {
  /// Part of a channel's power, beside what the other channels predict of it, below which it is no channel of its own.
  static let leastOwnPower = 1e-9

  /// Takes out the channels that record nothing but zeros.
  ///
  /// - Parameters:
  ///   - spectra: rows of one band; those of another size are left for others to refuse.
  ///   - bins: bins of the band.
  ///   - channels: of the network.
  /// - Returns: the rows with these channels absent, and their numbers.
  static func withoutSilentChannels(
    _ spectra: [CrossSpectra], bins: Int, channels: Int
  ) -> (spectra: [CrossSpectra], silent: [Int]) {
    let usable = spectra.filter { $0.present.count == channels && $0.values.count == bins * channels * channels * 2 }
    let silent = (0..<channels).filter { channel in
      let rows = usable.filter { $0.present[channel] && $0.segments > 0 }
      return !rows.isEmpty
        && rows.allSatisfy { row in
          (0..<bins).allSatisfy { row.values[(($0 * channels + channel) * channels + channel) * 2] == 0 }
        }
    }
    guard !silent.isEmpty else { return (spectra, []) }
    return (
      usable.map { row in
        var row = row
        for channel in silent { row.present[channel] = false }
        return row
      }, silent
    )
  }

  /// Refuses channels that are copies or combinations of others: their noise cannot be independent.
  ///
  /// - Parameters:
  ///   - matrices: mean spectral matrices of the channels present, order [bin][I][J].
  ///   - segments: how many the mean stands for; a mean of few is a combination of few by itself.
  ///   - present: numbers of the channels.
  ///   - labels: of all channels.
  /// - Throws: `InferenceError.dependentChannels`.
  static func requireIndependence(
    _ matrices: [Double], segments: Int, present: [Int], labels: [String]
  ) throws {
    let size = present.count
    guard size >= 2, segments > size else { return }
    for start in stride(from: 0, to: matrices.count, by: size * size) {
      func element(_ row: Int, _ column: Int) -> Double { matrices[start + row * size + column] }
      var coherence = RealMatrix(rows: size, columns: size)
      for row in 0..<size {
        for column in 0..<size {
          coherence[row, column] = element(row, column) / (element(row, row) * element(column, column)).squareRoot()
        }
      }
      // Cholesky's factor by hand: the squared diagonal is what the channels before do not predict.
      var factor = RealMatrix(rows: size, columns: size)
      for row in 0..<size {
        for column in 0...row {
          var sum = coherence[row, column]
          for inner in 0..<column { sum -= factor[row, inner] * factor[column, inner] }
          if row == column {
            guard sum > leastOwnPower else {
              let closest = (0..<row).max { abs(coherence[row, $0]) < abs(coherence[row, $1]) } ?? 0
              throw InferenceError.dependentChannels(
                labels[present[row]], labels[present[closest]], coherence: abs(coherence[row, closest]))
            }
            factor[row, row] = sum.squareRoot()
          } else {
            factor[row, column] = sum / factor[column, column]
          }
        }
      }
    }
  }
}

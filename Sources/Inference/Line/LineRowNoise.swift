import Foundation
import Numerics

/// The covariance N of the noise of a list of rows, in units of the density of each row's channel: one on the diagonal, and
/// ρ between neighbouring segments of a channel.
///
/// Its Cholesky factor L has one entry beside the diagonal, so N⁻¹ costs a few operations a row. A gap ends a chain.
struct LineRowNoise: Sendable {
  /// The row of the same channel one segment before; -1 where there is none.
  private let previous: [Int]
  /// L between a row and the one before, over L_ii of the one before.
  private let link: [Double]
  /// 1/L_ii.
  private let inverseDiagonal: [Double]
  /// Whether all rows are independent.
  let isWhite: Bool

  init(segment: [Int], channel: [Int], channels: Int, correlation: Double) {
    isWhite = correlation == 0
    guard !isWhite else {
      (previous, link, inverseDiagonal) = ([], [], [])
      return
    }
    var last = [Int](repeating: -1, count: channels)
    var (previous, link, inverse) = ([Int](), [Double](), [Double]())
    for row in segment.indices {
      let before = last[channel[row]]
      if before >= 0, segment[before] == segment[row] - 1 {
        let side = correlation * inverse[before]
        previous.append(before)
        link.append(side)
        inverse.append(1 / (1 - side * side).squareRoot())
      } else {
        previous.append(-1)
        link.append(0)
        inverse.append(1)
      }
      last[channel[row]] = row
    }
    (self.previous, self.link, self.inverseDiagonal) = (previous, link, inverse)
  }

  /// x -> L⁻¹ x for amplitudes whose phases were turned by an angle from segment to segment.
  ///
  /// - Parameter turn: exp(iφ), the turn of one segment.
  func whiten(
    _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, turn: ComplexNumber
  ) {
    guard !isWhite else { return }
    for row in previous.indices {
      let before = previous[row]
      if before >= 0 {
        // The turned covariance has ρ exp(iφ) below the diagonal.
        let (re, im) = (real[before] * link[row], imaginary[before] * link[row])
        real[row] -= re * turn.real - im * turn.imaginary
        imaginary[row] -= re * turn.imaginary + im * turn.real
      }
      real[row] *= inverseDiagonal[row]
      imaginary[row] *= inverseDiagonal[row]
    }
  }

  /// z -> L z, the inverse of `whiten`: gives white noise the correlation of the rows.
  func colour(
    _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, turn: ComplexNumber
  ) {
    guard !isWhite else { return }
    for row in previous.indices.reversed() {
      let before = previous[row]
      real[row] /= inverseDiagonal[row]
      imaginary[row] /= inverseDiagonal[row]
      guard before >= 0 else { continue }
      let (re, im) = (real[before] * link[row], imaginary[before] * link[row])
      real[row] += re * turn.real - im * turn.imaginary
      imaginary[row] += re * turn.imaginary + im * turn.real
    }
  }

  /// x -> N⁻¹ x for amplitudes whose phases are as they were recorded.
  func weight(_ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>) {
    guard !isWhite else { return }
    whiten(real, imaginary, turn: .one)
    // L⁻ᵀ, from the last row to the first.
    for row in previous.indices.reversed() {
      real[row] *= inverseDiagonal[row]
      imaginary[row] *= inverseDiagonal[row]
      let before = previous[row]
      guard before >= 0 else { continue }
      real[before] -= link[row] * real[row]
      imaginary[before] -= link[row] * imaginary[row]
    }
  }
}

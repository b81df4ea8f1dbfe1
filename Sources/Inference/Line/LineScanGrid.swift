import Numerics

/// The frequencies at which a scan looks, and the transforms that take it there.
///
/// Modes change slowly with the frequency of the line, the phases of the segments quickly: with modes held, q_i(ν) for all
/// offsets ν is the Fourier transform over the segments of v'_i† N⁻¹ z, one for each mode.
struct LineScanGrid: Sendable {
  /// Points of the transform; a multiple of four, without prime factors above five.
  let length: Int
  /// Hz between neighbouring frequencies: at most half the inverse of the longest piece.
  let step: Double

  /// - Returns: nil when the search has no data.
  init?(_ search: LineSearch, spacing: Double) {
    let longest = search.modes.pieces.map(\.segments.count).max() ?? 0
    guard longest > 0 else { return nil }
    self.init(segments: longest, spacing: spacing)
  }

  init(segments: Int, spacing: Double) {
    var length = max(4, (2 * segments + 3) / 4 * 4)
    while !Self.isSmooth(length) { length += 4 }
    self.length = length
    step = 1 / (Double(length) * spacing)
  }

  private static func isSmooth(_ number: Int) -> Bool {
    var rest = number
    for factor in [2, 3, 5] { while rest % factor == 0 { rest /= factor } }
    return rest == 1
  }

  /// The profiles at a range of offsets, in steps, and the powers behind the best.
  func profiles(
    _ search: LineSearch, _ observation: LineObservation, offsets: Range<Int>, tolerance: Double
  ) -> (profiles: [LineProfile], best: Int, powers: [Double]) {
    let count = search.eigenvalues.count
    var powers = [Double](repeating: 0, count: offsets.count * count)
    let transform = ComplexFourierTransform.shared(length: length)
    let input = AlignedBuffer(count: 2 * length)
    let output = AlignedBuffer(count: 2 * length)
    var first = 0
    for piece in search.modes.pieces {
      let weighted = piece.rows.weighted(observation)
      let rows = piece.rows.count
      for mode in piece.eigenvalues.indices {
        input.pointer.update(repeating: 0, count: 2 * length)
        piece.accumulate(mode, weighted, into: input.pointer)
        // Σ_j y_j exp(+2πi ν t_j): the phase of the first segment does not matter for the power.
        transform.inverse(input.pointer, output.pointer)
        powers.withUnsafeMutableBufferPointer { powers in
          for (number, offset) in offsets.enumerated() {
            let bin = 2 * (offset < 0 ? offset + length : offset)
            powers[number * count + first + mode] =
              output.pointer[bin] * output.pointer[bin] + output.pointer[bin + 1] * output.pointer[bin + 1]
          }
        }
      }
      first += rows > 0 ? piece.eigenvalues.count : 0
    }
    var best = 0
    let profiles = powers.withUnsafeBufferPointer { powers in
      search.eigenvalues.withUnsafeBufferPointer { eigenvalues in
        offsets.indices.map { offset -> LineProfile in
          let number = offset - offsets.lowerBound
          let scales = search.scales(observation, offset: Double(offset) * step)
          return LineProfile(
            UnsafeBufferPointer(rebasing: powers[(number * count)..<((number + 1) * count)]), eigenvalues,
            powerScale: scales.powers, scale: scales.eigenvalues, tolerance: tolerance)
        }
      }
    }
    for number in profiles.indices where profiles[number].statistic > profiles[best].statistic { best = number }
    return (profiles, best, Array(powers[(best * count)..<((best + 1) * count)]))
  }
}

extension LineModes.Piece {
  /// Adds v'_i* u of each row to the place of its segment.
  fileprivate func accumulate(_ mode: Int, _ weighted: LineVector, into sums: UnsafeMutablePointer<Double>) {
    let count = rows.count
    real.withUnsafeBufferPointer { re in
      imaginary.withUnsafeBufferPointer { im in
        weighted.real.withUnsafeBufferPointer { x in
          weighted.imaginary.withUnsafeBufferPointer { y in
            let base = mode * count
            for row in 0..<count {
              let position = 2 * (rows.segment[row] - segments.lowerBound)
              sums[position] += re[base + row] * x[row] + im[base + row] * y[row]
              sums[position + 1] += re[base + row] * y[row] - im[base + row] * x[row]
            }
          }
        }
      }
    }
  }
}

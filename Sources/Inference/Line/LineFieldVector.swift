import Foundation
import Numerics

/// What a network that is short against the wavelength says of a line: one complex vector for each frequency beside it, the
/// same for plane waves from everywhere, and how well each of its components is known.
struct LineFieldVector: Sendable {
  /// Σ conj(v) z of fields of one along the inertial axes, at multiples of `step` from `first` on, with a common phase.
  private let real: [SIMD3<Double>]
  private let imaginary: [SIMD3<Double>]
  private let first: Double
  private let step: Double
  /// Columns of Σ v v†.
  private let columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  /// - Parameters:
  ///   - rows: with data.
  ///   - weighted: the rows' weighted amplitudes over sqrt(N), turned back by the line's frequency.
  ///   - weights: what each row adds to what is known of a line.
  ///   - scale: of the field in each row.
  ///   - largestOffset: Hz beside the line that are asked for.
  init(
    _ rows: LineRows, weighted: [ComplexNumber], weights: [Double], scale: [Double], largestOffset: Double
  ) {
    let (early, late) = (rows.time.first ?? 0, rows.time.last ?? 0)
    let middle = 0.5 * (early + late)
    // A sixteenth of a turn from end to end: eight points then interpolate to 1e-8.
    let step = 1 / (16 * max(late - early, 1e-9))
    let reach = Int((largestOffset / step).rounded(.up)) + 4
    self.step = step
    first = -Double(reach) * step
    var gram = (SIMD3<Double>(), SIMD3<Double>(), SIMD3<Double>())
    for row in 0..<rows.count {
      let d = rows.direction[row]
      let square = scale[row] * scale[row] * weights[row]
      gram.0 += square * d.x * d
      gram.1 += square * d.y * d
      gram.2 += square * d.z * d
    }
    columns = gram
    var (real, imaginary): ([SIMD3<Double>], [SIMD3<Double>]) = ([], [])
    for number in -reach...reach {
      let offset = Double(number) * step
      var sum = (SIMD3<Double>(), SIMD3<Double>())
      for row in 0..<rows.count {
        let value =
          weighted[row]
          * ComplexNumber(
            magnitude: scale[row], phase: 2 * .pi * offset * (rows.time[row] - middle))
        sum.0 += value.real * rows.direction[row]
        sum.1 += value.imaginary * rows.direction[row]
      }
      real.append(sum.0)
      imaginary.append(sum.1)
    }
    self.real = real
    self.imaginary = imaginary
  }

  /// a.(Σ v v†).b.
  func gram(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
    (a * SIMD3((columns.0 * b).sum(), (columns.1 * b).sum(), (columns.2 * b).sum())).sum()
  }

  /// The vector at an offset in Hz, by Lagrange's polynomial through eight points.
  func vector(offset: Double) -> (real: SIMD3<Double>, imaginary: SIMD3<Double>) {
    let place = (offset - first) / step
    let base = min(max(Int(place.rounded(.down)) - 3, 0), real.count - 8)
    let x = place - Double(base)
    var sum = (SIMD3<Double>(), SIMD3<Double>())
    for i in 0..<8 {
      var weight = 1.0
      for j in 0..<8 where j != i { weight *= (x - Double(j)) / Double(i - j) }
      sum.0 += weight * real[base + i]
      sum.1 += weight * imaginary[base + i]
    }
    return sum
  }
}

import Glibc
import Numerics

/// The sums that fits of sinusoids need, at frequencies (centre + j) df of a narrow band, j = -`half` ... `half`: readings are
/// moved to the middle of the band first, so that transforms are as long as the band is wide (section 5.4).
struct ZoomedSums: SinusoidEquations {
  /// A sum of complex strengths at positive and negative j, from those of their parts.
  private struct Sum {
    let real: AlignedBuffer
    let imaginary: AlignedBuffer

    /// - Parameters:
    ///   - positions: of the readings.
    ///   - turns: cycles by which each is turned.
    ///   - strengths: real ones.
    ///   - half: the largest j.
    init(positions: [Double], turns: [Double], strengths: [Double], half: Int) {
      let transform = NonuniformTransform(highest: half)
      func sums(_ strengths: [Double]) -> AlignedBuffer {
        let buffer = AlignedBuffer(count: 2 * (half + 1))
        transform.sums(positions: positions, strengths: strengths, into: buffer.pointer)
        return buffer
      }
      real = sums(zip(strengths, turns).map { $0 * cos(2 * .pi * $1) })
      imaginary = sums(zip(strengths, turns).map { $0 * sin(2 * .pi * $1) })
    }

    @inline(__always)
    func value(_ j: Int) -> (Double, Double) {
      // Sums of real strengths at -j are the conjugates of those at j.
      let sign = j < 0 ? -1.0 : 1
      let place = 2 * abs(j)
      let (a, b) = (real.pointer[place], sign * real.pointer[place + 1])
      let (c, d) = (imaginary.pointer[place], sign * imaginary.pointer[place + 1])
      return (a - d, b + c)
    }
  }

  private let window: Sum
  private let squares: Sum
  private let data: Sum
  private let weight: Double
  private let offsetData: Double
  private let centre: Int

  /// - Parameters:
  ///   - samples: the readings.
  ///   - origin: t0, no farther from any time than 1/(8 `step`).
  ///   - step: df in Hz.
  ///   - centre: number of the middle frequency, in steps from zero.
  ///   - half: the largest j.
  ///   - workers: threads, up to three are of use.
  init(_ samples: SinusoidSums.Samples, origin: Double, step: Double, centre: Int, half: Int, workers: Int) {
    let positions = samples.times.map { ($0 - origin) * step }
    let turns = positions.map { position in
      let cycles = position * Double(centre)
      return cycles - cycles.rounded()
    }
    let sums = [(1.0, samples.weights), (2, samples.weights), (1, samples.products)]
    var results = [Sum?](repeating: nil, count: 3)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      forEachPiece(3, workers: workers) { _, piece in
        let (harmonic, strengths) = sums[piece]
        results[piece] = Sum(
          positions: harmonic == 1 ? positions : positions.map { harmonic * $0 },
          turns: harmonic == 1 ? turns : turns.map { harmonic * $0 }, strengths: strengths, half: half)
      }
    }
    guard let window = results[0], let squares = results[1], let data = results[2] else {
      preconditionFailure("three sums are made")
    }
    (self.window, self.squares, self.data, self.centre) = (window, squares, data, centre)
    weight = sum(samples.weights.count) { samples.weights[$0] }
    offsetData = sum(samples.products.count) { samples.products[$0] } / weight
  }

  /// The fit's normal equations at a frequency, `number` in steps from zero.
  @inline(__always)
  func equations(_ number: Int) -> NormalEquations? {
    let j = number - centre
    return NormalEquations(
      window: window.value(j), squares: squares.value(j), data: data.value(j), weight: weight, offsetData: offsetData)
  }
}

import Glibc
import Numerics
import Synthesis

/// Noise whose spectrum reaches from half of the rate down to the inverse of the run, as a sum of octaves; any sample can be
/// made alone (physics page clock, section 4.1).
///
/// Octave j has blocks of L_j = 128 x 2^j samples that overlap by half, each a sum of the bins 16 to 64 with the window
/// sin(π s). Short blocks are made at their samples; long ones on a grid of 128 points in the period of their highest bin
/// and interpolated with eighth-order polynomials, to 1e-12 of their amplitude.
final class OctaveNoise {
  /// f_min = 2^-(J-1)/(8 tau0) in Hz: what lies below is left out.
  let lowestFrequency: Double
  private let octaves: [Octave]

  /// - Parameters:
  ///   - key: of the channel's noise.
  ///   - firstComponent: number of octave 0 among the components of the key.
  ///   - sampleCount: samples of the planned run.
  ///   - interval: of the samples in s.
  ///   - response: what multiplies the complex amplitude at a frequency in Hz.
  ///   - density: one-sided, at a frequency in Hz.
  init(
    key: UInt64, firstComponent: UInt32, sampleCount: Double, interval: Double,
    response: (Double) -> ComplexNumber, density: (Double) -> Double
  ) {
    // A century at 1 ns would have 62.
    let count = min(50, 1 + max(1, Int(log2(2 * max(1, sampleCount)).rounded(.up))))
    lowestFrequency = scalbn(1, -(count - 1)) / (8 * interval)
    octaves = (0..<count).map { j in
      let length = 128 * scalbn(interval, j)
      let amplitudes = Octave.bins.map { k -> ComplexNumber in
        let frequency = Double(k) / length
        let weight = Self.weight(bin: k, isFirst: j == 0, isLast: j == count - 1)
        return (2 * weight * density(frequency) / length).squareRoot() * response(frequency)
      }
      return Octave(number: j, key: key, component: firstComponent + UInt32(j), amplitudes: amplitudes)
    }
  }

  /// Adds the noise of samples.
  func add(firstSample: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    for octave in octaves { octave.add(firstSample: firstSample, count: count, to: output) }
  }

  /// W_j(k): the powers of neighbouring octaves add up to one.
  private static func weight(bin k: Int, isFirst: Bool, isLast: Bool) -> Double {
    var weight = 1.0
    if k < 32 {
      let rise = sin(.pi / 2 * log2(Double(k) / 16))
      weight = isLast ? (k == 16 ? 0.5 : 1) : rise * rise
    } else if isFirst {
      weight = k == 64 ? 0.5 : 1
    } else {
      let fall = cos(.pi / 2 * log2(Double(k) / 32))
      weight = fall * fall
    }
    return weight
  }
}

/// One octave: the two blocks about a sample, joined, as a table of the stretch that they share.
private final class Octave {
  static let bins = 16...64
  /// Points of a block's grid are at most this many, a power of two.
  private static let longestGrid = 13

  private let key: UInt64
  private let component: UInt32
  private let amplitudes: [ComplexNumber]
  /// Samples of half a block: a power of two.
  private let hop: Int64
  /// log2 of the samples from point to point.
  private let stepShift: Int64
  /// Points of half a block.
  private let halfGrid: Int
  private let transform: ComplexFourierTransform
  private let spectrum: AlignedBuffer
  /// Real parts of the blocks b1 - 1 and b1 on their grid.
  private var blocks: [AlignedBuffer]
  private var latest: Int64?
  /// The sum of both blocks times their windows, from three points before the stretch to four behind.
  private let table: AlignedBuffer
  private let deviates: AlignedBuffer

  private static let margin = 4

  init(number j: Int, key: UInt64, component: UInt32, amplitudes: [ComplexNumber]) {
    self.key = key
    self.component = component
    self.amplitudes = amplitudes
    hop = 64 << Int64(j)
    let gridShift = min(7 + j, Self.longestGrid)
    stepShift = Int64(7 + j - gridShift)
    let grid = 1 << gridShift
    halfGrid = grid / 2
    transform = ComplexFourierTransform.shared(length: grid)
    spectrum = AlignedBuffer(count: 2 * grid)
    blocks = [AlignedBuffer(count: 2 * grid), AlignedBuffer(count: 2 * grid)]
    table = AlignedBuffer(count: halfGrid + 2 * Self.margin)
    deviates = AlignedBuffer(count: 2 * Self.bins.count)
  }

  func add(firstSample: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    var done = 0
    while done < count {
      let sample = firstSample + Int64(done)
      // Floored: shifts of negative numbers round down.
      let stretch = sample >> Int64(hop.trailingZeroBitCount)
      prepare(stretch)
      let start = Int(sample - stretch * hop)
      let run = min(count - done, Int(hop) - start)
      addRun(from: start, count: run, to: output + done)
      done += run
    }
  }

  private func addRun(from start: Int, count: Int, to output: UnsafeMutablePointer<Double>) {
    let values = table.pointer + Self.margin
    guard stepShift > 0 else {
      for j in 0..<count { output[j] += values[start + j] }
      return
    }
    let step = 1 << Int(stepShift)
    var done = 0
    while done < count {
      let (cell, part) = ((start + done) >> Int(stepShift), (start + done) & (step - 1))
      let run = min(count - done, step - part)
      let c = InterpolatingPolynomial.through(values + cell)
      for j in 0..<run {
        let x = Double(part + j) / Double(step) - 0.5
        let even = ((c[6] * x * x + c[4]) * x * x + c[2]) * x * x + c[0]
        let odd = ((c[7] * x * x + c[5]) * x * x + c[3]) * x * x + c[1]
        output[done + j] += even + odd * x
      }
      done += run
    }
  }

  /// Fills the table of the stretch from the beginning of block `number` to the end of the one before it.
  private func prepare(_ number: Int64) {
    guard latest != number else { return }
    if latest == number - 1 {
      blocks.swapAt(0, 1)
    } else {
      fill(blocks[0], block: number - 1)
    }
    fill(blocks[1], block: number)
    latest = number
    let (early, late) = (blocks[0].pointer, blocks[1].pointer)
    let grid = 2 * halfGrid
    for point in -Self.margin..<halfGrid + Self.margin {
      let s = Double(point) / Double(grid)
      // Blocks are periodic, and their windows' formulas go on beyond their ends.
      let own = late[2 * ((point + grid) & (grid - 1))] * sin(.pi * s)
      table.pointer[point + Self.margin] = early[2 * ((point + halfGrid) & (grid - 1))] * cos(.pi * s) + own
    }
  }

  /// Σ_k A_k zeta_k exp(-2πi k s) at the points of the grid.
  private func fill(_ block: AlignedBuffer, block number: Int64) {
    let count = Self.bins.count
    NormalDeviates.fillComplex(
      real: UnsafeMutableBufferPointer(start: deviates.pointer, count: count),
      imaginary: UnsafeMutableBufferPointer(start: deviates.pointer + count, count: count),
      counter: SIMD4(0, 0, 0, RandomTag.cell), varying: .first,
      key: Philox.derive(key, tag: RandomTag.block, a: number, b: component))
    spectrum.pointer.update(repeating: 0, count: spectrum.count)
    for (index, k) in Self.bins.enumerated() {
      let value = amplitudes[index] * ComplexNumber(deviates.pointer[index], deviates.pointer[count + index])
      spectrum.pointer[2 * k] += value.real
      spectrum.pointer[2 * k + 1] += value.imaginary
    }
    transform.forward(spectrum.pointer, block.pointer)
  }
}

import CKernels
import Glibc

/// Sums S_j = Σ a_k exp(+2πi j x_k), j = 0 ... `highest`, of real numbers at any times, for all j at the cost of a Fourier
/// transform: the points are smeared over a regular grid, transformed, and the smearing is divided out.
///
/// The kernel is exp(β (sqrt(1 - z²) - 1)) over 16 cells of a grid of at least 1.75 times the length that the band needs
/// (Barnett, Magland and af Klinteberg, SIAM J. Sci. Comput. 41, C479, 2019): relative to Σ |a_k| the error is 1e-14.
public struct NonuniformTransform: Sendable {
  /// The largest j.
  public let highest: Int
  /// Cells of the grid.
  public let gridLength: Int

  /// - Parameter highest: the largest j, at least 1.
  public init(highest: Int) {
    precondition(highest >= 1, "a sum besides that of j = 0")
    self.highest = highest
    // Points keep to the middle half of the grid, so the kernel reaches neither end.
    gridLength = Self.smoothLength(atLeast: max(128, Int((3.5 * Double(highest)).rounded(.up))))
  }

  /// The smallest even number at least so large without prime factors above 5, whose transforms are fast.
  public static func smoothLength(atLeast length: Int) -> Int {
    var best = Int.max
    var five = 1
    while five < 2 * length {
      var odd = five
      while odd < 2 * length {
        var candidate = 2 * odd
        while candidate < length { candidate *= 2 }
        best = min(best, candidate)
        odd *= 3
      }
      five *= 5
    }
    return best
  }

  /// The sums.
  ///
  /// - Parameters:
  ///   - positions: x_k, |x_k| <= 1/4; sorted ones are faster.
  ///   - strengths: a_k.
  ///   - sums: receives `highest` + 1 complex numbers, interleaved.
  public func sums(positions: [Double], strengths: [Double], into sums: UnsafeMutablePointer<Double>) {
    precondition(positions.count == strengths.count, "a strength for every position")
    let grid = AlignedBuffer(count: gridLength)
    spread(positions, strengths, onto: grid.pointer)
    let transform = RealFourierTransform.shared(length: gridLength)
    let spectrum = AlignedBuffer(count: 2 * transform.spectrumLength)
    transform.forward(grid.pointer, spectrum.pointer)
    let correction = KernelCorrection(cells: 0.5 * Double(highest) / Double(gridLength) * 2)
    // The grid begins half a period before position 0, hence the sign; exp(+) is the conjugate of the transform's.
    let perIndex = 1 / Double(gridLength)
    for j in 0...highest {
      let factor = correction.factor(Double(j) * perIndex)
      let signed = j & 1 == 0 ? factor : -factor
      sums[2 * j] = signed * spectrum.pointer[2 * j]
      sums[2 * j + 1] = -signed * spectrum.pointer[2 * j + 1]
    }
  }

  private func spread(_ positions: [Double], _ strengths: [Double], onto grid: UnsafeMutablePointer<Double>) {
    let kernel = SpreadingKernel.shared
    let chunk = 4096
    let cells = AlignedBuffer(count: chunk)
    let (scale, centre) = (Double(gridLength), Double(gridLength / 2))
    let isa = gnomon_isa()
    for start in stride(from: 0, to: positions.count, by: chunk) {
      let count = min(chunk, positions.count - start)
      for k in 0..<count {
        precondition(abs(positions[start + k]) <= 0.25, "positions within a quarter of a period")
        cells.pointer[k] = centre + scale * positions[start + k]
      }
      strengths.withUnsafeBufferPointer { strengths in
        guard let base = strengths.baseAddress else { return }
        gnomon_spread(
          isa, cells.pointer, base + start, count, kernel.polynomials.pointer, Int32(SpreadingKernel.degree), grid)
      }
    }
  }
}

/// The kernel of the spreading, as polynomials for each of the cells that a point reaches.
private struct SpreadingKernel {
  static let width = Int(GNOMON_SPREAD_WIDTH)
  static let degree = 20
  /// Best for a grid of 1.75 times the length: 0.976 pi (1 - 1/3.5) cells.
  static let shape = 2.19 * Double(width)
  static let shared = SpreadingKernel()

  let polynomials: AlignedBuffer

  /// Its value at a distance in half widths.
  static func value(_ z: Double) -> Double {
    abs(z) < 1 ? exp(shape * ((1 - z * z).squareRoot() - 1)) : 0
  }

  private init() {
    let (width, degree) = (Self.width, Self.degree)
    polynomials = AlignedBuffer(count: (degree + 1) * width)
    for cell in 0..<width {
      let powers = monomials(degree: degree) { x in
        // The point is at (x + 1)/2 in its cell; this cell is `cell - 7` from there.
        Self.value((Double(cell - (width / 2 - 1)) - 0.5 * (x + 1)) / (0.5 * Double(width)))
      }
      for power in 0...degree { polynomials.pointer[(degree - power) * width + cell] = powers[power] }
    }
  }
}

/// One over the Fourier transform of the kernel, a smooth even function.
private struct KernelCorrection {
  private static let degree = 14
  private let powers: [Double]
  private let scale: Double

  /// - Parameter cells: the largest frequency asked for, in cycles per cell.
  init(cells limit: Double) {
    scale = 2 / (limit * limit)
    let rule = GaussLegendre(count: 48)
    let half = 0.5 * Double(SpreadingKernel.width)
    let samples = zip(rule.nodes, rule.weights).map { (half * $0, half * $1 * SpreadingKernel.value($0)) }
    powers = monomials(degree: Self.degree) { x in
      let frequency = limit * (0.5 * (x + 1)).squareRoot()
      return 1 / samples.reduce(0) { $0 + $1.1 * cos(2 * .pi * frequency * $1.0) }
    }
  }

  @inline(__always)
  func factor(_ frequency: Double) -> Double {
    let x = frequency * frequency * scale - 1
    return powers.withUnsafeBufferPointer { powers in
      var sum = powers[Self.degree]
      for power in stride(from: Self.degree - 1, through: 0, by: -1) { sum = sum * x + powers[power] }
      return sum
    }
  }
}

/// The polynomial on -1 ... 1 that meets a function at Chebyshev's points, lowest power first.
private func monomials(degree: Int, _ function: (Double) -> Double) -> [Double] {
  let count = degree + 1
  let values = (0..<count).map { function(cos(.pi * (Double($0) + 0.5) / Double(count))) }
  var result = [Double](repeating: 0, count: count)
  // T_(n-1) and T_n as powers.
  var (previous, current) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
  current[0] = 1
  for n in 0..<count {
    var coefficient = 0.0
    for (k, value) in values.enumerated() {
      coefficient += value * cos(.pi * Double(n) * (Double(k) + 0.5) / Double(count))
    }
    coefficient *= (n == 0 ? 1 : 2) / Double(count)
    for power in 0..<count { result[power] += coefficient * current[power] }
    var next = [Double](repeating: 0, count: count)
    for power in 0..<degree { next[power + 1] = (n == 0 ? 1 : 2) * current[power] }
    for power in 0..<count { next[power] -= previous[power] }
    if n == 0 {
      next = [Double](repeating: 0, count: count)
      if count > 1 { next[1] = 1 }
    }
    (previous, current) = (current, next)
  }
  return result
}

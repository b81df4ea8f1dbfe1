/// Polynomials of degree seven through eight even points, for Lagrange interpolation at many instants between the middle
/// two (vector-network section 9.5).
public enum InterpolatingPolynomial {
  /// Coefficient k of the polynomial that is one at point i and zero at the others, at [k][i]; the points lie at -3.5,
  /// -2.5, ... 3.5.
  static let coefficients: [SIMD8<Double>] = {
    var rows = [SIMD8<Double>](repeating: SIMD8(), count: 8)
    for i in 0..<8 {
      var polynomial = [1.0]
      for j in 0..<8 where j != i {
        let node = Double(j) - 3.5
        // Times (x - node)/(i - j).
        var product = [Double](repeating: 0, count: polynomial.count + 1)
        for (power, value) in polynomial.enumerated() {
          product[power + 1] += value
          product[power] -= node * value
        }
        polynomial = product.map { $0 / Double(i - j) }
      }
      for k in 0..<8 { rows[k][i] = polynomial[k] }
    }
    return rows
  }()

  /// The coefficients, lowest power first, of the polynomial in x = -0.5 ... 0.5 between `values[0]` and `values[1]`; reads
  /// `values[-3]` to `values[4]`.
  @inline(__always)
  public static func through(_ values: UnsafePointer<Double>) -> SIMD8<Double> {
    var points = SIMD8<Double>()
    for i in 0..<8 { points[i] = values[i - 3] }
    var result = SIMD8<Double>()
    for (k, row) in coefficients.enumerated() { result[k] = (row * points).sum() }
    return result
  }

  /// Adds Re[phasor(j) p(position(j) - origin)] to the output.
  ///
  /// - Parameters:
  ///   - real: eight coefficients of the real part of p, lowest power first.
  ///   - imaginary: of the imaginary part.
  @inline(__always)
  static func addProjection(
    real: UnsafePointer<Double>, imaginary: UnsafePointer<Double>, positions: UnsafePointer<Double>, origin: Double,
    phasorReal: UnsafePointer<Double>, phasorImaginary: UnsafePointer<Double>, count: Int,
    to output: UnsafeMutablePointer<Double>
  ) {
    let (a0, a1, a2, a3) = (real[0], real[1], real[2], real[3])
    let (a4, a5, a6, a7) = (real[4], real[5], real[6], real[7])
    let (b0, b1, b2, b3) = (imaginary[0], imaginary[1], imaginary[2], imaginary[3])
    let (b4, b5, b6, b7) = (imaginary[4], imaginary[5], imaginary[6], imaginary[7])
    for j in 0..<count {
      let x = positions[j] - origin
      let u = ((((((a7 * x + a6) * x + a5) * x + a4) * x + a3) * x + a2) * x + a1) * x + a0
      let v = ((((((b7 * x + b6) * x + b5) * x + b4) * x + b3) * x + b2) * x + b1) * x + b0
      output[j] += phasorReal[j] * u - phasorImaginary[j] * v
    }
  }

  /// Adds phasor(j) p(position(j) - origin), real and imaginary part side by side; arguments as `addProjection`.
  @inline(__always)
  static func addProduct(
    real: UnsafePointer<Double>, imaginary: UnsafePointer<Double>, positions: UnsafePointer<Double>, origin: Double,
    phasorReal: UnsafePointer<Double>, phasorImaginary: UnsafePointer<Double>, count: Int,
    to output: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<count {
      let x = positions[j] - origin
      var (u, v) = (real[7], imaginary[7])
      for k in (0..<7).reversed() { (u, v) = (u * x + real[k], v * x + imaginary[k]) }
      output[2 * j] += phasorReal[j] * u - phasorImaginary[j] * v
      output[2 * j + 1] += phasorReal[j] * v + phasorImaginary[j] * u
    }
  }
}

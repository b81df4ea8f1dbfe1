import Numerics

/// The nine elements of a field's two-point tensor S_ij at one frequency or speed (vector-network section 0).
///
/// The first index belongs to place 1, and the separation is x_1 - x_2.
public struct CrossSpectralTensor: Hashable, Sendable {
  /// A real 3 x 3 matrix by its rows.
  public struct Rows: Hashable, Sendable {
    public var x, y, z: SIMD3<Double>

    public init(_ x: SIMD3<Double> = SIMD3(), _ y: SIMD3<Double> = SIMD3(), _ z: SIMD3<Double> = SIMD3()) {
      (self.x, self.y, self.z) = (x, y, z)
    }

    /// The product with a column.
    func times(_ vector: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3(dot(x, vector), dot(y, vector), dot(z, vector))
    }
  }

  public var real: Rows
  public var imaginary: Rows

  public init(real: Rows = Rows(), imaginary: Rows = Rows()) {
    self.real = real
    self.imaginary = imaginary
  }

  /// A tensor from its contraction with two unit vectors, l_1i S_ij l_2j.
  public init(_ contraction: (_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> ComplexNumber) {
    let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    func row(_ first: SIMD3<Double>) -> (real: SIMD3<Double>, imaginary: SIMD3<Double>) {
      let elements = (contraction(first, axes[0]), contraction(first, axes[1]), contraction(first, axes[2]))
      return (
        SIMD3(elements.0.real, elements.1.real, elements.2.real),
        SIMD3(elements.0.imaginary, elements.1.imaginary, elements.2.imaginary)
      )
    }
    let (x, y, z) = (row(axes[0]), row(axes[1]), row(axes[2]))
    real = Rows(x.real, y.real, z.real)
    imaginary = Rows(x.imaginary, y.imaginary, z.imaginary)
  }

  /// The tensor of an isotropic field.
  ///
  /// - Parameters:
  ///   - coefficients: at z = |p||x|.
  ///   - baseline: unit vector along x_1 - x_2; zero at one place.
  public init(_ coefficients: TwoPointTensor.Coefficients, baseline: SIMD3<Double>) {
    func row(_ i: Int) -> SIMD3<Double> {
      SIMD3(
        coefficients.element(i, 0, baseline: baseline), coefficients.element(i, 1, baseline: baseline),
        coefficients.element(i, 2, baseline: baseline))
    }
    real = Rows(row(0), row(1), row(2))
    imaginary = Rows()
  }

  /// S_ij c_j*, a complex vector.
  public func timesConjugate(of vector: ComplexVector) -> ComplexVector {
    ComplexVector(
      real.times(vector.real) + imaginary.times(vector.imaginary),
      imaginary.times(vector.real) - real.times(vector.imaginary))
  }

  /// a_i S_ij b_j*, the cross spectrum of two sensors, which may be circular (section 3).
  public func contraction(_ first: ComplexVector, _ second: ComplexVector) -> ComplexNumber {
    timesConjugate(of: second).dot(first)
  }

  /// The sum of the diagonal elements' real parts: at one place the power of the whole vector.
  public var trace: Double { real.x.x + real.y.y + real.z.z }

  public static func + (a: CrossSpectralTensor, b: CrossSpectralTensor) -> CrossSpectralTensor {
    CrossSpectralTensor(
      real: Rows(a.real.x + b.real.x, a.real.y + b.real.y, a.real.z + b.real.z),
      imaginary: Rows(a.imaginary.x + b.imaginary.x, a.imaginary.y + b.imaginary.y, a.imaginary.z + b.imaginary.z))
  }

  public static func * (factor: Double, tensor: CrossSpectralTensor) -> CrossSpectralTensor {
    CrossSpectralTensor(
      real: Rows(factor * tensor.real.x, factor * tensor.real.y, factor * tensor.real.z),
      imaginary: Rows(factor * tensor.imaginary.x, factor * tensor.imaginary.y, factor * tensor.imaginary.z))
  }
}

import Glibc

/// A complex number of two doubles, real part first: in memory the layout of C, FFTW, LAPACK and numpy.
@frozen
public struct ComplexNumber: Sendable, Hashable, Codable {
  public var real: Double
  public var imaginary: Double

  /// real + i imaginary.
  @inlinable
  public init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  /// magnitude exp(i phase), the phase in radians.
  public init(magnitude: Double, phase: Double) {
    self.init(magnitude * cos(phase), magnitude * sin(phase))
  }

  public static let zero = ComplexNumber(0, 0)
  public static let one = ComplexNumber(1, 0)
  /// The imaginary unit.
  public static let i = ComplexNumber(0, 1)

  /// real - i imaginary.
  @inlinable public var conjugate: ComplexNumber { ComplexNumber(real, -imaginary) }
  /// The square of the magnitude; cheaper than the magnitude.
  @inlinable public var magnitudeSquared: Double { real * real + imaginary * imaginary }
  /// The magnitude, without overflow on the way.
  public var magnitude: Double { hypot(real, imaginary) }
  /// The phase in radians, from -pi to pi; zero for zero.
  public var phase: Double { atan2(imaginary, real) }

  @inlinable
  public static func + (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(a.real + b.real, a.imaginary + b.imaginary)
  }

  @inlinable
  public static func - (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(a.real - b.real, a.imaginary - b.imaginary)
  }

  @inlinable
  public static prefix func - (a: ComplexNumber) -> ComplexNumber {
    ComplexNumber(-a.real, -a.imaginary)
  }

  @inlinable
  public static func * (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  @inlinable
  public static func * (a: Double, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(a * b.real, a * b.imaginary)
  }

  @inlinable
  public static func * (a: ComplexNumber, b: Double) -> ComplexNumber {
    ComplexNumber(a.real * b, a.imaginary * b)
  }

  @inlinable
  public static func / (a: ComplexNumber, b: Double) -> ComplexNumber {
    ComplexNumber(a.real / b, a.imaginary / b)
  }

  /// Quotient by Smith's method: the divisor is scaled by its larger part, so its square cannot overflow.
  public static func / (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    if abs(b.real) >= abs(b.imaginary) {
      let ratio = b.imaginary / b.real
      let scale = b.real + b.imaginary * ratio
      return ComplexNumber((a.real + a.imaginary * ratio) / scale, (a.imaginary - a.real * ratio) / scale)
    }
    let ratio = b.real / b.imaginary
    let scale = b.real * ratio + b.imaginary
    return ComplexNumber((a.real * ratio + a.imaginary) / scale, (a.imaginary * ratio - a.real) / scale)
  }

  @inlinable
  public static func += (a: inout ComplexNumber, b: ComplexNumber) {
    a = a + b
  }

  @inlinable
  public static func -= (a: inout ComplexNumber, b: ComplexNumber) {
    a = a - b
  }

  @inlinable
  public static func *= (a: inout ComplexNumber, b: ComplexNumber) {
    a = a * b
  }

  @inlinable
  public static func *= (a: inout ComplexNumber, b: Double) {
    a = a * b
  }
}

extension ComplexNumber: CustomStringConvertible {
  public var description: String { "\(real) \(imaginary < 0 ? "-" : "+") \(abs(imaginary)) i" }
}

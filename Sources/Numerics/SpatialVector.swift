import Glibc

/// The scalar product of two vectors of space.
@inlinable
public func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
  a.x * b.x + a.y * b.y + a.z * b.z
}

/// The vector product of two vectors of space.
@inlinable
public func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// The length of a vector of space, without overflow or underflow on the way.
public func length(_ vector: SIMD3<Double>) -> Double {
  hypot(hypot(vector.x, vector.y), vector.z)
}

/// The unit vector along a vector of space of any finite length; nil for a vector without a length.
public func unitVector(_ vector: SIMD3<Double>) -> SIMD3<Double>? {
  let largest = max(abs(vector.x), abs(vector.y), abs(vector.z))
  guard largest > 0, largest.isFinite else { return nil }
  let scaled = SIMD3(vector.x / largest, vector.y / largest, vector.z / largest)
  return scaled / dot(scaled, scaled).squareRoot()
}

/// A vector of space with complex components; its products are bilinear, without conjugation.
public struct ComplexVector: Hashable, Sendable {
  public var real: SIMD3<Double>
  public var imaginary: SIMD3<Double>

  /// real + i imaginary.
  public init(_ real: SIMD3<Double>, _ imaginary: SIMD3<Double> = SIMD3()) {
    self.real = real
    self.imaginary = imaginary
  }

  /// The product with a real vector.
  public func dot(_ vector: SIMD3<Double>) -> ComplexNumber {
    ComplexNumber(Numerics.dot(vector, real), Numerics.dot(vector, imaginary))
  }

  /// The sum of the products of components, not of one with the conjugate of the other.
  public func dot(_ other: ComplexVector) -> ComplexNumber {
    ComplexNumber(
      Numerics.dot(real, other.real) - Numerics.dot(imaginary, other.imaginary),
      Numerics.dot(real, other.imaginary) + Numerics.dot(imaginary, other.real))
  }

  /// The vector product of a real vector, on the left, with this one.
  public func crossed(from vector: SIMD3<Double>) -> ComplexVector {
    ComplexVector(cross(vector, real), cross(vector, imaginary))
  }
}

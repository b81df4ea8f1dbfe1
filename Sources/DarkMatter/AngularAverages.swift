import Glibc
import Numerics

/// Averages of exp(k.p̂) and its moments over the directions p̂, for a complex vector k (vector-network section 5.5):
/// ⟨e⟩ = a_0, ⟨p̂ e⟩ = k a_1, ⟨p̂_i p̂_j e⟩ = δ_ij a_1 + k_i k_j a_2, all times exp(-Re κ), κ² = k.k.
///
/// a_n is the n-th modified spherical Bessel function over κ^n; the three are even in κ and finite at zero.
struct AngularAverages: Sendable {
  let order0: ComplexNumber
  let order1: ComplexNumber
  let order2: ComplexNumber
  /// |Re k| - Re κ >= 0, to the last digits also where both are large.
  let deficit: Double

  /// - Parameters:
  ///   - wind: Re k.
  ///   - phase: Im k.
  init(wind: SIMD3<Double>, phase: SIMD3<Double>) {
    let (windLength, phaseLength) = (length(wind), length(phase))
    let root = Self.squareRoot(
      ComplexNumber((windLength - phaseLength) * (windLength + phaseLength), 2 * dot(wind, phase)))
    // Re κ <= |Re k|, and the deficit is a difference of large numbers only when Re κ is large.
    if root.real > windLength / 2 {
      let along = dot(wind, phase) / windLength
      let across = cross(wind / windLength, phase)
      let realSquare = root.real * root.real
      deficit = dot(across, across) * realSquare / ((realSquare + along * along) * (windLength + root.real))
    } else {
      deficit = windLength - root.real
    }

    let square = root * root
    if root.magnitudeSquared < 4 {
      // Here the closed forms lose digits.
      let scale = exp(-root.real)
      order0 = scale * Self.series(square, order: 0)
      order1 = scale * Self.series(square, order: 1)
      order2 = scale * Self.series(square, order: 2)
      return
    }
    let reflected = exp(-2 * root.real)
    let (cosine, sine) = (cos(root.imaginary) / 2, sin(root.imaginary) / 2)
    let hyperbolicSine = ComplexNumber(-cosine * expm1(-2 * root.real), sine * (1 + reflected))
    let hyperbolicCosine = ComplexNumber(cosine * (1 + reflected), -sine * expm1(-2 * root.real))
    order0 = hyperbolicSine / root
    order1 = (hyperbolicCosine - order0) / square
    order2 = (order0 - 3 * order1) / square
  }

  /// a_n = sum over m of (κ²/2)^m/(m! (2n + 2m + 1)!!).
  private static func series(_ square: ComplexNumber, order: Int) -> ComplexNumber {
    var term = ComplexNumber(order == 0 ? 1 : order == 1 ? 1.0 / 3 : 1.0 / 15)
    var sum = term
    // The terms fall faster than 2^m/(m! (2m + 1)!!): eighteen leave less than 1e-30.
    for m in 1...18 {
      term = term * square * (0.5 / Double(m * (2 * order + 2 * m + 1)))
      sum += term
      if abs(term.real) + abs(term.imaginary) < 1e-18 * (abs(sum.real) + abs(sum.imaginary)) { break }
    }
    return sum
  }

  /// The square root with a real part of at least zero, of full accuracy in both parts.
  private static func squareRoot(_ number: ComplexNumber) -> ComplexNumber {
    let larger = ((number.magnitude + abs(number.real)) / 2).squareRoot()
    guard larger > 0 else { return .zero }
    let smaller = number.imaginary / (2 * larger)
    return number.real >= 0
      ? ComplexNumber(larger, smaller)
      : ComplexNumber(abs(smaller), number.imaginary < 0 ? -larger : larger)
  }
}

import Glibc
import Numerics

/// The two-point densities of a halo field at one speed, that is at one frequency (section 5.5, (49)).
///
/// All are per unit of speed; times dv/df and the prefactor of section 5.4 they are cross spectra.
public struct HaloSpectrum: Sendable {
  /// 4π v² (π v_vir²)^(-3/2) exp(-(v² + v̄²)/v_vir²) exp(Re κ), in 1/u.
  let weight: Double
  let speed: Double
  /// k = 2 v v̄/v_vir² + i v X.
  let vector: ComplexVector
  /// i0, a1, a2, times exp(-Re κ).
  let functions: AngularAverages

  /// The densities of a halo at a speed.
  ///
  /// - Parameters:
  ///   - halo: the velocities.
  ///   - speed: v > 0, in u.
  ///   - separation: X = m (x_1 - x_2), in 1/u.
  public init(_ halo: HaloModel, speed: Double, separation: SIMD3<Double>) {
    let virial = halo.virialSpeed
    let wind = (2 * (speed / virial)) * (halo.meanVelocity / virial)
    let phase = speed * separation
    let (windLength, phaseLength) = (length(wind), length(phase))
    let root = Self.squareRoot(
      ComplexNumber((windLength - phaseLength) * (windLength + phaseLength), 2 * dot(wind, phase)))

    // Re κ <= |2 v v̄/v_vir²|, and the deficit is a difference of large numbers only when Re κ is large.
    var deficit = windLength - root.real
    if root.real > windLength / 2 {
      let along = dot(wind, phase) / windLength
      let across = cross(wind / windLength, phase)
      let realSquare = root.real * root.real
      deficit = dot(across, across) * realSquare / ((realSquare + along * along) * (windLength + root.real))
    }
    let offset = (speed - length(halo.meanVelocity)) / virial
    let ratio = speed / virial
    weight = 4 / Double.pi.squareRoot() * ratio * ratio / virial * exp(-offset * offset - deficit)
    self.speed = speed
    vector = ComplexVector(wind, phase)
    functions = AngularAverages(root)
  }

  /// l_1i M_ij l_2j, per unit of speed.
  ///
  /// - Parameters:
  ///   - coupling: scalar and electric dipole are in 1/u, axion gradient and magnetic dipole in u.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func contraction(
    _ coupling: HaloCoupling, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    guard weight != 0 else { return .zero }
    let parallel = dot(first, second)
    switch coupling {
    case .scalar: return functions.order0 * (weight * parallel)
    case .electricDipole: return functions.order0 * (weight * parallel / 3)
    case .axionGradient:
      let along = vector.dot(first) * vector.dot(second)
      return (functions.order1 * parallel + functions.order2 * along) * (weight * speed * speed)
    case .magneticDipole:
      // δ i0 - nn with i0 = 3 a1 + κ² a2; the vector products keep the digits when l is along the wind.
      let across = vector.crossed(from: first).dot(vector.crossed(from: second))
      return (functions.order1 * (2 * parallel) + functions.order2 * across) * (weight * speed * speed / 3)
    }
  }

  /// l_1i V_ij l_2j of net helicity, for a mode weight N of one; in 1/u.
  ///
  /// - Parameters: unit directions of the sensors.
  public func stokesV(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> ComplexNumber {
    guard weight != 0 else { return .zero }
    return ComplexNumber(0, -0.5 * weight) * vector.dot(cross(first, second)) * functions.order1
  }

  /// l_1i M_ij l_2j of a magnetic dipole with unequal shares of the helicities; in u.
  ///
  /// - Parameters:
  ///   - rightHanded: P_R, the share of helicity +1.
  ///   - leftHanded: P_Lh; 1/3 both is the magnetic dipole of `contraction`.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func magneticDipole(
    rightHanded: Double, leftHanded: Double, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    contraction(.magneticDipole, first, second) * (1.5 * (rightHanded + leftHanded))
      + stokesV(first, second) * ((rightHanded - leftHanded) * speed * speed)
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

/// Averages over the sky of exp(κ cos θ) and its moments, scaled: a_n(κ) exp(-Re κ) of section 5.5.
///
/// a_n is the n-th modified spherical Bessel function over κ^n; the three are even in κ and finite at zero.
struct AngularAverages: Sendable {
  let order0: ComplexNumber
  let order1: ComplexNumber
  let order2: ComplexNumber

  /// - Parameter root: κ, Re κ >= 0.
  init(_ root: ComplexNumber) {
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
}

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
    functions = AngularAverages(wind: wind, phase: phase)
    let offset = (speed - length(halo.meanVelocity)) / virial
    let ratio = speed / virial
    weight = 4 / Double.pi.squareRoot() * ratio * ratio / virial * exp(-offset * offset - functions.deficit)
    self.speed = speed
    vector = ComplexVector(wind, phase)
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
}

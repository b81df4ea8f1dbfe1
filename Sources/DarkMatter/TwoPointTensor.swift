import Numerics

/// The two-point tensors of an isotropic vector field, Γ_ij(x) with x = x_1 - x_2 (vector-network section 5.1).
///
/// All are real. At zero separation the longitudinal and transverse ones are δ_ij/3 and the chiral one vanishes.
public enum TwoPointTensor: Hashable, Sendable, CaseIterable {
  /// S: a field whose components are independent, δ_ij j0.
  case scalar
  /// L: the longitudinal mode.
  case longitudinal
  /// I: one transverse mode, unpolarised; the two together are twice this.
  case transverse
  /// V: what net helicity adds; helicity +1 is I + V, helicity -1 is I - V.
  case chirality

  /// A tensor as delta δ_ij + axial x̂_i x̂_j + antisymmetric ε_ijk x̂_k.
  public struct Coefficients: Hashable, Sendable {
    public var delta: Double
    public var axial: Double
    public var antisymmetric: Double

    public init(delta: Double = 0, axial: Double = 0, antisymmetric: Double = 0) {
      self.delta = delta
      self.axial = axial
      self.antisymmetric = antisymmetric
    }

    /// Γ_ij l_1i l_2j.
    ///
    /// - Parameters:
    ///   - baseline: unit vector from sensor 2 to sensor 1; anything, also zero, when they are at one place.
    ///   - first: direction of sensor 1.
    ///   - second: direction of sensor 2.
    public func contraction(
      baseline: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
    ) -> Double {
      let cross = SIMD3(
        first.y * second.z - first.z * second.y, first.z * second.x - first.x * second.z,
        first.x * second.y - first.y * second.x)
      return delta * (first * second).sum() + axial * (first * baseline).sum() * (second * baseline).sum()
        + antisymmetric * (cross * baseline).sum()
    }

    /// Element ij, the first index belonging to sensor 1.
    public func element(_ i: Int, _ j: Int, baseline: SIMD3<Double>) -> Double {
      // The product of the two components first: symmetric to the last bit.
      let projector = baseline[i] * baseline[j]
      if i == j { return delta + axial * projector }
      let third = 3 - i - j
      let sign: Double = (j - i + 3) % 3 == 1 ? 1 : -1
      return axial * projector + sign * antisymmetric * baseline[third]
    }
  }

  /// The coefficients at z = |p||x|.
  public func coefficients(z: Double) -> Coefficients {
    let j0 = SphericalBessel.j0(z)
    switch self {
    case .scalar: return Coefficients(delta: j0)
    case .longitudinal: return Coefficients(delta: SphericalBessel.j1OverArgument(z), axial: -SphericalBessel.j2(z))
    case .transverse:
      return Coefficients(delta: (j0 - SphericalBessel.j1OverArgument(z)) / 2, axial: SphericalBessel.j2(z) / 2)
    case .chirality: return Coefficients(antisymmetric: SphericalBessel.j1(z) / 2)
    }
  }

  /// Γ_ij(x) l_1i l_2j, the correlation of two sensors.
  ///
  /// - Parameters:
  ///   - z: wavenumber times distance.
  ///   - baseline: unit vector from sensor 2 to sensor 1; of no matter at z = 0.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func contraction(
    z: Double, baseline: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> Double {
    coefficients(z: z).contraction(baseline: baseline, first, second)
  }

  /// The rows of Γ: `matrix[i][j]`, the first index belonging to sensor 1.
  ///
  /// - Parameters: as `contraction`.
  public func matrix(z: Double, baseline: SIMD3<Double>) -> [SIMD3<Double>] {
    let coefficients = coefficients(z: z)
    return (0..<3).map { i in
      SIMD3(
        coefficients.element(i, 0, baseline: baseline), coefficients.element(i, 1, baseline: baseline),
        coefficients.element(i, 2, baseline: baseline))
    }
  }
}

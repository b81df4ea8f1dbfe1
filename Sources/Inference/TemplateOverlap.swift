import DarkMatter
import Numerics

/// The overlap ρ_AB = <A,B>/sqrt(<A,A><B,B>) of the cross-spectral matrices of two templates (vector-network section 8).
///
/// <A,B> is the sum of Re(S^A_IJ S^B_IJ*) over all ordered pairs, equal noise. A network expects to prefer B to A, when
/// B is true, by Θ_B (1 - ρ²).
public enum TemplateOverlap {
  /// The overlap of two matrices of a network.
  ///
  /// - Parameters: elements of the two n x n matrices in the same order.
  /// - Throws: `ForecastError.vanishingTemplate` when all elements of one are zero.
  public static func between(_ a: [ComplexNumber], _ b: [ComplexNumber]) throws(ForecastError) -> Double {
    let (squareA, squareB) = (product(a, a), product(b, b))
    guard squareA > 0, squareB > 0 else { throw .vanishingTemplate }
    return product(a, b) / (squareA.squareRoot() * squareB.squareRoot())
  }

  /// The elements of an isotropic field's tensor for all ordered pairs of sensors; row by row.
  ///
  /// - Parameters:
  ///   - tensor: the coefficients as a function of z = |p||x|.
  ///   - directions: l_I, unit vectors.
  ///   - positions: x_I in m, as many.
  ///   - wavenumber: p/ħ in rad/m.
  public static func isotropic(
    _ tensor: (Double) -> TwoPointTensor.Coefficients, directions: [SIMD3<Double>], positions: [SIMD3<Double>],
    wavenumber: Double
  ) -> [ComplexNumber] {
    precondition(directions.count == positions.count, "a position for each direction")
    var elements: [ComplexNumber] = []
    for i in directions.indices {
      for j in directions.indices {
        let separation = positions[i] - positions[j]
        let coefficients = tensor(wavenumber * length(separation))
        let value = coefficients.contraction(
          baseline: unitVector(separation) ?? SIMD3(), directions[i], directions[j])
        // Sensors in one plane with their baseline leave a rounding error where the chiral part is zero.
        let scale = abs(coefficients.delta) + abs(coefficients.axial) + abs(coefficients.antisymmetric)
        elements.append(ComplexNumber(abs(value) < 1e-15 * scale ? 0 : value))
      }
    }
    return elements
  }

  /// The elements of a halo's frequency-integrated equal-time matrix for all ordered pairs of sensors; row by row.
  ///
  /// - Parameters:
  ///   - coupling: which matrix.
  ///   - halo: the velocities, in any unit u.
  ///   - directions: l_I, unit vectors.
  ///   - positions: m x_I in 1/u, as many.
  public static func halo(
    _ coupling: HaloCoupling, _ halo: HaloModel, directions: [SIMD3<Double>], positions: [SIMD3<Double>]
  ) -> [ComplexNumber] {
    precondition(directions.count == positions.count, "a position for each direction")
    // In units of v_vir no square can underflow.
    let scaled = HaloModel(meanVelocity: halo.meanVelocity / halo.virialSpeed, virialSpeed: 1)
    return directions.indices.flatMap { i in
      directions.indices.map { j in
        HaloCorrelation(scaled, separation: halo.virialSpeed * (positions[i] - positions[j]))
          .contraction(coupling, directions[i], directions[j])
      }
    }
  }

  private static func product(_ a: [ComplexNumber], _ b: [ComplexNumber]) -> Double {
    precondition(a.count == b.count, "matrices of one size")
    return zip(a, b).reduce(0) { $0 + $1.0.real * $1.1.real + $1.0.imaginary * $1.1.imaginary }
  }
}

import DarkMatter
import Glibc
import Numerics

/// What a network can say about a cold stream of plane waves before it measures (vector-network section 6).
///
/// S_IJ = A(f) Γ_IJ with Γ of one longitudinal or of the unpolarised transverse modes; `strength` is
/// K = T ∫ df [A/N]², and the noise of sensor I is b_I times N.
public struct StreamForecast: Sendable {
  /// The modes of a stream that the forecast knows.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    case longitudinal
    /// P_R + P_L = 1, no net helicity.
    case transverse
  }

  public var mode: Mode
  /// l_I, unit vectors.
  public var directions: [SIMD3<Double>]
  /// x_I in m.
  public var positions: [SIMD3<Double>]
  /// p/ħ in rad/m.
  public var wavenumber: Double
  /// K.
  public var strength: Double

  /// - Precondition: as many positions as directions.
  public init(
    mode: Mode, directions: [SIMD3<Double>], positions: [SIMD3<Double>], wavenumber: Double, strength: Double = 1
  ) {
    precondition(directions.count == positions.count, "a position for each direction")
    self.mode = mode
    self.directions = directions
    self.positions = positions
    self.wavenumber = wavenumber
    self.strength = strength
  }

  /// l_I.M.l_J, the correlation without the phase of the baseline.
  public static func polarization(
    _ mode: Mode, direction: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> Double {
    let tensor = StreamTensor(direction: direction)
    return mode == .longitudinal ? tensor.longitudinal(first, second) : tensor.transverse(first, second)
  }

  /// Θ(Ω given Ω_t) = K sum over all ordered pairs of [2 Re(Γ Γ^t*) - |Γ|²].
  ///
  /// - Parameters:
  ///   - template: Ω, the unit vector of propagation of the template.
  ///   - truth: Ω_t, that of the stream.
  public func testStatistic(template: SIMD3<Double>, truth: SIMD3<Double>) -> Double {
    let difference = template - truth
    var sum = 0.0
    for i in directions.indices {
      for j in directions.indices {
        let expected = Self.polarization(mode, direction: template, directions[i], directions[j])
        let found = Self.polarization(mode, direction: truth, directions[i], directions[j])
        let phase = wavenumber * dot(difference, positions[i] - positions[j])
        sum += expected * (2 * found * cos(phase) - expected)
      }
    }
    return strength * sum
  }

  /// ΔΩ = 2π sqrt(det Cov) of the direction in its tangent plane, (69), in sr.
  ///
  /// - Parameters:
  ///   - direction: Ω, the unit vector of propagation.
  ///   - relativeNoise: b_I, one for each sensor; nil for all 1.
  ///   - fitsAmplitude: whether ln A is fitted too.
  /// - Throws: `ForecastError.singularFisherMatrix` when its condition number is above 1e12.
  public func solidAngle(
    direction: SIMD3<Double>, relativeNoise: [Double]? = nil, fitsAmplitude: Bool = false
  ) throws -> Double {
    let columns = derivatives(direction: direction, relativeNoise: relativeNoise, fitsAmplitude: fitsAmplitude)
    let parameters = columns.count
    var fisher = RealMatrix(rows: parameters, columns: parameters)
    for a in 0..<parameters {
      for b in 0...a {
        fisher[a, b] = scalarProduct(columns[a], columns[b])
        fisher[b, a] = fisher[a, b]
      }
    }
    let eigenvalues = try SymmetricEigensystem(of: fisher).values
    guard let smallest = eigenvalues.first, let largest = eigenvalues.last, smallest * 1e12 >= largest, smallest > 0
    else { throw ForecastError.singularFisherMatrix }

    // F = J^T J: orthogonal columns keep twice the digits that the determinant of F would. Those of the direction come
    // last, so what is left of them is the information when all others are fitted.
    var orthogonal = columns
    for a in 0..<parameters {
      for b in 0..<a {
        let share = scalarProduct(orthogonal[b], orthogonal[a]) / scalarProduct(orthogonal[b], orthogonal[b])
        for row in orthogonal[a].indices { orthogonal[a][row] -= share * orthogonal[b][row] }
      }
    }
    let information = orthogonal.suffix(2).map { scalarProduct($0, $0).squareRoot() }.reduce(1, *)
    return 2 * Double.pi / strength / information
  }

  /// The derivatives of Γ_IJ/sqrt(b_I b_J) with [ln A and] two tangent directions, real and imaginary parts of every
  /// pair, in units of the phase factor, of which Re[d_a Γ d_b Γ*] is free.
  private func derivatives(
    direction: SIMD3<Double>, relativeNoise: [Double]?, fitsAmplitude: Bool
  ) -> [[Double]] {
    let (first, second) = tangentBasis(direction)
    var amplitude: [Double] = []
    var tangents: [[Double]] = [[], []]
    for i in directions.indices {
      for j in directions.indices {
        var weight = 1.0
        if let noise = relativeNoise { weight = 1 / (noise[i].squareRoot() * noise[j].squareRoot()) }
        let (left, right) = (directions[i], directions[j])
        let value = weight * Self.polarization(mode, direction: direction, left, right)
        let separation = positions[i] - positions[j]
        amplitude += [value, 0]
        for (index, tangent) in [first, second].enumerated() {
          let change = dot(left, tangent) * dot(right, direction) + dot(left, direction) * dot(right, tangent)
          tangents[index] += [
            weight * (mode == .longitudinal ? change : -change / 2), wavenumber * dot(separation, tangent) * value,
          ]
        }
      }
    }
    return (fitsAmplitude ? [amplitude] : []) + tangents
  }

  /// The angle to the baseline that one long baseline resolves, 1/(sqrt(2K) |Γ_12| p d sin θ), (71)-(72), in rad.
  ///
  /// - Parameters:
  ///   - mode: the mode.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  ///   - direction: Ω, the unit vector of propagation.
  ///   - baseline: unit vector along x_1 - x_2.
  ///   - phaseLength: p d > 0 in rad.
  ///   - strength: K.
  /// - Throws: `ForecastError.insensitiveBaseline` when |Γ_12 sin θ| < 1e-14.
  public static func baselineResolution(
    mode: Mode, _ first: SIMD3<Double>, _ second: SIMD3<Double>, direction: SIMD3<Double>, baseline: SIMD3<Double>,
    phaseLength: Double, strength: Double = 1
  ) throws(ForecastError) -> Double {
    let response = abs(polarization(mode, direction: direction, first, second)) * length(cross(direction, baseline))
    guard response >= 1e-14 else { throw .insensitiveBaseline }
    return 1 / ((2 * strength).squareRoot() * response * phaseLength)
  }
}

private func scalarProduct(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

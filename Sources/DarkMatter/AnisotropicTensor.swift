import Glibc
import Numerics

/// The two-point tensors of a vector field whose waves go all ways, Γ_ij = ∫ dΩ/4π g ε_i ε_j* exp(i p p̂.x)
/// (vector-network sections 4, (36), and 5.3).
///
/// All modes follow from the averages of g exp(i p p̂.x) times 1, p̂ and p̂ p̂, because p̂ alone decides ε_i ε_j*.
public struct AnisotropicTensor: Hashable, Sendable {
  /// The factor of δ_ij in S, the tensor of a field whose components are independent.
  public private(set) var scalar = ComplexNumber.zero
  /// ⟨p̂ e⟩ and the columns ⟨p̂ p̂_j e⟩.
  private var vector = ComplexVector(SIMD3())
  private var columns = [ComplexVector](repeating: ComplexVector(SIMD3()), count: 3)

  /// The sum over the nodes of a quadrature, for any density.
  ///
  /// - Parameters:
  ///   - quadrature: of a degree that resolves both the density and the phase.
  ///   - phase: p (x_1 - x_2), wavenumber times separation, in the axes of the density.
  ///   - density: g(p̂), of mean one.
  public init(quadrature: SkyQuadrature, phase: SIMD3<Double>, density: (SIMD3<Double>) -> Double) {
    for node in 0..<quadrature.count {
      let direction = quadrature.direction(node)
      let weight = quadrature.weight(node) * density(direction)
      guard weight != 0 else { continue }
      let wave = ComplexNumber(magnitude: weight, phase: dot(phase, direction))
      add(wave, vector: ComplexVector(wave.real * direction, wave.imaginary * direction)) { column in
        let factor = wave * direction[column]
        return ComplexVector(factor.real * direction, factor.imaginary * direction)
      }
    }
  }

  /// The closed form for spots on an isotropic sky.
  ///
  /// A spot is exp(n̂.p̂/spread²), so each term is an average of exp(k.p̂) with the complex vector k = n̂/spread² + i p x,
  /// as for the halo (section 5.5).
  ///
  /// - Parameters:
  ///   - distribution: g, valid.
  ///   - phase: p (x_1 - x_2), wavenumber times separation, in equatorial axes.
  public init(_ distribution: AngularDistribution, phase: SIMD3<Double>) {
    if distribution.isotropicFraction > 0 {
      add(
        AngularAverages(wind: SIMD3(), phase: phase), wind: SIMD3(), phase: phase,
        weight: distribution.isotropicFraction)
    }
    for spot in distribution.spots where spot.fraction > 0 {
      guard let direction = unitVector(spot.direction) else { continue }
      let wind = spot.concentration * direction
      let averages = AngularAverages(wind: wind, phase: phase)
      add(averages, wind: wind, phase: phase, weight: spot.fraction * spot.peak * exp(-averages.deficit))
    }
  }

  private mutating func add(
    _ averages: AngularAverages, wind: SIMD3<Double>, phase: SIMD3<Double>, weight: Double
  ) {
    let (order1, order2) = (averages.order1 * weight, averages.order2 * weight)
    func scaled(_ factor: ComplexNumber) -> ComplexVector {
      ComplexVector(
        factor.real * wind - factor.imaginary * phase, factor.real * phase + factor.imaginary * wind)
    }
    add(averages.order0 * weight, vector: scaled(order1)) { column in
      var result = scaled(order2 * ComplexNumber(wind[column], phase[column]))
      result.real[column] += order1.real
      result.imaginary[column] += order1.imaginary
      return result
    }
  }

  private mutating func add(
    _ scalar: ComplexNumber, vector: ComplexVector, column: (Int) -> ComplexVector
  ) {
    self.scalar += scalar
    self.vector = self.vector + vector
    for j in 0..<3 { columns[j] = columns[j] + column(j) }
  }

  /// l_1i Γ_ij l_2j, the correlation of two sensors.
  ///
  /// - Parameters:
  ///   - mode: the mode.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func contraction(
    _ mode: PolarizationMode, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    switch mode {
    case .longitudinal: longitudinal(first, second)
    case .transverse: (scalar * dot(first, second) - longitudinal(first, second)) * 0.5
    case .stokesV: stokesV(first, second)
    case .rightHanded: contraction(.transverse, first, second) + stokesV(first, second)
    case .leftHanded: contraction(.transverse, first, second) - stokesV(first, second)
    }
  }

  private func longitudinal(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> ComplexNumber {
    columns[0].dot(first) * second.x + columns[1].dot(first) * second.y + columns[2].dot(first) * second.z
  }

  private func stokesV(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> ComplexNumber {
    ComplexNumber(0, -0.5) * vector.dot(cross(first, second))
  }
}

private func + (a: ComplexVector, b: ComplexVector) -> ComplexVector {
  ComplexVector(a.real + b.real, a.imaginary + b.imaginary)
}

import Numerics

/// A mode of a wave as its two-point tensors see it.
public enum PolarizationMode: Hashable, Sendable, CaseIterable {
  /// ε = p̂.
  case longitudinal
  /// One transverse mode, unpolarised: half of both together.
  case transverse
  /// What net helicity adds.
  case stokesV
  /// Helicity +1.
  case rightHanded
  /// Helicity -1.
  case leftHanded
}

/// The two-point tensor of a cold stream, all waves of which go one way (vector-network section 5.2, (41)-(43)).
public struct StreamTensor: Hashable, Sendable {
  /// p̂, the unit vector along the propagation; the source is opposite.
  public var direction: SIMD3<Double>

  /// - Parameter direction: p̂, of length one.
  public init(direction: SIMD3<Double>) {
    self.direction = direction
  }

  /// l_1i ε_i ε_j* l_2j, the correlation of two sensors at one place.
  ///
  /// - Parameters:
  ///   - mode: the mode.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  /// - Returns: real but for the helicities and V.
  public func polarization(
    _ mode: PolarizationMode, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    switch mode {
    case .longitudinal: ComplexNumber(longitudinal(first, second))
    case .transverse: ComplexNumber(transverse(first, second))
    case .stokesV: ComplexNumber(0, stokesV(first, second))
    case .rightHanded: ComplexNumber(transverse(first, second), stokesV(first, second))
    case .leftHanded: ComplexNumber(transverse(first, second), -stokesV(first, second))
    }
  }

  /// l_1i p̂_i p̂_j l_2j.
  public func longitudinal(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Double {
    dot(first, direction) * dot(second, direction)
  }

  /// (1/2) l_1i (δ_ij - p̂_i p̂_j) l_2j.
  public func transverse(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Double {
    // Equal to l_1.l_2 - (l_1.p̂)(l_2.p̂), without its cancellation for directions close to p̂.
    dot(cross(first, direction), cross(second, direction)) / 2
  }

  /// The factor of i in V: -(1/2) (l_1 x l_2).p̂.
  private func stokesV(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Double {
    -dot(cross(first, second), direction) / 2
  }

  /// l_1i Γ_ij l_2j with the phase of the baseline, exp(i p p̂.x).
  ///
  /// - Parameters:
  ///   - mode: the mode.
  ///   - wavenumber: p/ħ in rad/m.
  ///   - separation: x_1 - x_2 in m.
  ///   - first: unit direction of sensor 1.
  ///   - second: unit direction of sensor 2.
  public func contraction(
    _ mode: PolarizationMode, wavenumber: Double, separation: SIMD3<Double>,
    _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    polarization(mode, first, second)
      * ComplexNumber(magnitude: 1, phase: wavenumber * dot(direction, separation))
  }
}

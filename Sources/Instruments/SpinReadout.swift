import Numerics
import Sky

/// How the channels of a sensor with spins follow a field across the bias field, and which noise they share.
///
/// x is the part across the polarization of the first axis, y = polarization x x; each axis stands at an angle φ from x
/// towards y. All channels are analytic signals, as in vector-network section 3.
struct SpinReadout: Sendable {
  /// Unit vectors along x and y.
  let basis: [LocalDirection]
  private let spins: SpinPrecession
  /// cos φ and sin φ of each axis.
  private let axes: [(cosine: Double, sine: Double)]

  /// - Throws: `InstrumentError` for an axis along the polarization, or a pair's records without two axes.
  init(_ spins: SpinPrecession, axes: [VectorSensor.Axis]) throws(InstrumentError) {
    guard let first = axes.first else { throw .noAxes }
    guard spins.readout != .pairRecords || axes.count == 2 else { throw .pairWithoutTwoAxes(found: axes.count) }
    let along = spins.polarization.vector
    let x = try SpinReadout.transverse(first, to: along)
    let y = cross(along, x)
    self.spins = spins
    basis = [x, y].map { LocalDirection(east: $0.x, north: $0.y, up: $0.z) }
    var angles: [(cosine: Double, sine: Double)] = []
    for axis in axes {
      let direction = try SpinReadout.transverse(axis, to: along)
      var (cosine, sine) = (dot(direction, x), dot(direction, y))
      // Right angles to rounding are exact: then y_0 and y_90 are linear without any leak.
      if abs(cosine) < 1e-12 { (cosine, sine) = (0, sine.sign == .minus ? -1 : 1) }
      if abs(sine) < 1e-12 { (cosine, sine) = (cosine.sign == .minus ? -1 : 1, 0) }
      angles.append((cosine, sine))
    }
    self.axes = angles
  }

  /// The part of an axis across the polarization, of length 1.
  private static func transverse(
    _ axis: VectorSensor.Axis, to along: SIMD3<Double>
  ) throws(InstrumentError) -> SIMD3<Double> {
    let direction = axis.direction.vector
    let part = direction - dot(direction, along) * along
    guard length(part) > 1e-6, let unit = unitVector(part) else { throw .axisAlongPolarization(axis.name) }
    return unit
  }

  /// Where a channel looks: across the polarization at its angle.
  func direction(_ channel: Int) -> LocalDirection {
    let (x, y) = (basis[0].vector, basis[1].vector)
    let direction = axes[channel].cosine * x + axes[channel].sine * y
    return LocalDirection(east: direction.x, north: direction.y, up: direction.z)
  }

  /// The factor from the component of a field along a basis vector, 0 for x and 1 for y, to a channel.
  func response(_ channel: Int, _ component: Int, at frequency: Double) -> ComplexNumber {
    let (along, across) = spins.resonance.transverse(at: frequency)
    let (cosine, sine) = axes[channel]
    let factor: ComplexNumber
    switch spins.readout {
    case .single, .pairRecords:
      let turn = ComplexNumber(0, sense(ofChannel: channel)) * across
      factor = component == 0 ? cosine * along - sine * turn : sine * along + cosine * turn
    case .pairComponents:
      // exp(-iα) S_A + exp(iα) S_B; A and B change places for γ < 0.
      factor = 2 * (component == 0 ? cosine * along : sine * across)
    }
    return spins.calibration * factor
  }

  /// +1 when a channel's spins are driven by b_x + i b_y, -1 when by b_x - i b_y.
  private func sense(ofChannel channel: Int) -> Double {
    spins.readout == .pairRecords && channel == 1 ? -spins.resonance.sense : spins.resonance.sense
  }

  /// Weights of the readout noises of A and B in a channel of a pair's components.
  ///
  /// exp(-iα) n_A + exp(iα) n_B with n_A and n_B independent and alike is, in law, √2 (cos α n_A + sin α n_B): twice the power
  /// of one, and independent for two components at right angles (section 3).
  ///
  /// - Returns: nil for channels that have a noise of their own.
  func readoutNoiseWeights(_ channel: Int) -> [Double]? {
    guard spins.readout == .pairComponents else { return nil }
    return [axes[channel].cosine, axes[channel].sine].map { 2.0.squareRoot() * $0 }
  }

  /// Factors of the projection noises of the ensembles, as analytic signals along x, in a channel.
  func projectionNoiseFactors(_ channel: Int) -> [ComplexNumber] {
    let (cosine, sine) = axes[channel]
    let turned = ComplexNumber(cosine, -sense(ofChannel: channel) * sine)
    switch spins.readout {
    case .single: return [turned]
    case .pairRecords: return channel == 0 ? [turned, .zero] : [.zero, turned]
    case .pairComponents: return [turned, turned.conjugate]
    }
  }
}

extension LocalDirection {
  /// East, north and up component.
  var vector: SIMD3<Double> { SIMD3(east, north, up) }
}

import Numerics
import Sky
import Synthesis

/// The field's way through a sensor into its channels: along which directions it is taken, and with which complex factors.
public struct SensorReadout: Sendable {
  /// Unit vectors of the components of the field that the channels follow.
  public let basis: [LocalDirection]
  public let channelCount: Int
  /// Where each channel looks: the sensitive direction of linear channels, the readout across the bias field of spins.
  public let directions: [LocalDirection]

  private let readout: SensorResponse
  let spins: SpinReadout?

  /// - Throws: `InstrumentError` naming the parameter at fault.
  public init(_ sensor: VectorSensor) throws(InstrumentError) {
    guard !sensor.axes.isEmpty else { throw .noAxes }
    try sensor.response.validate()
    channelCount = sensor.axes.count
    readout = sensor.response
    if let spins = sensor.spins {
      try spins.validate()
      let transverse = try SpinReadout(spins, axes: sensor.axes)
      basis = transverse.basis
      directions = sensor.axes.indices.map(transverse.direction)
      self.spins = transverse
    } else {
      basis = sensor.axes.map(\.direction)
      directions = basis
      spins = nil
    }
  }

  /// The complex factor from the component of the field along a vector of the basis to a channel, at a frequency in Hz.
  public func response(channel: Int, basis: Int, at frequency: Double) -> ComplexNumber {
    if let spins { return readout.value(at: frequency) * spins.response(channel, basis, at: frequency) }
    return channel == basis ? readout.value(at: frequency) : .zero
  }

  /// h_c(f): a channel follows the field Re[O exp(-2πi f t)] as Re[h_c . O exp(-2πi f t)], without conjugation
  /// (vector-network sections 3 and 4).
  ///
  /// - Parameters:
  ///   - channel: number of the channel.
  ///   - frequency: Hz.
  /// - Returns: components to the east, to the north and up; channel units for one unit of the field.
  public func responseVector(ofChannel channel: Int, at frequency: Double) -> ComplexVector {
    basis.indices.reduce(into: ComplexVector(SIMD3())) { sum, component in
      let factor = response(channel: channel, basis: component, at: frequency)
      sum.real += factor.real * basis[component].vector
      sum.imaginary += factor.imaginary * basis[component].vector
    }
  }

  /// The same as the synthesis of fields takes it.
  func observed(at site: Site) -> FieldObserver.Readout {
    FieldObserver.Readout(basis: basis.map { $0.earthFixed(at: site) }, channelCount: channelCount) {
      response(channel: $0, basis: $1, at: $2)
    }
  }
}

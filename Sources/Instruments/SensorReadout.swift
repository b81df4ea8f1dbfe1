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

  /// Where the response changes fastest; nil when it is smooth.
  public let resonance: Resonance?
  /// γ in rad/s/T of the spins that follow the field; nil without spins.
  public let gyromagneticRatio: Double?

  private let readout: @Sendable (Double) -> ComplexNumber
  private let noise: @Sendable (Double) -> Double
  let spins: SpinReadout?

  /// A peak of a response.
  public struct Resonance: Hashable, Sendable {
    /// Hz.
    public var frequency: Double
    /// Half width of |R|² at half maximum in Hz.
    public var halfWidth: Double

    public init(frequency: Double, halfWidth: Double) {
      self.frequency = frequency
      self.halfWidth = halfWidth
    }
  }

  /// Channels that each follow the field along one direction, all with one response.
  ///
  /// - Parameters:
  ///   - directions: one for each channel.
  ///   - resonance: a peak of the response, if it has one.
  ///   - response: R of a frequency in Hz, channel units for one unit of the field.
  ///   - noiseDensity: one-sided, of a channel, in unit²/Hz at a frequency in Hz.
  /// - Throws: `InstrumentError.noAxes` without a direction.
  public init(
    directions: [LocalDirection], resonance: Resonance? = nil, response: @escaping @Sendable (Double) -> ComplexNumber,
    noiseDensity: @escaping @Sendable (Double) -> Double
  ) throws(InstrumentError) {
    guard !directions.isEmpty else { throw .noAxes }
    basis = directions
    channelCount = directions.count
    self.directions = directions
    self.resonance = resonance
    gyromagneticRatio = nil
    readout = response
    noise = noiseDensity
    spins = nil
  }

  /// - Throws: `InstrumentError` naming the parameter at fault.
  public init(_ sensor: VectorSensor) throws(InstrumentError) {
    guard !sensor.axes.isEmpty else { throw .noAxes }
    try sensor.response.validate()
    channelCount = sensor.axes.count
    readout = { sensor.response.value(at: $0) }
    noise = { sensor.noiseDensity(at: $0) }
    gyromagneticRatio = sensor.spins?.resonance.gyromagneticRatio
    resonance = sensor.spins.map {
      Resonance(
        frequency: $0.resonance.larmorFrequency, halfWidth: 1 / (2 * Double.pi * $0.resonance.relaxationTime))
    }
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
    if let spins { return readout(frequency) * spins.response(channel, basis, at: frequency) }
    return channel == basis ? readout(frequency) : .zero
  }

  /// The vectors of the basis that a channel follows: its own direction, or two across the bias field of spins.
  public func components(ofChannel channel: Int) -> [Int] { spins == nil ? [channel] : Array(basis.indices) }

  /// The one-sided noise density of a channel in unit²/Hz at a frequency in Hz.
  public func noiseDensity(at frequency: Double) -> Double { noise(frequency) }

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

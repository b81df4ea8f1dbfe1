import Inference
import Instruments
import Numerics
import Topology

/// A channel that follows one real direction: of a sensor without spins, or a component of a pair of opposite spins.
struct LinearChannel {
  /// Largest part of a response that may lie off the channel's direction.
  static let greatestOffAxisShare = 0.01

  let label: String
  private let readout: SensorReadout
  private let channel: Int

  /// The channels of a node; none of one that measures no field.
  ///
  /// - Throws: `InstrumentError` for an instrument that is not valid.
  static func channels(of node: Node) throws -> [LinearChannel] {
    guard let readout = try node.instrument.model.readout() else { return [] }
    let names = node.channelNames
    return names.enumerated().map { number, name in
      LinearChannel(label: names.count == 1 ? node.name : "\(node.name)/\(name)", readout: readout, channel: number)
    }
  }

  /// The factor between the field along the channel's direction and what the channel reads (vector-network section 3).
  ///
  /// - Parameter frequency: Hz.
  /// - Throws: `InferenceError.channelNotLinear` when the response has another direction, too.
  func response(at frequency: Double) throws -> ComplexNumber {
    let direction = readout.directions[channel]
    let axis = SIMD3(direction.east, direction.north, direction.up)
    let vector = readout.responseVector(ofChannel: channel, at: frequency)
    let along = vector.dot(axis)
    let rest = ComplexVector(vector.real - along.real * axis, vector.imaginary - along.imaginary * axis)
    let share = magnitude(rest) / magnitude(vector)
    guard share <= LinearChannel.greatestOffAxisShare else {
      throw InferenceError.channelNotLinear(channel: label, frequency: frequency, share: share)
    }
    return along
  }
}

/// Square root of the sum of the squared moduli of the components.
private func magnitude(_ vector: ComplexVector) -> Double {
  (dot(vector.real, vector.real) + dot(vector.imaginary, vector.imaginary)).squareRoot()
}

import Correlator
import Inference
import Instruments
import Numerics
import Topology

/// What refers the matrices of a band to the field: the scalar response of every channel along the direction in which it looks
/// (vector-network sections 3 and 4).
///
/// Only channels that follow one real direction have such a response: sensors without spins, and the components of a pair
/// of opposite spins.
struct FieldCalibration {
  /// Largest part of a response that may lie off the channel's direction.
  static let greatestOffAxisShare = 0.01

  /// Responses of all channels, order [bin][channel].
  private let responses: [ComplexNumber]
  private let channelCount: Int

  /// - Throws: `InferenceError.channelNotLinear`, or `InstrumentError` for a sensor that is not valid.
  init(plan: BandPlan, topology: NetworkTopology) throws {
    var channels: [(label: String, readout: SensorReadout, channel: Int)] = []
    for node in topology.nodes {
      switch node.instrument {
      case .vectorSensor(let sensor):
        let readout = try SensorReadout(sensor)
        channels += sensor.axes.enumerated().map { number, axis in
          (sensor.axes.count == 1 ? node.name : "\(node.name)/\(axis.name)", readout, number)
        }
      }
    }
    channelCount = channels.count
    responses = try (0..<plan.binCount).flatMap { bin in
      let frequency = plan.frequency(bin)
      return try channels.map { label, readout, channel in
        let direction = readout.directions[channel]
        let axis = SIMD3(direction.east, direction.north, direction.up)
        let vector = readout.responseVector(ofChannel: channel, at: frequency)
        let along = vector.dot(axis)
        let rest = ComplexVector(vector.real - along.real * axis, vector.imaginary - along.imaginary * axis)
        let share = rest.magnitude / vector.magnitude
        guard share <= FieldCalibration.greatestOffAxisShare else {
          throw InferenceError.channelNotLinear(channel: label, frequency: frequency, share: share)
        }
        return along
      }
    }
  }

  /// The matrices divided by the responses of both channels; left as they are, to the bit, where all responses are 1.
  func applied(to spectra: CrossSpectra) -> CrossSpectra {
    guard responses.contains(where: { $0 != .one }) else { return spectra }
    var result = spectra
    for bin in 0..<responses.count / max(channelCount, 1) {
      for first in 0..<channelCount {
        for second in 0..<channelCount {
          let index = 2 * ((bin * channelCount + first) * channelCount + second)
          let value =
            ComplexNumber(spectra.values[index], spectra.values[index + 1])
            / (responses[bin * channelCount + first] * responses[bin * channelCount + second].conjugate)
          result.values[index] = value.real
          result.values[index + 1] = value.imaginary
        }
      }
    }
    return result
  }
}

extension ComplexVector {
  /// Square root of the sum of the squared moduli of the components.
  fileprivate var magnitude: Double {
    (Numerics.dot(real, real) + Numerics.dot(imaginary, imaginary)).squareRoot()
  }
}

import Correlator
import Numerics
import Topology

/// What refers the matrices of a band to the field: the scalar response of every channel along the direction in which it looks
/// (vector-network sections 3 and 4).
struct FieldCalibration {
  /// Responses of all channels, order [bin][channel].
  private let responses: [ComplexNumber]
  private let channelCount: Int

  /// - Throws: `InferenceError.channelNotLinear`, or `InstrumentError` for an instrument that is not valid.
  init(plan: BandPlan, topology: NetworkTopology) throws {
    let channels = try topology.nodes.flatMap { node -> [LinearChannel?] in
      let linear = try LinearChannel.channels(of: node)
      // What is no field stays as it is.
      return linear.isEmpty ? node.channelNames.map { _ in nil } : linear
    }
    channelCount = channels.count
    responses = try (0..<plan.binCount).flatMap { bin in
      try channels.map { try $0?.response(at: plan.frequency(bin)) ?? .one }
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

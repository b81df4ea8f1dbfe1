import Instruments
import Sky

extension VectorSensor {
  /// The keys that only nodes of kind `vector-sensor` have.
  static let section = Section<VectorSensor>(
    blank: VectorSensor(axes: [], noise: NoiseModel(white: 0)),
    keys: [
      Key(
        "axes", .list(of: axisSection.form.mapped({ $0.axis(at: $1, &$2) }, back: AxisDraft.init), minimumCount: 1),
        \.axes, "The sensitive directions, or those along which spins are read; each is one channel."),
      Key("noise", NoiseModel.section.form, \.noise, "One-sided noise of each readout."),
      Key(
        "response", responseSection.form.mapped({ draft, _, _ in draft.response }, back: ResponseDraft.init),
        \.response,
        default: .flat(gain: 1), "How the readout follows the field or the spins."),
      Key(
        "spins", SpinPrecession.form, optional: \.spins, example: "",
        "Spins that precess about a bias field between field and readout; without them the readout follows the field."),
    ])

  private static let axisSection = Section<AxisDraft>(
    blank: AxisDraft(),
    keys: [Key("name", .name, \.name, example: "z", "Name of the channel.")]
      + LocalDirectionDraft.keys(of: \.direction, azimuth: "0 deg", altitude: "90 deg"),
    alternatives: LocalDirectionDraft.alternatives)

  private static let responseSection = Section<ResponseDraft>(
    blank: ResponseDraft(),
    keys: [
      Key("gain", .number(.positive), \.gain, default: 1, "Readout per field."),
      Key(
        "corner", .quantity(.frequency, .positive), optional: \.corner, example: "100 Hz",
        "Corner of a first-order low-pass; flat without it."),
    ])
}

extension NoiseModel {
  fileprivate static let section = Section<NoiseModel>(
    blank: NoiseModel(white: 0),
    keys: [
      Key(
        "white", .fieldQuantity(.amplitudeDensity, .notNegative), \.white, example: "0.1 pT/Hz^0.5",
        "Amplitude spectral density of the white part."),
      Key(
        "knee", .quantity(.frequency, .notNegative), \.knee, default: 0,
        "Frequency below which 1/f noise exceeds the white part; 0 Hz for none."),
      Key(
        "random-walk", .fieldQuantity(.amplitudeDensity, .notNegative), \.randomWalk, default: 0,
        "Amplitude spectral density of the 1/f^2 part at 1 Hz."),
      Key("lines", .list(of: lineSection.form), \.lines, default: [], "Narrow lines, such as the mains."),
    ])

  private static let lineSection = Section<NoiseModel.Line>(
    blank: NoiseModel.Line(frequency: 1, width: 1, rms: 0),
    keys: [
      Key("frequency", .quantity(.frequency, .positive), \.frequency, example: "50 Hz", "Centre of the line."),
      Key("width", .quantity(.frequency, .positive), \.width, example: "0.2 Hz", "Full width at half maximum."),
      Key("rms", .fieldQuantity(.amplitude, .notNegative), \.rms, example: "0.5 pT", "Root mean square of the line."),
    ])
}

/// A sensitive axis as the file writes it.
private struct AxisDraft: Sendable {
  var name = ""
  var direction = LocalDirectionDraft()

  init() {}

  init(_ axis: VectorSensor.Axis) {
    name = axis.name
    direction = LocalDirectionDraft(axis.direction)
  }

  func axis(at source: SourceValue, _ reader: inout TopologyReader) -> VectorSensor.Axis? {
    direction.direction(at: source, &reader).map { VectorSensor.Axis(name: name, direction: $0) }
  }
}

/// A response as the file writes it.
private struct ResponseDraft: Sendable {
  var gain = 1.0
  var corner: Double?

  init() {}

  init(_ response: SensorResponse) {
    switch response {
    case .flat(let gain): self.gain = gain
    case .lowPass(let gain, let corner): (self.gain, self.corner) = (gain, corner)
    }
  }

  var response: SensorResponse {
    corner.map { .lowPass(gain: gain, corner: $0) } ?? .flat(gain: gain)
  }
}

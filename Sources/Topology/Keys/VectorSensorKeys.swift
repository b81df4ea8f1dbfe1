import Instruments
import Sky

extension VectorSensor {
  /// The keys that only nodes of kind `vector-sensor` have.
  static let section = Section<VectorSensor>(
    blank: VectorSensor(axes: [], noise: NoiseModel(white: 0)),
    keys: [
      Key(
        "axes", .list(of: axisSection.form.mapped({ $0.axis(at: $1, &$2) }, back: AxisDraft.init), minimumCount: 1),
        \.axes, "The sensitive directions; each is one channel."),
      Key("noise", NoiseModel.section.form, \.noise, "One-sided noise of each channel."),
      Key(
        "response", responseSection.form.mapped({ draft, _, _ in draft.response }, back: ResponseDraft.init),
        \.response,
        default: .flat(gain: 1), "How the readout follows the field."),
    ])

  private static let axisSection = Section<AxisDraft>(
    blank: AxisDraft(),
    keys: [
      Key("name", .name, \.name, example: "z", "Name of the channel."),
      Key(
        "azimuth", .quantity(.angle, .from(-360, to: 360)), optional: \.azimuth, example: "0 deg",
        "Direction along the horizon, clockwise from north."),
      Key(
        "altitude", .quantity(.angle, .from(-90, to: 90)), optional: \.altitude, example: "90 deg",
        "Angle above the horizon; 90 deg is up."),
      Key("east", .number(), optional: \.east, example: "0", "East component of the direction, of any length."),
      Key("north", .number(), optional: \.north, example: "0", "North component."),
      Key("up", .number(), optional: \.up, example: "1", "Upward component."),
    ],
    alternatives: [["azimuth", "altitude"], ["east", "north", "up"]])

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

/// A sensitive axis as the file writes it, by angles or by components.
private struct AxisDraft: Sendable {
  var name = ""
  var azimuth: Double?
  var altitude: Double?
  var east: Double?
  var north: Double?
  var up: Double?

  init() {}

  init(_ axis: VectorSensor.Axis) {
    name = axis.name
    (east, north, up) = (axis.direction.east, axis.direction.north, axis.direction.up)
  }

  func axis(at source: SourceValue, _ reader: inout TopologyReader) -> VectorSensor.Axis? {
    if let azimuth, let altitude {
      return VectorSensor.Axis(name: name, direction: LocalDirection(azimuth: azimuth, altitude: altitude))
    }
    guard let east, let north, let up else { return nil }
    let square = east * east + north * north + up * up
    guard square > 0, square.isFinite else {
      reader.fault(source, "the direction has no length", remedy: "give east, north or up a value other than 0")
      return nil
    }
    var direction = LocalDirection(east: east, north: north, up: up)
    // Normalising again could change the last bit, and a resolved topology has to read back equal.
    if abs(square - 1) < 1e-14 { (direction.east, direction.north, direction.up) = (east, north, up) }
    return VectorSensor.Axis(name: name, direction: direction)
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

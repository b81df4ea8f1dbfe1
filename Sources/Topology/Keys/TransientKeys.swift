import DarkMatter
import Numerics

/// A burst as the file writes it.
struct BurstDraft: Sendable {
  var time: Int64 = 0
  var frequency = 0.0
  var width = 1.0
  var propagation = SIMD3<Double>(0, 0, -1)
  var speed = speedOfLight
  var polarization = SIMD3<Double>(0, 0, 1)
  var amplitude = 0.0

  static let blankEvent = BurstDraft().event

  private init() {}

  init?(_ event: TransientEvent) {
    guard case .burst(let frequency, let width) = event.shape else { return nil }
    (self.frequency, self.width) = (frequency, width)
    (time, propagation, speed) = (event.time, event.propagation, event.speed)
    (polarization, amplitude) = (event.polarization, event.amplitude)
  }

  var event: TransientEvent {
    TransientEvent(
      shape: .burst(frequency: frequency, width: width), time: time, propagation: propagation, speed: speed,
      polarization: polarization, amplitude: amplitude)
  }

  static let section = Section<BurstDraft>(
    blank: BurstDraft(),
    keys: [
      Key("time", passageTime, \.time, example: "30 s", passageDocumentation),
      Key(
        "frequency", .quantity(.frequency, .notNegative), \.frequency, example: "20 Hz",
        "Frequency of the oscillation; 0 Hz for a plain pulse."),
      Key(
        "width", .quantity(.time, .positive(upTo: longestPassage)), \.width, example: "0.5 s",
        "Standard deviation of the Gaussian envelope in time."),
      Key("source", .source, \.propagation, sourceDocumentation),
      Key(
        "speed", .quantity(.speed, .positive(upTo: speedOfLight)), \.speed, default: speedOfLight,
        "Speed at which it crosses the Earth."),
      Key("polarization", .skyDirection, \.polarization, "Direction of the field vector."),
      Key("amplitude", .fieldQuantity(.amplitude), \.amplitude, example: "1 pT", "Peak of the field vector."),
    ])
}

/// A domain wall as the file writes it.
struct WallDraft: Sendable {
  /// Metres or seconds, whichever is given.
  struct Width: Sendable {
    var thickness: Double?
    var crossingTime: Double?
  }

  var time: Int64 = 0
  var width = Width(crossingTime: 1)
  var propagation = SIMD3<Double>(0, 0, -1)
  var speed = 300e3
  var polarization: SIMD3<Double>?
  var amplitude = 0.0

  static let blankEvent = WallDraft().event

  private init() {}

  init?(_ event: TransientEvent) {
    guard case .wall(let width) = event.shape else { return nil }
    self.width = Width(crossingTime: width)
    (time, propagation, speed) = (event.time, event.propagation, event.speed)
    (polarization, amplitude) = (event.polarization, event.amplitude)
  }

  var event: TransientEvent {
    TransientEvent(
      shape: .wall(width: width.crossingTime ?? width.thickness.map { $0 / speed } ?? 1), time: time,
      propagation: propagation, speed: speed, polarization: polarization ?? propagation, amplitude: amplitude)
  }

  static let section = Section<WallDraft>(
    blank: WallDraft(),
    keys: [
      Key("time", passageTime, \.time, example: "60 s", passageDocumentation),
      Key("width", widthSection.form, \.width, "How thick it is, or how long it takes to pass one place."),
      Key("source", .source, \.propagation, sourceDocumentation),
      Key(
        "speed", .quantity(.speed, Bounds(minimum: 1, maximum: speedOfLight)), \.speed, example: "300 km/s",
        "Speed of the wall along its normal."),
      Key(
        "polarization", .skyDirection, optional: \.polarization,
        example: "{right-ascension: 10 deg, declination: 20 deg}",
        "Direction of the field vector; without it along the motion, as a gradient is."),
      Key("amplitude", .fieldQuantity(.amplitude), \.amplitude, example: "1 pT", "Peak of the field vector."),
    ])

  private static let widthSection = Section<Width>(
    blank: Width(crossingTime: 1),
    keys: [
      Key(
        "thickness", .quantity(.length, .positive), optional: \.thickness, example: "3000 km",
        "Scale length; the time to pass one place is thickness/speed."),
      Key(
        "crossing-time", .quantity(.time, .positive(upTo: longestPassage)), optional: \.crossingTime, example: "10 s",
        "Time in which it passes one place."),
    ],
    alternatives: [["thickness"], ["crossing-time"]])
}

/// Seconds of the longest width of an event.
private let longestPassage = 1e6
private let passageTime = ValueForm<Int64>.time(.from(0, to: longestTime))
private let passageDocumentation = "Time from the epoch at which the centre of the event passes the Earth's centre."
private let sourceDocumentation = "Where on the sky it comes from; it travels the opposite way."

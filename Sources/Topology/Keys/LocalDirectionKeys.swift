import Sky

/// A direction at a site as the file writes it, by angles or by components.
struct LocalDirectionDraft: Sendable {
  var azimuth: Double?
  var altitude: Double?
  var east: Double?
  var north: Double?
  var up: Double?

  init() {}

  init(_ direction: LocalDirection) {
    (east, north, up) = (direction.east, direction.north, direction.up)
  }

  /// A section of such keys alone; the angles are examples.
  static func form(azimuth: String, altitude: String) -> ValueForm<LocalDirection> {
    Section(
      blank: LocalDirectionDraft(), keys: keys(of: \.self, azimuth: azimuth, altitude: altitude),
      alternatives: alternatives
    ).form.mapped({ $0.direction(at: $1, &$2) }, back: LocalDirectionDraft.init)
  }

  /// The keys that fill a draft within another one.
  static func keys<Model>(
    of part: WritableKeyPath<Model, LocalDirectionDraft> & Sendable, azimuth: String, altitude: String
  ) -> [Key<Model>] {
    [
      Key(
        "azimuth", .quantity(.angle, .from(-360, to: 360)), optional: \.azimuth, example: azimuth,
        "Direction along the horizon, clockwise from north."),
      Key(
        "altitude", .quantity(.angle, .from(-90, to: 90)), optional: \.altitude, example: altitude,
        "Angle above the horizon; 90 deg is up."),
      Key("east", .number(), optional: \.east, example: "0", "East component of the direction, of any length."),
      Key("north", .number(), optional: \.north, example: "0", "North component."),
      Key("up", .number(), optional: \.up, example: "1", "Upward component."),
    ].map { (key: Key<LocalDirectionDraft>) in key.within(part) }
  }

  static let alternatives = [["azimuth", "altitude"], ["east", "north", "up"]]

  func direction(at source: SourceValue, _ reader: inout TopologyReader) -> LocalDirection? {
    if let azimuth, let altitude { return LocalDirection(azimuth: azimuth, altitude: altitude) }
    guard let east, let north, let up else { return nil }
    let square = east * east + north * north + up * up
    guard square > 0, square.isFinite else {
      reader.fault(source, "the direction has no length", remedy: "give east, north or up a value other than 0")
      return nil
    }
    var direction = LocalDirection(east: east, north: north, up: up)
    // Normalising again could change the last bit, and a resolved topology has to read back equal.
    if abs(square - 1) < 1e-14 { (direction.east, direction.north, direction.up) = (east, north, up) }
    return direction
  }
}

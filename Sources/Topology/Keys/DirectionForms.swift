import Glibc
import Numerics

extension ValueForm where Value == SIMD3<Double> {
  /// A direction among the stars: right ascension and declination, or components along equatorial axes.
  static var skyDirection: ValueForm<SIMD3<Double>> {
    DirectionDraft.section.form.mapped({ $0.direction(at: $1, &$2) }, back: DirectionDraft.init)
  }

  /// Where something comes from; the model holds the direction in which it moves.
  static var source: ValueForm<SIMD3<Double>> {
    skyDirection.mapped({ direction, _, _ in -direction }, back: { -$0 })
  }
}

/// A direction among the stars as the file writes it.
private struct DirectionDraft: Sendable {
  var rightAscension: Double?
  var declination: Double?
  var x: Double?
  var y: Double?
  var z: Double?

  init() {}

  init(_ direction: SIMD3<Double>) {
    (x, y, z) = (direction.x, direction.y, direction.z)
  }

  static let section = Section<DirectionDraft>(
    blank: DirectionDraft(),
    keys: [
      Key(
        "right-ascension", .quantity(.angle, .from(-360, to: 360)), optional: \.rightAscension, example: "266.4 deg",
        "Right ascension."),
      Key(
        "declination", .quantity(.angle, .from(-90, to: 90)), optional: \.declination, example: "-28.9 deg",
        "Declination."),
      Key("x", .number(), optional: \.x, example: "0", "Component towards the vernal equinox, of any length."),
      Key("y", .number(), optional: \.y, example: "0", "Component towards right ascension 90 deg."),
      Key("z", .number(), optional: \.z, example: "1", "Component towards the celestial north pole."),
    ],
    alternatives: [["right-ascension", "declination"], ["x", "y", "z"]])

  func direction(at source: SourceValue, _ reader: inout TopologyReader) -> SIMD3<Double>? {
    if let rightAscension, let declination {
      return unitVector(skyVector(rightAscension: rightAscension, declination: declination))
    }
    guard let x, let y, let z else { return nil }
    let vector = SIMD3(x, y, z)
    guard let direction = unitVector(vector) else {
      reader.fault(source, "the direction has no length", remedy: "give x, y or z a value other than 0")
      return nil
    }
    // Normalising again could change the last bit, and a resolved topology has to read back equal.
    return abs(dot(vector, vector) - 1) < 1e-14 ? vector : direction
  }
}

/// The unit vector to a place on the sky, both angles in degrees.
func skyVector(rightAscension: Double, declination: Double) -> SIMD3<Double> {
  let (longitude, latitude) = (rightAscension * .pi / 180, declination * .pi / 180)
  return SIMD3(cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude))
}

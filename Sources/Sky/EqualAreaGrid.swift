import Glibc

/// A sphere divided into cells of nearly equal area between parallels and meridians.
///
/// Latitude and longitude are those of the Earth, or declination and right ascension on the sky.
public struct EqualAreaGrid: Sendable {
  /// A cell by its edges in degrees.
  public struct Cell: Hashable, Sendable, Codable {
    public var south: Double
    public var north: Double
    public var west: Double
    public var east: Double

    /// Degrees, halfway between the edges.
    public var latitude: Double { (south + north) / 2 }
    public var longitude: Double { (west + east) / 2 }

    /// Solid angle in sr.
    public var solidAngle: Double {
      (east - west) * .pi / 180 * (sin(north * .pi / 180) - sin(south * .pi / 180))
    }

    /// Unit vector to the middle.
    public var direction: SIMD3<Double> {
      let (phi, theta) = (longitude * .pi / 180, latitude * .pi / 180)
      return SIMD3(cos(theta) * cos(phi), cos(theta) * sin(phi), sin(theta))
    }
  }

  /// From the south, in each ring from longitude -180°.
  public let cells: [Cell]

  /// - Parameter rings: number of rings of latitude, positive; there are about 4/π times their square of cells.
  public init(rings: Int) {
    precondition(rings > 0, "a grid has rings")
    let height = 180 / Double(rings)
    cells = (0..<rings).flatMap { ring -> [Cell] in
      let (south, north) = (-90 + Double(ring) * height, -90 + Double(ring + 1) * height)
      let count = max(3, Int((360 * cos((south + north) / 2 * .pi / 180) / height).rounded()))
      return (0..<count).map { index in
        Cell(
          south: south, north: north, west: -180 + 360 * Double(index) / Double(count),
          east: -180 + 360 * Double(index + 1) / Double(count))
      }
    }
  }
}

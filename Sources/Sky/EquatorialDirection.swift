import Glibc

/// A direction on the sky as astronomers write it, on the equatorial axes of the time model.
public struct EquatorialDirection: Hashable, Sendable, Codable {
  /// Degrees, 0 ..< 360, growing eastwards.
  public var rightAscension: Double
  /// Degrees, north positive.
  public var declination: Double

  /// - Parameters:
  ///   - rightAscension: degrees.
  ///   - declination: degrees, -90 ... 90.
  public init(rightAscension: Double, declination: Double) {
    self.rightAscension = rightAscension
    self.declination = declination
  }

  /// The direction of a vector.
  ///
  /// - Parameter vector: equatorial axes, of any positive length.
  public init(_ vector: SIMD3<Double>) {
    let longitude = atan2(vector.y, vector.x) * 180 / .pi
    rightAscension = longitude < 0 ? longitude + 360 : longitude
    declination = atan2(vector.z, hypot(vector.x, vector.y)) * 180 / .pi
  }

  /// The unit vector.
  public var vector: SIMD3<Double> {
    let (longitude, latitude) = (rightAscension * .pi / 180, declination * .pi / 180)
    return SIMD3(cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude))
  }

  /// The unit vector on the sky towards growing right ascension.
  public var east: SIMD3<Double> {
    let longitude = rightAscension * .pi / 180
    return SIMD3(-sin(longitude), cos(longitude), 0)
  }

  /// The unit vector on the sky towards growing declination.
  public var north: SIMD3<Double> {
    let (longitude, latitude) = (rightAscension * .pi / 180, declination * .pi / 180)
    return SIMD3(-sin(latitude) * cos(longitude), -sin(latitude) * sin(longitude), cos(latitude))
  }
}

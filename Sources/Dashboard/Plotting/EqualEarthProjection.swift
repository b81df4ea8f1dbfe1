import Foundation

/// The Equal Earth map projection: areas are true, shapes look natural (Šavrič, Patterson, Jenny 2018,
/// doi 10.1080/13658816.2018.1504949). Good for continents and for maps of the sky.
public enum EqualEarthProjection {
  /// Half the width of the map, at longitude 180° on the equator, for a sphere of radius 1.
  public static let halfWidth = 2.7066299836960748
  /// Half the height, at the pole.
  public static let halfHeight = 1.3173627591574133

  /// - Parameters:
  ///   - longitude: degrees from the middle of the map, east positive, -180 ... 180.
  ///   - latitude: degrees, north positive.
  /// - Returns: x to the right and y upwards, for a sphere of radius 1.
  public static func project(longitude: Double, latitude: Double) -> SIMD2<Double> {
    let (a1, a2, a3, a4) = (1.340264, -0.081106, 0.000893, 0.003796)
    let root = 3.0.squareRoot() / 2
    let theta = asin(root * sin(min(max(latitude, -90), 90) * .pi / 180))
    let square = theta * theta
    let sixth = square * square * square
    let stretch = 9 * a4 * sixth * square + 7 * a3 * sixth + 3 * a2 * square + a1
    return SIMD2(
      longitude * .pi / 180 * cos(theta) / (root * stretch),
      theta * (a4 * sixth * square + a3 * sixth + a2 * square + a1))
  }

  /// Longitude brought to -180 ... 180 degrees.
  public static func wrapped(longitude: Double) -> Double {
    let turned = longitude.truncatingRemainder(dividingBy: 360)
    return turned > 180 ? turned - 360 : (turned < -180 ? turned + 360 : turned)
  }
}

import Foundation

/// The Mollweide projection of the whole sky into an ellipse twice as wide as high: areas are true.
public enum MollweideProjection {
  /// Half the width of the map for a sphere of radius 1.
  public static let halfWidth = 2 * 2.0.squareRoot()
  /// Half the height.
  public static let halfHeight = 2.0.squareRoot()

  /// - Parameters:
  ///   - longitude: degrees from the middle of the map, -180 ... 180, positive to the right.
  ///   - latitude: degrees, north positive.
  /// - Returns: x to the right and y upwards, for a sphere of radius 1.
  public static func project(longitude: Double, latitude: Double) -> SIMD2<Double> {
    let phi = min(max(latitude, -90), 90) * .pi / 180
    let target = Double.pi * sin(phi)
    // 2θ + sin 2θ = π sin φ. Near the poles the third-order expansion starts close enough for Newton's steps.
    let gap = Double.pi - abs(target)
    var theta =
      gap < 0.5 ? Double.pi / 2 - cbrt(0.75 * gap) : abs(phi) * 0.9
    for _ in 0..<50 {
      let slope = 2 + 2 * cos(2 * theta)
      guard slope > 1e-14 else { break }
      let step = (2 * theta + sin(2 * theta) - abs(target)) / slope
      theta = min(max(theta - step, 0), Double.pi / 2)
      if abs(step) < 1e-14 { break }
    }
    return SIMD2(
      halfWidth * longitude / 180 * cos(theta), halfHeight * (target < 0 ? -sin(theta) : sin(theta)))
  }

  /// The place on the sphere of a point of the map.
  ///
  /// - Parameter point: as `project` returns it.
  /// - Returns: degrees as `project` takes them; nil outside the ellipse.
  public static func unproject(_ point: SIMD2<Double>) -> (longitude: Double, latitude: Double)? {
    let height = point.y / halfHeight
    guard abs(height) <= 1 else { return nil }
    let theta = asin(height)
    let width = cos(theta)
    let latitude = asin(min(max((2 * theta + sin(2 * theta)) / .pi, -1), 1)) * 180 / .pi
    guard width > 0 else { return point.x == 0 ? (0, latitude) : nil }
    let longitude = 180 * point.x / (halfWidth * width)
    return abs(longitude) <= 180 ? (longitude, latitude) : nil
  }
}

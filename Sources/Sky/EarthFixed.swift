import CERFA
import Foundation

extension Site {
  /// The place in metres, Earth-fixed axes: x towards latitude 0 and longitude 0, z towards the north pole (WGS84).
  public var earthFixedPosition: SIMD3<Double> {
    var position = (0.0, 0.0, 0.0)
    let status = withUnsafeMutableBytes(of: &position) { bytes in
      eraGd2gc(
        Int32(ERFA_WGS84), longitude * .pi / 180, latitude * .pi / 180, altitude,
        bytes.bindMemory(to: Double.self).baseAddress)
    }
    precondition(status == 0, "a site has finite coordinates")
    return SIMD3(position.0, position.1, position.2)
  }
}

extension LocalDirection {
  /// - Parameters:
  ///   - azimuth: degrees clockwise from north.
  ///   - altitude: degrees above the horizon; -90 points down.
  public init(azimuth: Double, altitude: Double) {
    let (a, h) = (azimuth * .pi / 180, altitude * .pi / 180)
    self.init(east: cos(h) * sin(a), north: cos(h) * cos(a), up: sin(h))
  }

  /// The direction in Earth-fixed axes, unit length (vector-network section 2 with GMST = 0).
  public func earthFixed(at site: Site) -> SIMD3<Double> {
    let (phi, lambda) = (site.latitude * .pi / 180, site.longitude * .pi / 180)
    let eastAxis = SIMD3(-sin(lambda), cos(lambda), 0)
    let northAxis = SIMD3(-sin(phi) * cos(lambda), -sin(phi) * sin(lambda), cos(phi))
    let upAxis = SIMD3(cos(phi) * cos(lambda), cos(phi) * sin(lambda), sin(phi))
    return east * eastAxis + north * northAxis + up * upAxis
  }
}

import Sky

extension Site {
  var earthFixedPosition: SIMD3<Double> { SIMD3(latitude, longitude, altitude) }
}
extension LocalDirection {
  func earthFixed(at site: Site) -> SIMD3<Double> { SIMD3(east, north, up) }
}

/// The outlines of the continents and larger islands.
public enum Coastline {
  /// Closed rings of (longitude, latitude) in degrees; the last point joins the first.
  public static let rings: [[SIMD2<Double>]] = CoastlineData.rings.split(separator: ";").map { ring in
    var position = SIMD2<Int>.zero
    return ring.split(whereSeparator: \.isWhitespace).map { word in
      let step = word.split(separator: ",").compactMap { Int($0) }
      precondition(step.count == 2, "the coastline is a list of longitude,latitude")
      position &+= SIMD2(step[0], step[1])
      return SIMD2(Double(position.x), Double(position.y)) / 10
    }
  }
}

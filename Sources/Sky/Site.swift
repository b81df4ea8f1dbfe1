/// A place on the Earth, geodetic coordinates on the WGS84 ellipsoid.
public struct Site: Hashable, Sendable, Codable {
  /// Geodetic latitude in degrees, north positive, -90 ... 90.
  public var latitude: Double
  /// Longitude in degrees, east positive, -180 ... 360.
  public var longitude: Double
  /// Height above the ellipsoid in metres.
  public var altitude: Double

  public init(latitude: Double, longitude: Double, altitude: Double = 0) {
    self.latitude = latitude
    self.longitude = longitude
    self.altitude = altitude
  }
}

/// A unit direction in the local frame of a site: east, north, up.
public struct LocalDirection: Hashable, Sendable, Codable {
  public var east: Double
  public var north: Double
  public var up: Double

  /// - Parameters: components of any positive length; they are normalised.
  public init(east: Double, north: Double, up: Double) {
    let length = (east * east + north * north + up * up).squareRoot()
    precondition(length > 0, "a direction needs a length")
    self.east = east / length
    self.north = north / length
    self.up = up / length
  }
}

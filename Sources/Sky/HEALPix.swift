import Glibc

/// The sphere in 12 x 4^order pixels of equal area: HEALPix (Górski et al. 2005, ApJ 622, 759), with nside = 2^order.
///
/// A pixel has a number in the NESTED scheme, in which the four children of pixel p at the next order are 4 p ... 4 p + 3,
/// and one in the RING scheme, which counts along circles of latitude from the north pole.
public struct HEALPix: Hashable, Sendable, Codable {
  /// The finest order whose pixel numbers fit into 64 bits with room for the order itself.
  public static let maximumOrder = 29

  /// nside = 2^order.
  public let order: Int

  /// The grid of an order.
  ///
  /// - Parameter order: 0 ... 29.
  public init(order: Int) {
    precondition((0...Self.maximumOrder).contains(order), "HEALPix orders are 0 ... 29")
    self.order = order
  }

  /// Divisions along the side of each of the twelve base pixels.
  public var nside: Int { 1 << order }
  /// 12 nside².
  public var pixelCount: Int { 12 << (2 * order) }
  /// Solid angle of each pixel in sr.
  public var pixelArea: Double { 4 * Double.pi / Double(pixelCount) }
  /// The square root of a pixel's solid angle in rad.
  public var pixelSize: Double { pixelArea.squareRoot() }
  /// No point of a pixel is farther from its centre, in rad (`max_pixrad` of healpy).
  public var pixelRadius: Double {
    // The longest diagonal is that of the pixels that touch both the pole and the polar cap's rim.
    let corner = Self.vector(z: 2.0 / 3, longitude: .pi / (4 * Double(nside)))
    let edge = 1 - 1 / Double(nside)
    let other = Self.vector(z: 1 - edge * edge / 3, longitude: 0)
    let difference = corner - other
    return 2 * asin(min(1, (difference * difference).sum().squareRoot() / 2))
  }

  /// All pixels, in the NESTED order.
  public var pixels: [SkyPixel] { (0..<pixelCount).map { SkyPixel(order: order, nested: $0) } }

  /// The coarsest order whose pixels are no larger than a size; the finest order when none is that small.
  ///
  /// - Parameter pixelSize: rad.
  public static func order(pixelSize: Double) -> Int {
    (0...maximumOrder).first { HEALPix(order: $0).pixelSize <= pixelSize } ?? maximumOrder
  }

  /// The unit vector to the centre of a pixel.
  ///
  /// - Parameter nested: number in the NESTED scheme, 0 ..< pixelCount.
  public func direction(nested: Int) -> SIMD3<Double> {
    direction(FacePosition(nested: nested, order: order))
  }

  /// The unit vector to the centre of a pixel.
  ///
  /// - Parameter ring: number in the RING scheme, 0 ..< pixelCount.
  public func direction(ring: Int) -> SIMD3<Double> {
    direction(FacePosition(ring: ring, order: order))
  }

  /// NESTED number of the pixel that a direction lies in.
  ///
  /// - Parameter direction: a vector of any positive length.
  public func nested(at direction: SIMD3<Double>) -> Int {
    position(direction).nested(order: order)
  }

  /// RING number of the pixel that a direction lies in.
  ///
  /// - Parameter direction: a vector of any positive length.
  public func ring(at direction: SIMD3<Double>) -> Int {
    position(direction).ring(order: order)
  }

  /// RING number of a pixel given in the NESTED scheme.
  public func ring(nested: Int) -> Int { FacePosition(nested: nested, order: order).ring(order: order) }

  /// NESTED number of a pixel given in the RING scheme.
  public func nested(ring: Int) -> Int { FacePosition(ring: ring, order: order).nested(order: order) }

  /// NESTED numbers of the pixels around a pixel: SW, W, NW, N, NE, E, SE, S.
  ///
  /// - Parameter nested: number in the NESTED scheme.
  /// - Returns: eight entries; nil where pixels meet at a corner of only three base pixels.
  public func neighbours(nested: Int) -> [Int?] {
    FacePosition(nested: nested, order: order).neighbours(order: order).map { $0?.nested(order: order) }
  }

  /// The edge of a pixel, from its southern corner eastwards.
  ///
  /// - Parameters:
  ///   - nested: number in the NESTED scheme.
  ///   - pointsPerSide: 1 for the corners alone.
  /// - Returns: longitudes and latitudes in degrees. Longitudes go on beyond 360 or below 0 rather than jump. A corner at a
  ///   pole stands there twice, with the longitudes of both sides that meet there.
  public func outline(nested: Int, pointsPerSide: Int) -> [SIMD2<Double>] {
    precondition(pointsPerSide > 0, "a side has points")
    let position = FacePosition(nested: nested, order: order)
    let corners = [SIMD2(0.0, 0.0), SIMD2(1, 0), SIMD2(1, 1), SIMD2(0, 1)]
    return corners.indices.flatMap { side -> [SIMD2<Double>] in
      let (start, end) = (corners[side], corners[(side + 1) % 4])
      return (0...pointsPerSide).map { step in
        let place = start + (end - start) * (Double(step) / Double(pointsPerSide))
        // What the side tends to; at the pole itself there is no longitude.
        let inside = place + (start + end - 2 * place) * 1e-9
        return position.place(inside / Double(nside) + SIMD2(Double(position.x), Double(position.y)) / Double(nside))
      }
    }
  }

  private func direction(_ position: FacePosition) -> SIMD3<Double> {
    let nside = Double(nside)
    let (ringNumber, pixels, column) = position.ringPosition(order: order)
    let longitude = Double.pi / 4 * Double(column) / Double(pixels)
    if pixels == self.nside {
      return Self.vector(z: Double(2 * self.nside - ringNumber) * 2 / (3 * nside), longitude: longitude)
    }
    // Near the poles the sine of the polar angle keeps digits that z has lost.
    let fraction = Double(pixels) / nside
    let below = fraction * fraction / 3
    let sine = (below * (2 - below)).squareRoot()
    let z = ringNumber < self.nside ? 1 - below : below - 1
    return SIMD3(sine * cos(longitude), sine * sin(longitude), z)
  }

  private static func vector(z: Double, longitude: Double) -> SIMD3<Double> {
    let sine = ((1 - z) * (1 + z)).squareRoot()
    return SIMD3(sine * cos(longitude), sine * sin(longitude), z)
  }

  private func position(_ vector: SIMD3<Double>) -> FacePosition {
    let across = hypot(vector.x, vector.y)
    let length = hypot(across, vector.z)
    precondition(length > 0 && length.isFinite, "a direction needs a length")
    let z = vector.z / length
    let last = nside - 1
    var quarters = atan2(vector.y, vector.x) * 2 / Double.pi
    if quarters < 0 { quarters += 4 }
    if quarters >= 4 { quarters = 0 }
    if abs(z) <= 2.0 / 3 {
      // Numbers of the lines of pixel edges that ascend and descend to the right.
      let along = Double(nside) * (0.5 + quarters)
      let across = Double(nside) * 0.75 * z
      let ascending = Int(along - across)
      let descending = Int(along + across)
      let (first, second) = (ascending >> order, descending >> order)
      let face = first == second ? first & 3 | 4 : (first < second ? first & 3 : (second & 3) + 8)
      return FacePosition(face: face, x: descending & last, y: last - (ascending & last))
    }
    let face = min(3, Int(quarters))
    let fraction = quarters - Double(face)
    // (1 - |z|) without cancellation.
    let sine = across / length
    let distance = Double(nside) * sine * (3 / (1 + abs(z))).squareRoot()
    let ascending = min(Int(fraction * distance), last)
    let descending = min(Int((1 - fraction) * distance), last)
    return z >= 0
      ? FacePosition(face: face, x: last - descending, y: last - ascending)
      : FacePosition(face: face + 8, x: ascending, y: descending)
  }
}

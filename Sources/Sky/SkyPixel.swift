/// A HEALPix pixel of any order, so that one map can be coarse here and fine there.
public struct SkyPixel: Hashable, Sendable, Codable {
  public let order: Int
  /// Number in the NESTED scheme of its order.
  public let nested: Int

  /// - Parameters:
  ///   - order: 0 ... 29.
  ///   - nested: 0 ..< 12 x 4^order.
  public init(order: Int, nested: Int) {
    precondition(nested >= 0 && nested < HEALPix(order: order).pixelCount, "a pixel number is below 12 nside²")
    self.order = order
    self.nested = nested
  }

  /// The pixel of a UNIQ number, 4 nside² + NESTED number, as multi-order maps store it (IVOA MOC); nil for a number
  /// below 4 or of an order above 29.
  public init?(unique: Int) {
    guard unique >= 4 else { return nil }
    let order = (Int.bitWidth - 1 - unique.leadingZeroBitCount) / 2 - 1
    guard order <= HEALPix.maximumOrder else { return nil }
    self.init(order: order, nested: unique - 4 << (2 * order))
  }

  /// 4 nside² + NESTED number.
  public var unique: Int { 4 << (2 * order) + nested }

  /// Solid angle in sr.
  public var area: Double { HEALPix(order: order).pixelArea }

  /// The unit vector to the centre.
  public var direction: SIMD3<Double> { HEALPix(order: order).direction(nested: nested) }

  /// The four pixels of the next order that make up this one.
  public var children: [SkyPixel] {
    (0..<4).map { SkyPixel(order: order + 1, nested: 4 * nested + $0) }
  }

  /// The pixel's share of the numbers of order 29: pixels in their order on the sky have ranges in ascending order.
  public var finestRange: Range<Int> {
    let shift = 2 * (HEALPix.maximumOrder - order)
    return nested << shift..<(nested + 1) << shift
  }
}

import Sky

/// The instants of a block at which the places and axes of a node are computed (vector-network section 9.4).
struct GeometryKnots: Hashable, Sendable {
  /// 1 for the centre of the block alone; else J + 1 for the instants j L/J, between which the samples are interpolated.
  let count: Int
  private let blockNanoseconds: Int64

  /// L is divided into parts of at most 600 s over the radians that a field changes by for a radian of the Earth's turning:
  /// its phase at a place by p R_E, the direction of a sensor by one.
  ///
  /// - Parameters:
  ///   - blockNanoseconds: L.
  ///   - wavenumber: p, the largest, rad/m.
  ///   - axesTurn: whether the axes are those of a knot, too.
  /// - Returns: nil for a block of more than 4096 parts.
  init?(blockNanoseconds: Int64, wavenumber: Double, axesTurn: Bool) {
    let radians = max(axesTurn ? 1 : 0, wavenumber * 6378e3)
    let parts = (Double(blockNanoseconds) * radians / 600e9).rounded(.up)
    guard parts <= 4096 else { return nil }
    count = parts <= 1 ? 1 : Int(parts) + 1
    self.blockNanoseconds = blockNanoseconds
  }

  /// The start of block b, b L/2 after the epoch.
  func start(ofBlock block: Int64, epoch: GPSTime) -> GPSTime {
    // Half a block may be half a nanosecond off, but that does not add up.
    epoch.advanced(byNanoseconds: (block >> 1) * blockNanoseconds + (block & 1) * (blockNanoseconds / 2))
  }

  func centre(ofBlock block: Int64, epoch: GPSTime) -> GPSTime {
    start(ofBlock: block, epoch: epoch).advanced(byNanoseconds: blockNanoseconds / 2)
  }

  /// The instant of a knot.
  func time(_ knot: Int, block: Int64, epoch: GPSTime) -> GPSTime {
    guard count > 1 else { return centre(ofBlock: block, epoch: epoch) }
    let fraction = Double(knot) / Double(count - 1)
    return start(ofBlock: block, epoch: epoch).advanced(byNanoseconds: Int64(Double(blockNanoseconds) * fraction))
  }

  /// Points of a block on one side of a knot, and the share of the knot in the samples there.
  struct Slope: Hashable, Sendable {
    let range: Range<Int>
    fileprivate let value: Double
    fileprivate let change: Double

    func weight(_ point: Int) -> Double { value + change * Double(point) }
  }

  /// The shares of a knot in the samples of a block: they fall linearly to zero at the knots beside it.
  ///
  /// - Parameters:
  ///   - count: of all knots.
  ///   - length: points of a block.
  ///   - margin: points before and after the block, to which the lines of the first and the last part go on.
  static func hat(_ knot: Int, count: Int, length: Int, margin: (before: Int, after: Int) = (0, 0)) -> [Slope] {
    let parts = count - 1
    guard parts > 0 else { return [Slope(range: -margin.before..<length + margin.after, value: 1, change: 0)] }
    return (max(0, knot - 1)...min(parts - 1, knot)).map { part in
      let first = part == 0 ? -margin.before : (part * length + parts - 1) / parts
      let end = part == parts - 1 ? length + margin.after : ((part + 1) * length + parts - 1) / parts
      let slope = Double(parts) / Double(length)
      return part == knot
        ? Slope(range: first..<end, value: 1 + Double(part), change: -slope)
        : Slope(range: first..<end, value: -Double(part), change: slope)
    }
  }
}

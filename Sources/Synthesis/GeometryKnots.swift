import Sky

/// The instants of a block at which the places and axes of a node are computed (vector-network section 9.4).
struct GeometryKnots: Hashable, Sendable {
  /// 1 for the centre of the block alone; else J + 1 for the instants j L/J, between which the samples are interpolated.
  let count: Int
  private let blockNanoseconds: Int64

  /// L is divided into parts of at most 600 s/max(1, p R_E).
  ///
  /// - Parameters:
  ///   - blockNanoseconds: L.
  ///   - wavenumber: the largest, rad/m.
  /// - Returns: nil for a block of more than 4096 parts.
  init?(blockNanoseconds: Int64, wavenumber: Double) {
    let longest = 600e9 / max(1, wavenumber * 6378e3)
    let parts = (Double(blockNanoseconds) / longest).rounded(.up)
    guard parts <= 4096 else { return nil }
    count = parts <= 1 ? 1 : Int(parts) + 1
    self.blockNanoseconds = blockNanoseconds
  }

  /// The instant of a knot of block b, which starts b L/2 after the epoch.
  func time(_ knot: Int, block: Int64, epoch: GPSTime) -> GPSTime {
    // Half a block may be half a nanosecond off, but that does not add up.
    let start = (block >> 1) * blockNanoseconds + (block & 1) * (blockNanoseconds / 2)
    let within =
      count == 1 ? blockNanoseconds / 2 : Int64(Double(blockNanoseconds) * (Double(knot) / Double(count - 1)))
    return epoch.advanced(byNanoseconds: start + within)
  }
}

import Glibc

/// A pixel as its base pixel and its place in there, from which both numbering schemes and all neighbours follow.
struct FacePosition: Hashable {
  /// Base pixel, 0 ... 11: four around the north pole, four on the equator, four around the south pole.
  var face: Int
  /// Steps from the southern corner towards the north-east, 0 ..< nside.
  var x: Int
  /// Steps from the southern corner towards the north-west, 0 ..< nside.
  var y: Int

  /// Ring of the southern corner of each base pixel in units of nside, and its longitude in units of 45 degrees.
  private static let cornerRing = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
  private static let cornerLongitude = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7]

  init(face: Int, x: Int, y: Int) {
    self.face = face
    self.x = x
    self.y = y
  }

  init(nested: Int, order: Int) {
    precondition(nested >= 0 && nested < 12 << (2 * order), "a pixel number is below 12 nside²")
    face = nested >> (2 * order)
    let inside = nested & (1 << (2 * order) - 1)
    x = Self.evenBits(inside)
    y = Self.evenBits(inside >> 1)
  }

  func nested(order: Int) -> Int {
    face << (2 * order) | Self.spread(x) | Self.spread(y) << 1
  }

  /// Ring counted from 1 at the north pole, a quarter of the ring's pixels, and the column: longitude in units of 45
  /// degrees divided by that quarter.
  func ringPosition(order: Int) -> (ring: Int, quarter: Int, column: Int) {
    let nside = 1 << order
    let ring = Self.cornerRing[face] << order - x - y - 1
    let quarter = ring < nside ? ring : (ring > 3 * nside ? 4 * nside - ring : nside)
    let column = Self.cornerLongitude[face] * quarter + x - y
    return (ring, quarter, column < 0 ? column + 8 * quarter : column)
  }

  func ring(order: Int) -> Int {
    let nside = 1 << order
    let (ring, quarter, column) = ringPosition(order: order)
    let before: Int
    if ring < nside {
      before = 2 * ring * (ring - 1)
    } else if ring > 3 * nside {
      before = 12 << (2 * order) - 2 * quarter * (quarter + 1)
    } else {
      before = 2 * nside * (nside - 1) + (ring - nside) * 4 * nside
    }
    // Every other ring of the equatorial belt begins half a pixel east of longitude 0: its columns are odd.
    return before + column / 2
  }

  /// Longitude and latitude in degrees of a place on the base pixel.
  ///
  /// - Parameter place: from 0 at the southern corner to 1 along both sides.
  func place(_ place: SIMD2<Double>) -> SIMD2<Double> {
    let ring = Double(Self.cornerRing[face]) - place.x - place.y
    let quarter = ring < 1 ? ring : (ring > 3 ? 4 - ring : 1)
    let third = quarter * quarter / 3
    let z = ring < 1 ? 1 - third : (ring > 3 ? third - 1 : (2 - ring) * 2 / 3)
    let across = ring < 1 || ring > 3 ? (third * (2 - third)).squareRoot() : ((1 - z) * (1 + z)).squareRoot()
    return SIMD2(
      45 * (Double(Self.cornerLongitude[face]) + (place.x - place.y) / quarter), atan2(z, across) * 180 / .pi)
  }

  init(ring number: Int, order: Int) {
    let nside = 1 << order
    let count = 12 << (2 * order)
    precondition(number >= 0 && number < count, "a pixel number is below 12 nside²")
    let cap = 2 * nside * (nside - 1)
    let ring: Int
    let quarter: Int
    let column: Int
    if number < cap {
      ring = Self.capRing(number)
      quarter = ring
      column = 2 * (number - 2 * ring * (ring - 1)) + 1
    } else if number >= count - cap {
      let mirrored = Self.capRing(count - 1 - number)
      ring = 4 * nside - mirrored
      quarter = mirrored
      column = 2 * (number - (count - 2 * mirrored * (mirrored + 1))) + 1
    } else {
      let (rings, place) = (number - cap).quotientAndRemainder(dividingBy: 4 * nside)
      ring = nside + rings
      quarter = nside
      column = 2 * place + (rings.isMultiple(of: 2) ? 1 : 0)
    }
    self.init(ring: ring, quarter: quarter, column: column, order: order)
  }

  private init(ring: Int, quarter: Int, column: Int, order: Int) {
    let nside = 1 << order
    let face: Int
    if ring < nside {
      face = column / (2 * quarter)
    } else if ring > 3 * nside {
      face = 8 + column / (2 * quarter)
    } else {
      // The lines of pixel edges through the centre say which base pixel holds it, as for a direction.
      let descending = (column + 3 * nside - ring) >> 1
      let ascending = (column + ring - nside) >> 1
      let (first, second) = (ascending >> order, descending >> order)
      face = first == second ? first & 3 | 4 : (first < second ? first & 3 : (second & 3) + 8)
    }
    let sum = Self.cornerRing[face] << order - ring - 1
    var difference = column - Self.cornerLongitude[face] * quarter
    if difference > 4 * quarter { difference -= 8 * quarter }
    if difference < -4 * quarter { difference += 8 * quarter }
    self.init(face: face, x: (sum + difference) >> 1, y: (sum - difference) >> 1)
  }

  /// The ring of a pixel in the northern cap: the largest r with 2 r (r - 1) <= number.
  private static func capRing(_ number: Int) -> Int {
    var ring = Int((0.5 * (1 + (1 + 2 * Double(number)).squareRoot())).rounded(.down))
    while 2 * ring * (ring - 1) > number { ring -= 1 }
    while 2 * (ring + 1) * ring <= number { ring += 1 }
    return ring
  }

  private static func spread(_ value: Int) -> Int {
    var v = UInt64(value)
    v = (v | v << 16) & 0x0000_FFFF_0000_FFFF
    v = (v | v << 8) & 0x00FF_00FF_00FF_00FF
    v = (v | v << 4) & 0x0F0F_0F0F_0F0F_0F0F
    v = (v | v << 2) & 0x3333_3333_3333_3333
    v = (v | v << 1) & 0x5555_5555_5555_5555
    return Int(v)
  }

  private static func evenBits(_ value: Int) -> Int {
    var v = UInt64(value) & 0x5555_5555_5555_5555
    v = (v | v >> 1) & 0x3333_3333_3333_3333
    v = (v | v >> 2) & 0x0F0F_0F0F_0F0F_0F0F
    v = (v | v >> 4) & 0x00FF_00FF_00FF_00FF
    v = (v | v >> 8) & 0x0000_FFFF_0000_FFFF
    v = (v | v >> 16) & 0x0000_0000_FFFF_FFFF
    return Int(v)
  }
}

extension FacePosition {
  private static let steps = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]

  /// The base pixel across each edge and corner: row by (step in y + 1) x 3 + (step in x + 1), column by base pixel.
  /// -1 where there is none.
  private static let faceAcross = [
    [8, 9, 10, 11, -1, -1, -1, -1, 10, 11, 8, 9],
    [5, 6, 7, 4, 8, 9, 10, 11, 9, 10, 11, 8],
    [-1, -1, -1, -1, 5, 6, 7, 4, -1, -1, -1, -1],
    [4, 5, 6, 7, 11, 8, 9, 10, 11, 8, 9, 10],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    [1, 2, 3, 0, 0, 1, 2, 3, 5, 6, 7, 4],
    [-1, -1, -1, -1, 7, 4, 5, 6, -1, -1, -1, -1],
    [3, 0, 1, 2, 3, 0, 1, 2, 4, 5, 6, 7],
    [2, 3, 0, 1, -1, -1, -1, -1, 0, 1, 2, 3],
  ]

  /// How x and y change on the way: 1 mirrors x, 2 mirrors y, 4 exchanges them; by row as above and belt of the face.
  private static let turns = [
    [0, 0, 3], [0, 0, 6], [0, 0, 0], [0, 0, 5], [0, 0, 0], [5, 0, 0], [0, 0, 0], [6, 0, 0], [3, 0, 0],
  ]

  /// The pixels around this one, in the order SW, W, NW, N, NE, E, SE, S; nil where there is none.
  func neighbours(order: Int) -> [FacePosition?] {
    let nside = 1 << order
    return Self.steps.map { step in
      var (column, row) = (x + step.0, y + step.1)
      var crossing = 4
      if column < 0 {
        column += nside
        crossing -= 1
      } else if column >= nside {
        column -= nside
        crossing += 1
      }
      if row < 0 {
        row += nside
        crossing -= 3
      } else if row >= nside {
        row -= nside
        crossing += 3
      }
      let across = Self.faceAcross[crossing][face]
      guard across >= 0 else { return nil }
      let turn = Self.turns[crossing][face >> 2]
      if turn & 1 != 0 { column = nside - column - 1 }
      if turn & 2 != 0 { row = nside - row - 1 }
      return turn & 4 != 0
        ? FacePosition(face: across, x: row, y: column) : FacePosition(face: across, x: column, y: row)
    }
  }
}

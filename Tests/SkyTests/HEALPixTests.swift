import Foundation
import Sky
import Testing

private func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
  let difference = a - b
  return 2 * asin(min(1, (difference * difference).sum().squareRoot() / 2))
}

@Suite("HEALPix")
struct HEALPixTests {
  /// Directions spread evenly, none on an edge of pixels.
  private static func spiral(_ count: Int) -> [SIMD3<Double>] {
    (0..<count).map { index in
      let z = 1 - (2 * Double(index) + 1) / Double(count)
      let longitude = 2.399963229728653 * Double(index) + 0.1234
      let sine = (1 - z * z).squareRoot()
      return SIMD3(sine * cos(longitude), sine * sin(longitude), z)
    }
  }

  @Test("centres come back to their pixels in both schemes", arguments: [0, 1, 2, 4])
  func roundTrip(order: Int) {
    let grid = HEALPix(order: order)
    for pixel in 0..<grid.pixelCount {
      #expect(grid.nested(at: grid.direction(nested: pixel)) == pixel)
      #expect(grid.ring(at: grid.direction(ring: pixel)) == pixel)
      #expect(grid.nested(ring: grid.ring(nested: pixel)) == pixel)
      #expect(distance(grid.direction(nested: pixel), grid.direction(ring: grid.ring(nested: pixel))) < 1e-15)
    }
  }

  @Test("at the finest order no digit is lost, at the poles neither")
  func finest() {
    let grid = HEALPix(order: HEALPix.maximumOrder)
    for direction in Self.spiral(500) + [SIMD3(0, 0, 1), SIMD3(1e-8, 2e-8, 1), SIMD3(-3e-9, 1e-9, -1)] {
      let pixel = grid.nested(at: direction)
      let unit = direction / (direction * direction).sum().squareRoot()
      #expect(distance(grid.direction(nested: pixel), unit) <= grid.pixelRadius + 2e-16)
      #expect(grid.nested(at: grid.direction(nested: pixel)) == pixel)
      #expect(grid.nested(ring: grid.ring(nested: pixel)) == pixel)
    }
  }

  @Test("no point is farther from its pixel's centre than the stated radius", arguments: [0, 1, 3, 6])
  func radius(order: Int) {
    let grid = HEALPix(order: order)
    let largest = Self.spiral(20_000).map { distance($0, grid.direction(nested: grid.nested(at: $0))) }.max() ?? 0
    #expect(largest <= grid.pixelRadius)
    #expect(order > 3 || largest > 0.8 * grid.pixelRadius)
  }

  @Test("RING counts southwards along circles of latitude, and all pixels have one share of directions")
  func ringOrder() {
    let grid = HEALPix(order: 3)
    let heights = (0..<grid.pixelCount).map { grid.direction(ring: $0).z }
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $0 >= $1 - 1e-15 })
    #expect(Set(heights.map { ($0 * 1e12).rounded() }).count == 4 * grid.nside - 1)
    var counts = [Int](repeating: 0, count: grid.pixelCount)
    let directions = Self.spiral(100 * grid.pixelCount)
    for direction in directions { counts[grid.nested(at: direction)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 100) < 10 })
  }

  @Test("neighbours are mutual, near, and miss only where three base pixels meet", arguments: [1, 2, 4])
  func neighbours(order: Int) {
    let grid = HEALPix(order: order)
    var missing = 0
    for pixel in 0..<grid.pixelCount {
      let around = grid.neighbours(nested: pixel)
      #expect(around.count == 8)
      missing += around.count { $0 == nil }
      for other in around.compactMap(\.self) {
        #expect(grid.neighbours(nested: other).contains(pixel))
        #expect(distance(grid.direction(nested: pixel), grid.direction(nested: other)) < 2.1 * grid.pixelRadius)
      }
    }
    // Eight points where three base pixels meet, three pixels at each.
    #expect(missing == 24)
  }

  @Test("unique numbers hold order and pixel; children fill their parent")
  func uniqueNumbers() {
    for order in [0, 1, 7, 20, 29] {
      for pixel in [0, 5, HEALPix(order: order).pixelCount - 1] {
        let cell = SkyPixel(order: order, nested: pixel)
        #expect(SkyPixel(unique: cell.unique) == cell)
        if order < 29 {
          #expect(cell.children[0].finestRange.lowerBound == cell.finestRange.lowerBound)
          #expect(cell.children[3].finestRange.upperBound == cell.finestRange.upperBound)
          for child in cell.children {
            #expect(HEALPix(order: order).nested(at: child.direction) == pixel)
          }
        }
      }
    }
    #expect(SkyPixel(unique: 3) == nil)
    #expect(SkyPixel(unique: -1) == nil)
    #expect(SkyPixel(unique: .max) == nil)
  }

  @Test("right ascension and declination")
  func equatorial() {
    let place = EquatorialDirection(SIMD3(0, -2, 0))
    #expect(place.rightAscension == 270 && place.declination == 0)
    let other = EquatorialDirection(rightAscension: 83.6, declination: 22)
    #expect(distance(EquatorialDirection(other.vector).vector, other.vector) < 1e-15)
    #expect(abs(EquatorialDirection(other.vector).rightAscension - 83.6) < 1e-12)
    #expect(abs((other.east * other.north).sum()) < 1e-15)
    #expect((EquatorialDirection(other.vector + 1e-6 * other.east)).rightAscension > 83.6)
    #expect((EquatorialDirection(other.vector + 1e-6 * other.north)).declination > 22)
  }

  @Test("outlines enclose the centre and the pixel's area, and touch the outlines of the neighbours", arguments: 0...3)
  func outlines(order: Int) {
    let grid = HEALPix(order: order)
    for pixel in 0..<grid.pixelCount {
      let edge = grid.outline(nested: pixel, pointsPerSide: 60)
      // Solid angle of a polygon in longitude and sin(latitude), whose sides are short.
      var area = 0.0
      for (a, b) in zip(edge, edge.dropFirst() + edge.prefix(1)) {
        area += (b.x - a.x) * .pi / 180 * (sin(a.y * .pi / 180) + sin(b.y * .pi / 180)) / 2
      }
      #expect(abs(abs(area) / grid.pixelArea - 1) < 2e-3)
      let centre = EquatorialDirection(grid.direction(nested: pixel))
      for corner in grid.outline(nested: pixel, pointsPerSide: 2) {
        let direction = EquatorialDirection(rightAscension: corner.x, declination: corner.y).vector
        // Every point of the edge is shared with another pixel.
        let inside = 0.999_99 * direction + 1e-5 * centre.vector
        let outside = direction + 1e-5 * (direction - centre.vector)
        #expect(grid.nested(at: inside) == pixel)
        #expect(grid.nested(at: outside) != pixel)
      }
    }
  }
}

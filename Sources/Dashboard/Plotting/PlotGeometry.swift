/// A rectangle in pixels; y grows downwards.
public struct PlotRectangle: Hashable, Sendable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public var right: Double { x + width }
  public var bottom: Double { y + height }
  public var center: SIMD2<Double> { SIMD2(x + width / 2, y + height / 2) }

  /// Whether the two share an area.
  public func overlaps(_ other: PlotRectangle) -> Bool {
    x < other.right && other.x < right && y < other.bottom && other.y < bottom
  }

  /// Whether `other` lies inside this rectangle.
  public func contains(_ other: PlotRectangle) -> Bool {
    other.x >= x && other.y >= y && other.right <= right && other.bottom <= bottom
  }

  /// The rectangle made larger by `margin` on every side.
  public func expanded(by margin: Double) -> PlotRectangle {
    PlotRectangle(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }

  /// Whether the straight line between two points passes through the rectangle.
  public func meets(lineFrom start: SIMD2<Double>, to end: SIMD2<Double>) -> Bool {
    // The share of the line inside each pair of parallel sides, and what they have in common.
    var entry = 0.0
    var exit = 1.0
    let direction = end - start
    for (origin, step, low, high) in [(start.x, direction.x, x, right), (start.y, direction.y, y, bottom)] {
      if step == 0 {
        if origin <= low || origin >= high { return false }
      } else {
        let first = (low - origin) / step
        let second = (high - origin) / step
        entry = max(entry, min(first, second))
        exit = min(exit, max(first, second))
      }
    }
    return entry < exit
  }

  /// The point of the rectangle nearest to `point`.
  public func nearest(to point: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(min(max(point.x, x), right), min(max(point.y, y), bottom))
  }
}

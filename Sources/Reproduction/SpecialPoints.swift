/// Where functions vanish and where they are smallest.
enum SpecialPoints {
  /// The zero of a continuous function between two points where its signs differ, by bisection to the last bit.
  static func zero(of function: (Double) -> Double, in bracket: ClosedRange<Double>) -> Double {
    var (low, high) = (bracket.lowerBound, bracket.upperBound)
    let startsPositive = function(low) > 0
    precondition(startsPositive != (function(high) > 0), "a change of sign")
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return middle }
      if (function(middle) > 0) == startsPositive { low = middle } else { high = middle }
    }
  }

  /// The place of the only minimum in an interval, by golden sections; good to about 1e-8 of the interval's scale.
  static func minimum(of function: (Double) throws -> Double, in bracket: ClosedRange<Double>) rethrows -> Double {
    let share = (5.0.squareRoot() - 1) / 2
    var (low, high) = (bracket.lowerBound, bracket.upperBound)
    var (left, right) = (high - share * (high - low), low + share * (high - low))
    var (atLeft, atRight) = (try function(left), try function(right))
    // Below this width rounding decides.
    while high - low > 1e-9 * max(1, abs(low)) {
      if atLeft <= atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - share * (high - low)
        atLeft = try function(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + share * (high - low)
        atRight = try function(right)
      }
    }
    return (low + high) / 2
  }
}

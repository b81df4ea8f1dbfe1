/// The zero of a continuous function between two points where its signs differ, to the last few bits.
///
/// Inverse quadratic interpolation where it is safe, bisection elsewhere (Chandrupatla, Advances in Engineering Software
/// 28, 145, 1997).
///
/// - Parameters:
///   - bracket: its ends; the function has different signs there, or is zero at one of them.
///   - function: the function.
/// - Returns: the zero; an end of the bracket, the one with the smaller value, when the signs do not differ.
public func zero(of function: (Double) -> Double, in bracket: ClosedRange<Double>) -> Double {
  var (a, b) = (bracket.upperBound, bracket.lowerBound)
  var (atA, atB) = (function(a), function(b))
  if atA == 0 { return a }
  if atB == 0 { return b }
  guard (atA < 0) != (atB < 0) else { return abs(atA) < abs(atB) ? a : b }
  var share = 0.5
  for _ in 0..<200 {
    let point = a + share * (b - a)
    let value = function(point)
    let (c, atC): (Double, Double)
    if (value < 0) == (atA < 0) {
      (c, atC) = (a, atA)
    } else {
      (c, atC) = (b, atB)
      (b, atB) = (a, atA)
    }
    (a, atA) = (point, value)
    let best = abs(atA) < abs(atB) ? a : b
    let least = 2 * best.ulp / abs(b - a)
    if atA == 0 || least > 0.5 { return best }
    let position = (a - b) / (c - b)
    let height = (atA - atB) / (atC - atB)
    if height * height < position && (1 - height) * (1 - height) < 1 - position {
      share =
        atA / (atB - atA) * atC / (atB - atC) + (c - a) / (b - a) * atA / (atC - atA) * atB / (atC - atB)
    } else {
      share = 0.5
    }
    share = min(1 - least, max(least, share))
  }
  return abs(atA) < abs(atB) ? a : b
}

import Glibc

/// ψ(x), the derivative of ln Γ(x), for x > 0.
///
/// - Returns: relative error 1e-15, absolute near the zero at 1.4616.
public func digamma(_ x: Double) -> Double {
  precondition(x > 0, "the digamma function of a positive number")
  var x = x
  var result = 0.0
  while x < 10 {
    result -= 1 / x
    x += 1
  }
  let square = 1 / (x * x)
  // B_2k/(2k).
  let series =
    square
    * (1.0 / 12 - square
      * (1.0 / 120 - square
        * (1.0 / 252 - square
          * (1.0 / 240 - square * (1.0 / 132 - square * (691.0 / 32760 - square * (1.0 / 12)))))))
  return result + log(x) - 0.5 / x - series
}

import Glibc

/// Probability that a chi-squared variable exceeds `x`, accurate in relative terms far into the tail.
///
/// - Parameters:
///   - x: the value; at or below zero the probability is 1.
///   - degreesOfFreedom: positive, not necessarily whole.
/// - Returns: Q(degreesOfFreedom/2, x/2).
public func chiSquaredSurvival(_ x: Double, degreesOfFreedom: Double) -> Double {
  regularizedUpperGamma(degreesOfFreedom / 2, x / 2)
}

/// Q(a, x): the integral of t^(a-1) exp(-t) from x to infinity over Gamma(a), for a > 0.
public func regularizedUpperGamma(_ a: Double, _ x: Double) -> Double {
  guard a > 0 && !x.isNaN else { return .nan }
  if x <= 0 { return 1 }
  if x == .infinity { return 0 }
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

/// P(a, x) = x^a exp(-x)/Gamma(a+1) (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...).
private func lowerSeries(_ a: Double, _ x: Double) -> Double {
  var term = 1.0
  var sum = 1.0
  var n = 1.0
  while term > sum * 0x1p-54 {
    term *= x / (a + n)
    sum += term
    n += 1
  }
  return poissonDensity(a, x) * sum
}

/// Q(a, x) by Legendre's continued fraction x^a exp(-x)/Gamma(a) /(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))),
/// evaluated from the front by Lentz's method; for x >= a + 1 its numerators and denominators stay positive.
private func upperFraction(_ a: Double, _ x: Double) -> Double {
  var denominator = x + 1 - a
  var c = 1 / Double.leastNormalMagnitude
  var d = 1 / denominator
  var fraction = d
  var n = 1.0
  while true {
    let numerator = n * (a - n)
    denominator += 2
    d = 1 / (denominator + numerator * d)
    c = denominator + numerator / c
    let factor = c * d
    fraction *= factor
    if abs(factor - 1) < 0x1p-52 { break }
    n += 1
  }
  return a * poissonDensity(a, x) * fraction
}

/// x^a exp(-x)/Gamma(a+1), without the cancellation of large logarithms (Loader, "Fast and accurate computation of
/// binomial probabilities", 2000): exp(-D - delta)/sqrt(2 pi a), D the deviance and delta the error of Stirling's formula.
private func poissonDensity(_ a: Double, _ x: Double) -> Double {
  exp(-stirlingError(a) - deviance(a, x)) / (2 * Double.pi * a).squareRoot()
}

/// ln Gamma(a+1) - ln(sqrt(2 pi a) (a/e)^a).
private func stirlingError(_ a: Double) -> Double {
  if a < 16 { return log(tgamma(a + 1)) - (a + 0.5) * log(a) + a - 0.5 * log(2 * Double.pi) }
  let square = a * a
  let inner = 1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / square) / square) / square
  return (1.0 / 12 - (1.0 / 360 - inner / square) / square) / a
}

/// a ln(a/x) + x - a; near x = a by the series in v = (a-x)/(a+x).
private func deviance(_ a: Double, _ x: Double) -> Double {
  guard abs(a - x) < 0.1 * (a + x) else { return a * log(a / x) + x - a }
  let v = (a - x) / (a + x)
  var sum = (a - x) * v
  var power = 2 * a * v
  for n in 1...1000 {
    power *= v * v
    let next = sum + power / Double(2 * n + 1)
    if next == sum { break }
    sum = next
  }
  return sum
}

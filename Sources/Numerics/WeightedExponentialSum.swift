import Glibc

/// The law of Σ w_i E_i with independent exponential variables E_i of mean one: the power of a stochastic line's modes.
public enum WeightedExponentialSum {
  /// The probability that the sum is at most a value, to 1e-9.
  ///
  /// The Laplace transform Π 1/(1 - w_i z) is inverted along a parabola through the saddle point of its integrand, left of
  /// the pole at zero below the mean and right of it above, on which the integrand falls like a Gaussian.
  ///
  /// - Parameters:
  ///   - value: at which the distribution is taken.
  ///   - weights: w_i > 0; one or thousands.
  public static func probability(atMost value: Double, weights: [Double]) -> Double {
    guard value > 0 else { return 0 }
    guard value < .infinity, let scale = weights.max(), scale > 0 else { return 1 }
    let weights = weights.map { $0 / scale }
    let t = value / scale
    let isAboveMean = t > weights.reduce(0, +)
    let saddle = isAboveMean ? saddleAboveMean(t, weights) : -saddleBelowMean(t, weights)
    // The curvature at the saddle decides the step, the modes' skewness how the path bends around their poles.
    var (second, third) = (1 / (saddle * saddle), 0.0)
    for w in weights {
      let share = w / (1 - w * saddle)
      second += share * share
      third += 2 * share * share * share
    }
    let unit = 1 / second.squareRoot()
    let bend = max(0.03, third / (6 * second) * unit)
    var sum = 0.0
    for node in 0..<100 {
      let y = step * Double(node)
      let z = ComplexNumber(saddle + unit * bend * y * y, unit * y)
      let slope = ComplexNumber(2 * unit * bend * y, unit)
      let (product, logMagnitude) = polynomial(z, weights)
      let term =
        ComplexNumber(magnitude: exp(-z.real * t - logMagnitude), phase: -z.imaginary * t) * slope / (product * z)
      // 1/(2πi) of both halves of the path, which are mirror images.
      let share = term.imaginary * step / .pi
      sum += node == 0 ? share / 2 : share
      if node > 8, abs(share) < 1e-12 * abs(sum) { break }
    }
    return min(max(isAboveMean ? 1 - sum : -sum, 0), 1)
  }

  /// Between the nodes of the path, in units of the saddle's width.
  private static let step = 0.15

  /// Π (1 - w_i z) as a number of modulus near one and the logarithm of the rest.
  private static func polynomial(_ z: ComplexNumber, _ weights: [Double]) -> (ComplexNumber, Double) {
    var product = ComplexNumber.one
    var logMagnitude = 0.0
    for (index, w) in weights.enumerated() {
      product *= ComplexNumber(1 - w * z.real, -w * z.imaginary)
      if index & 15 == 15 {
        let magnitude = product.magnitude
        logMagnitude += log(magnitude)
        product *= 1 / magnitude
      }
    }
    return (product, logMagnitude)
  }

  /// The u > 0 with Σ w/(1 + w u) + 1/u = t: the saddle is at -u.
  private static func saddleBelowMean(_ t: Double, _ weights: [Double]) -> Double {
    // Convex and falling: from below the root Newton's steps stay below it.
    var u = 1 / t
    for _ in 0..<100 {
      var value = 1 / u - t
      var slope = -1 / (u * u)
      for w in weights {
        let share = w / (1 + w * u)
        value += share
        slope -= share * share
      }
      let change = -value / slope
      u += change
      if abs(change) <= 1e-8 * u { break }
    }
    return u
  }

  /// The z between zero and the first pole, at 1, with Σ w/(1 - w z) - 1/z = t.
  private static func saddleAboveMean(_ t: Double, _ weights: [Double]) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<40 {
      let z = (low + high) / 2
      let value = weights.reduce(-1 / z - t) { $0 + $1 / (1 - $1 * z) }
      if value > 0 { high = z } else { low = z }
    }
    return low > 0 ? low : high
  }
}

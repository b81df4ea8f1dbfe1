import Glibc
import Numerics

/// Noise of a known spectrum as a least-squares fit of a sinusoid sees it, through the gaps and the fitted offset (physics
/// page clock, section 5, coloured noise).
///
/// kappa(f) = S_eff(f)/h_0 multiplies the variances of fits that were weighted for white noise of density h_0. Below about
/// 5/T it is up to a fifth too large, so that limits are weaker than they have to be.
public struct ObservedNoise: Sendable {
  /// kappa at multiples of `step`.
  private let ratios: [Double]
  /// Hz.
  private let step: Double

  /// - Parameters:
  ///   - present: numbers of the readings on their lattice, ascending, of equal weight.
  ///   - interval: tau0 in s.
  ///   - white: h_0, the one-sided density in 1/Hz that goes with the readings' uncertainty.
  ///   - lowestFrequency: below it the noise has no power.
  ///   - density: one-sided, in 1/Hz, at frequencies up to half of the rate.
  public init(
    present: [Int], interval: Double, white: Double, lowestFrequency: Double, density: (Double) -> Double
  ) {
    let first = present.first ?? 0
    let span = (present.last ?? 0) - first + 1
    // Twice the span and more, so that nothing is counted around the end.
    let length = NonuniformTransform.smoothLength(atLeast: 2 * span)
    let transform = RealFourierTransform.shared(length: length)
    let bins = transform.spectrumLength
    step = 1 / (Double(length) * interval)
    let step = step
    let spectrum = (0..<bins).map { bin in
      let frequency = Double(bin) * step
      return frequency >= lowestFrequency ? density(frequency) : 0
    }
    // g(f) = Σ exp(-2πi f t), t from the middle of the span but for a common phase.
    let mask = AlignedBuffer(count: length)
    for index in present { mask.pointer[index - first] = 1 }
    let g = AlignedBuffer(count: 2 * bins)
    transform.forward(mask.pointer, g.pointer)

    let work = AlignedBuffer(count: 2 * bins)
    let (lags, products) = (AlignedBuffer(count: length), AlignedBuffer(count: length))
    func inverse(_ value: (Int) -> (Double, Double), into output: AlignedBuffer) {
      for bin in 0..<bins { (work.pointer[2 * bin], work.pointer[2 * bin + 1]) = value(bin) }
      transform.inverse(work.pointer, output.pointer)
    }
    func power(_ bin: Int) -> Double {
      let (a, b) = (g.pointer[2 * bin], g.pointer[2 * bin + 1])
      return a * a + b * b
    }
    // [S * |g|²](f): the product of the autocorrelations of mask and noise.
    inverse({ (power($0), 0) }, into: lags)
    inverse({ (spectrum[$0], 0) }, into: products)
    for n in 0..<length { lags.pointer[n] *= products.pointer[n] / Double(length) }
    transform.forward(lags.pointer, work.pointer)
    let convolved = (0..<bins).map { work.pointer[2 * $0] }
    // Σ S conj(g) g(f' - f) is the transform of the mask times that of S g.
    inverse({ (spectrum[$0] * g.pointer[2 * $0], spectrum[$0] * g.pointer[2 * $0 + 1]) }, into: lags)
    for n in 0..<length { lags.pointer[n] *= mask.pointer[n] }
    transform.forward(lags.pointer, work.pointer)
    var (total, weighted) = (0.0, 0.0)
    for bin in 0..<bins {
      let twice = bin == 0 || 2 * bin == length ? 1.0 : 2
      total += twice * power(bin)
      weighted += twice * spectrum[bin] * power(bin)
    }
    let zero = g.pointer[0]
    ratios = (0..<bins).map { bin in
      // mu = conj(g(f))/g(0); the mixed sum is conj(work).
      let (a, b) = (g.pointer[2 * bin] / zero, -g.pointer[2 * bin + 1] / zero)
      let square = a * a + b * b
      let mixed = a * work.pointer[2 * bin] - b * work.pointer[2 * bin + 1]
      let left = total * (1 - square)
      guard left > 1e-9 * total else { return .nan }
      return (convolved[bin] + square * weighted - 2 * mixed) / left / white
    }
  }

  /// kappa at a frequency in Hz.
  public func ratio(_ frequency: Double) -> Double {
    let place = min(frequency / step, Double(ratios.count - 1))
    let bin = min(Int(place), ratios.count - 2)
    let share = place - Double(bin)
    let (low, high) = (ratios[bin], ratios[bin + 1])
    return low.isNaN ? high : low + share * (high - low)
  }
}

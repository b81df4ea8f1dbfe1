import Glibc
import Numerics

/// A weighted least-squares fit of y = c cos w(t - t0) + s sin w(t - t0) + o at one frequency (physics page clock, section
/// 5).
public struct SinusoidFit: Hashable, Sendable {
  /// Hz.
  public var frequency: Double
  /// t0 in s.
  public var phaseOrigin: Double
  public var samples: Int
  /// c.
  public var cosine: Double
  /// s.
  public var sine: Double
  /// o.
  public var offset: Double
  /// Covariance of c and s, whatever the offset is.
  public var covariance: QuadratureCovariance

  /// sqrt(c² + s²).
  public var amplitude: Double { hypot(cosine, sine) }
  /// The phase φ of amplitude cos(w(t - t0) + φ) in radians.
  public var phase: Double { atan2(-sine, cosine) }
  /// P = (c, s) V⁻¹ (c, s)/2, exponential with mean one in noise alone.
  public var power: Double {
    let v = covariance
    return 0.5 * (v.sine * cosine * cosine - 2 * v.mixed * cosine * sine + v.cosine * sine * sine) / v.determinant
  }

  /// The upper limit `bayes` on the amplitude.
  ///
  /// - Parameter confidenceLevel: in (0, 1).
  public func upperLimit(confidenceLevel: Double = 0.95) throws -> Double {
    try AmplitudePosterior(cosine: cosine, sine: sine, covariance: covariance)
      .upperLimit(confidenceLevel: confidenceLevel)
  }

  /// Fits by orthogonalisation of the columns, accurate at any frequency, also far below the inverse span.
  ///
  /// - Parameters:
  ///   - times: s, in any order.
  ///   - values: one per time.
  ///   - sigmas: standard deviations, one per time.
  ///   - frequency: Hz.
  ///   - phaseOrigin: t0 in s.
  /// - Throws: `ClockAnalysisError` for input at fault, or when the samples do not determine the fit.
  public init(
    times: [Double], values: [Double], sigmas: [Double], frequency: Double, phaseOrigin: Double = 0
  ) throws(ClockAnalysisError) {
    let count = times.count
    guard values.count == count else { throw .sizeMismatch(input: "values", expected: count, found: values.count) }
    guard sigmas.count == count else { throw .sizeMismatch(input: "sigmas", expected: count, found: sigmas.count) }
    guard count >= 4 else { throw .tooFewSamples(count) }
    guard frequency > 0, frequency.isFinite else {
      throw .invalidOption(name: "frequency", reason: "\(frequency) Hz is not above zero")
    }
    for sample in 0..<count {
      guard times[sample].isFinite else { throw .notFinite(input: "time", sample: sample) }
      guard values[sample].isFinite else { throw .notFinite(input: "value", sample: sample) }
      guard sigmas[sample] > 0, sigmas[sample].isFinite else { throw .badUncertainty(sample: sample) }
    }
    let middle = 0.5 * ((times.min() ?? 0) + (times.max() ?? 0))
    let solution = try SinusoidColumns(times: times, sigmas: sigmas, frequency: frequency, middle: middle)
      .solve(values: values, sigmas: sigmas)
    self.frequency = frequency
    self.phaseOrigin = phaseOrigin
    samples = count
    offset = solution.offset
    let turn = 2 * Double.pi * frequency * (phaseOrigin - middle)
    let (c, s) = (cos(turn), sin(turn))
    cosine = solution.cosine * c + solution.sine * s
    sine = solution.sine * c - solution.cosine * s
    covariance = solution.covariance.turned(cosine: c, sine: s)
  }
}

/// The columns of the fit over the standard deviations, those of cosine and sine with the offset taken out.
private struct SinusoidColumns {
  let frequency: Double
  var unit: [Double]
  var cosine: [Double]
  var sine: [Double]
  var cosineMean: Double
  var sineMean: Double
  var unitNorm: Double

  init(times: [Double], sigmas: [Double], frequency: Double, middle: Double) throws(ClockAnalysisError) {
    self.frequency = frequency
    let count = times.count
    unit = sigmas.map { 1 / $0 }
    // Cosine less one, without cancellation where the phase is small: the same column once the offset is out.
    cosine = [Double](repeating: 0, count: count)
    sine = cosine
    for k in 0..<count {
      let phase = 2 * Double.pi * frequency * (times[k] - middle)
      let half = sin(0.5 * phase)
      cosine[k] = -2 * half * half * unit[k]
      sine[k] = sin(phase) * unit[k]
    }
    let norm = dot(unit, unit)
    unitNorm = norm
    let cosineFull = sum(count) { [cosine, unit] k in (cosine[k] + unit[k]) * (cosine[k] + unit[k]) }
    let sineFull = dot(sine, sine)
    cosineMean = dot(cosine, unit) / norm
    sineMean = dot(sine, unit) / norm
    subtract(cosineMean, unit, from: &cosine)
    subtract(sineMean, unit, from: &sine)
    // Once more: what rounding left of the offset.
    let (moreCosine, moreSine) = (dot(cosine, unit) / norm, dot(sine, unit) / norm)
    subtract(moreCosine, unit, from: &cosine)
    subtract(moreSine, unit, from: &sine)
    cosineMean += moreCosine
    sineMean += moreSine
    let (cc, cs, ss) = (dot(cosine, cosine), dot(cosine, sine), dot(sine, sine))
    let between = (cs + (1 + cosineMean) * sineMean * norm) / (cosineFull * sineFull).squareRoot()
    let condition = NormalCondition(
      cosineShare: cosineFull / norm, sineShare: sineFull / norm,
      offsetCosine: (1 + cosineMean) * (norm / cosineFull).squareRoot(),
      offsetSine: sineMean * (norm / sineFull).squareRoot(), cosineSine: between,
      determinant: (cc * ss - cs * cs) / (cosineFull * sineFull))
    guard condition.isDetermined else { throw .degenerate(frequency: frequency) }
  }

  func solve(
    values: [Double], sigmas: [Double]
  ) throws(ClockAnalysisError) -> (cosine: Double, sine: Double, offset: Double, covariance: QuadratureCovariance) {
    var data = zip(values, sigmas).map { $0 / $1 }
    let mean = dot(data, unit) / unitNorm
    subtract(mean, unit, from: &data)
    // Second orthogonalisation, of sine against cosine.
    let cosineNorm = dot(cosine, cosine)
    let share = dot(cosine, sine) / cosineNorm
    var rest = sine
    subtract(share, cosine, from: &rest)
    let restNorm = dot(rest, rest)
    guard restNorm > 0 else { throw .degenerate(frequency: frequency) }
    let s = dot(rest, data) / restNorm
    let c = dot(cosine, data) / cosineNorm - share * s
    let variance = 1 / restNorm
    return (
      c, s, mean - c * (1 + cosineMean) - s * sineMean,
      QuadratureCovariance(
        cosine: 1 / cosineNorm + share * share * variance, mixed: -share * variance, sine: variance)
    )
  }
}

/// How well offset, cosine and sine are told apart: the condition number of their normal matrix with unit diagonal.
struct NormalCondition {
  /// Mean squares of the columns; below 1e-12 they are rounding errors of zero.
  var cosineShare: Double
  var sineShare: Double
  /// Correlations of the columns.
  var offsetCosine: Double
  var offsetSine: Double
  var cosineSine: Double
  /// Of the matrix of these correlations.
  var determinant: Double

  /// Whether the condition number is below 1e12.
  @inline(__always)
  var isDetermined: Bool {
    // Sums of the eigenvalues' products in pairs; the largest as if the smallest were zero, as it is where it matters.
    let pairs = 3 - (offsetCosine * offsetCosine + offsetSine * offsetSine + cosineSine * cosineSine)
    let largest = 0.5 * (3 + max(0, 9 - 4 * pairs).squareRoot())
    return cosineShare > 1e-12 && sineShare > 1e-12 && largest * pairs < 1e12 * determinant
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { sum(a.count) { a[$0] * b[$0] } }

private func subtract(_ factor: Double, _ a: [Double], from b: inout [Double]) {
  for k in 0..<a.count { b[k] -= factor * a[k] }
}

import Glibc
import Numerics

/// What measured cosine and sine amplitudes with Gaussian errors say of the amplitude, with a flat prior in their plane
/// (physics page clock, section 5.1, `bayes`).
public struct AmplitudePosterior: Sendable {
  /// Standard deviation along the minor axis, the unit of the others.
  private let scale: Double
  /// Standard deviation along the major axis, at least one.
  private let elongation: Double
  /// Distance of the measured point from the axes.
  private let major: Double
  private let minor: Double

  /// - Parameters:
  ///   - cosine: c.
  ///   - sine: s.
  ///   - covariance: of c and s.
  /// - Throws: `ClockAnalysisError.covarianceNotPositiveDefinite`.
  public init(cosine: Double, sine: Double, covariance: QuadratureCovariance) throws(ClockAnalysisError) {
    let (larger, smaller, angle) = covariance.principalAxes
    guard covariance.cosine > 0, covariance.sine > 0, smaller > 0 else { throw .covarianceNotPositiveDefinite }
    scale = smaller.squareRoot()
    let ratio = (larger / smaller).squareRoot()
    if ratio - 1 < 1e-14 {
      // A circle has no axes: the measured point may lie on the minor one, where fewer points do.
      elongation = 1
      major = 0
      minor = hypot(cosine, sine) / scale
    } else {
      elongation = ratio
      major = abs(cosine * cos(angle) + sine * sin(angle)) / scale
      minor = abs(sine * cos(angle) - cosine * sin(angle)) / scale
    }
  }

  /// Probability that the amplitude is below a value.
  public func probability(below amplitude: Double) -> Double {
    amplitude > 0 ? disc(amplitude / scale) : 0
  }

  /// The amplitude that is exceeded with probability 1 - `confidenceLevel`: A95 for 0.95.
  ///
  /// - Parameter confidenceLevel: in (0, 1).
  public func upperLimit(confidenceLevel: Double = 0.95) -> Double {
    // The point lies within this distance of the measured one with more than the probability asked for.
    let reach = elongation * (-2 * log1p(-confidenceLevel)).squareRoot()
    let distance = hypot(major, minor)
    return scale
      * zero(of: { disc($0) - confidenceLevel }, in: max(0, distance - reach - 10 * elongation)...(distance + reach))
  }

  private static let rule = GaussLegendre(count: 16)

  /// Probability of a disc about the origin: across the major axis by error functions, along it, at radius sin θ, by
  /// quadrature in θ.
  private func disc(_ radius: Double) -> Double {
    func integrand(_ angle: Double) -> Double {
      let half = radius * cos(angle)
      let offset = (radius * sin(angle) - major) / elongation
      let across = 0.5 * (erf((half - minor) * 0.5.squareRoot()) + erf((half + minor) * 0.5.squareRoot()))
      return half / elongation * exp(-0.5 * offset * offset) * across
    }
    let norm = 1 / (2 * Double.pi).squareRoot()
    if radius < 30 {
      // Periodic and entire: equal steps of 0.6 standard deviations converge to 1e-15.
      let steps = 12 + Int(radius * .pi / 0.6)
      let step = .pi / Double(steps)
      var sum = 0.0
      for index in 1..<steps { sum += integrand(-.pi / 2 + step * Double(index)) }
      return norm * step * sum
    }
    let first = asin(max(-1, min(1, (major - 9.5 * elongation) / radius)))
    let last = asin(max(-1, min(1, (major + 9.5 * elongation) / radius)))
    let panels = max(1, Int(((last - first) * radius / 2).rounded(.up)))
    let half = 0.5 * (last - first) / Double(panels)
    var sum = 0.0
    for panel in 0..<panels {
      let centre = first + (2 * Double(panel) + 1) * half
      for (node, weight) in zip(Self.rule.nodes, Self.rule.weights) { sum += weight * integrand(centre + half * node) }
    }
    return norm * half * sum
  }
}

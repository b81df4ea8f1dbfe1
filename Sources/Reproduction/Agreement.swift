import Numerics

/// How far measured points and closed forms are apart, against what chance allows.
public struct ChiSquareTest: Hashable, Sendable, Codable {
  /// Sum of the squared deviations in standard deviations; the points are independent.
  public var statistic: Double
  public var degreesOfFreedom: Int

  /// Probability of this or a larger statistic by chance.
  public var probability: Double { chiSquaredSurvival(statistic, degreesOfFreedom: Double(degreesOfFreedom)) }

  /// Whether the probability is within 0.001 ... 0.999: points that agree too well have wrong errors.
  public var agrees: Bool { degreesOfFreedom == 0 || (0.001...0.999).contains(probability) }

  init(_ points: [MeasuredPoint]) {
    degreesOfFreedom = points.count
    statistic = points.reduce(0) { sum, point in
      let deviation = (point.value - point.expected) / point.error
      return sum + deviation * deviation
    }
  }
}

extension Landmark {
  /// Whether computed and published value agree.
  public var agrees: Bool { abs(computed - published) <= tolerance }
}

extension ReproducedCurve {
  /// The points of this curve against their expectations.
  public var test: ChiSquareTest { ChiSquareTest(points) }
}

extension Reproduction {
  /// All points against their expectations.
  public var test: ChiSquareTest { ChiSquareTest(panels.flatMap(\.curves).flatMap(\.points)) }

  /// Whether all landmarks are met and the points as a whole agree with the closed forms.
  public var agrees: Bool { landmarks.allSatisfy(\.agrees) && test.agrees }
}

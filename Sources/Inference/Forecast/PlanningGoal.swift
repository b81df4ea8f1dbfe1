import Glibc
import Numerics

/// What a network is to become better at.
public struct PlanningGoal: Sendable {
  public enum Figure: String, Hashable, Sendable, Codable, CaseIterable {
    /// The expected statistic of the first template.
    case detection
    /// σ(P_V) with the amplitude fitted.
    case chirality
    /// Geometric mean of the solid angles of several directions, each with its amplitude fitted, in sr.
    case location
    /// The least expected preference of the first template to each of the others.
    case discrimination
  }

  public var figure: Figure
  /// What it is about, such as the name of a signal.
  public var subject: String
  /// The families whose products decide it.
  public var families: [TemplateFamily]

  public init(figure: Figure, subject: String, families: [TemplateFamily]) {
    self.figure = figure
    self.subject = subject
    self.families = families
  }

  /// The figure from the products of the families, or from their exact Fisher matrices; nil when it is not determined.
  ///
  /// Discrimination is Θ (1 - ρ²).
  func value(_ products: [RealMatrix]) -> Double? {
    guard let first = products.first, let family = families.first else { return nil }
    switch figure {
    case .detection:
      return first[0, 0]
    case .chirality:
      return FisherForecast(labels: family.labels, matrix: first).holdingAllBut(["ln A", "P_V"]).uncertainty("P_V")
    case .location:
      let logarithms = zip(families, products).map { family, matrix in
        // A direction that is not determined is anywhere on the sky.
        log(min(4 * .pi, FisherForecast(labels: family.labels, matrix: matrix).solidAngle ?? 4 * .pi))
      }
      return exp(logarithms.reduce(0, +) / Double(logarithms.count))
    case .discrimination:
      return (1..<first.rows).map { other in
        first[0, 0] - (first[other, other] > 0 ? first[0, other] * first[0, other] / first[other, other] : 0)
      }.min()
    }
  }

  /// What is greater for the better network: the value, or its inverse for an uncertainty; zero when it is not determined.
  func merit(_ value: Double?) -> Double {
    guard let value else { return 0 }
    return figure == .chirality || figure == .location ? 1 / value : value
  }

  /// How much better a value is than another: a factor above one for the better.
  func gain(from old: Double?, to new: Double?) -> Double {
    let (before, after) = (merit(old), merit(new))
    return before > 0 ? after / before : (after > 0 ? .infinity : 1)
  }

  /// The exact figure of a network.
  public func evaluate(_ network: ForecastNetwork, times: ObservationTimes) throws -> Double? {
    switch figure {
    case .detection: try families.first.map { try SignalStrength($0, network: network, times: times).statistic() }
    case .chirality, .location:
      value(try families.map { try FisherForecast($0, network: network, times: times).matrix })
    case .discrimination:
      try families.first.flatMap { try TemplateSeparation($0, network: network, times: times).statistics.min() }
    }
  }

  /// The goal with fewer cells, for scans.
  func coarse(_ cells: Int) -> PlanningGoal {
    var goal = self
    goal.families = families.map { $0.coarse(cells) }
    return goal
  }
}

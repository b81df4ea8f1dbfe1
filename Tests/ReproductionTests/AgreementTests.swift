import Reproduction
import Testing

@Suite("What counts as agreement")
struct AgreementTests {
  /// A reproduction with points at given deviations in standard deviations, and one landmark.
  private func reproduction(deviations: [Double], computed: Double = 1) -> Reproduction {
    let points = deviations.enumerated().map { index, deviation in
      MeasuredPoint(x: Double(index), value: 2 + 0.1 * deviation, error: 0.1, expected: 2)
    }
    let curve = ReproducedCurve(label: "curve", x: [0, 1], y: [2, 2], points: points)
    return Reproduction(
      id: "item", title: "title", source: "source", experiment: "experiment",
      landmarks: [Landmark("one", computed: computed, published: 1, tolerance: 1e-6)],
      panels: [ReproducedPanel(title: "panel", xLabel: "x", yLabel: "y", curves: [curve])])
  }

  @Test("points that scatter as their errors say agree")
  func scatter() {
    let result = reproduction(deviations: [1, -1, 0.5, -1.5, 0.9, -0.7, 1.3, -0.2])
    #expect(abs(result.test.statistic - 7.53) < 1e-10)
    #expect(result.test.degreesOfFreedom == 8)
    #expect(result.agrees)
  }

  @Test("points too far away, and points too close, do not")
  func extremes() {
    #expect(!reproduction(deviations: [3, -3, 3, 2.5]).agrees)
    #expect(!reproduction(deviations: [Double](repeating: 0.05, count: 20)).agrees)
  }

  @Test("one landmark that is missed is enough to fail, points or not")
  func landmarks() {
    #expect(reproduction(deviations: []).agrees)
    #expect(!reproduction(deviations: [], computed: 1 + 2e-6).agrees)
    #expect(!reproduction(deviations: [], computed: .nan).agrees)
  }
}

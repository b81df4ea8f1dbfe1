import Dashboard
import Reproduction
import Testing

@Suite("Figures and texts of reproductions")
struct ReproductionFigureTests {
  private let reproduction = Reproduction(
    id: "figure-0", title: "A line & its points", source: "arXiv:0000.00000", experiment: "none",
    landmarks: [
      Landmark("slope", computed: 1, published: 1, tolerance: 0.1),
      Landmark("offset", computed: 2, published: 1, tolerance: 0.1),
    ],
    panels: [
      ReproducedPanel(
        title: "$P$_V < 1", xLabel: "|$p$| $d$", yLabel: "$σ$", xRange: 0.1...10, yRange: 0.1...10,
        xIsLogarithmic: true, yIsLogarithmic: true,
        curves: [
          ReproducedCurve(
            label: "measured", x: [0.1, 1, 10], y: [.nan, 1, 10],
            points: [
              MeasuredPoint(x: 1, value: 1.1, error: 0.2, expected: 1),
              MeasuredPoint(x: 2, value: 1.8, error: 0.2, expected: 2),
            ]),
          ReproducedCurve(label: "limit", x: [0.1, 10], y: [0.2, 20], isReference: true),
        ])
    ])

  @Test("the SVG is well-formed, with every curve in its legend and a marker for each point")
  func figure() throws {
    let document = ParsedDocument(reproduction.figure.drawing().file)
    #expect(document.problem == nil)
    #expect(document.hasFiniteCoordinates)
    let labels = document.all("text").map(\.text)
    #expect(labels.contains("measured") && labels.contains("limit") && labels.contains("PV < 1"))
    let dashed = document.all("path").filter { $0.attributes["stroke-dasharray"] != nil }
    #expect(dashed.count >= 1)
  }

  @Test("the text gives each number, and says what failed")
  func text() {
    let text = reproduction.text
    for part in ["figure-0", "slope", "DIFFERS", "measured", "p = "] { #expect(text.contains(part), "\(part)") }
    #expect(text.components(separatedBy: "DIFFERS").count == 2)
  }
}

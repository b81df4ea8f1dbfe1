import Foundation
import Reproduction

extension Reproduction {
  /// What came out, for the terminal.
  public var text: String {
    var text = "\(id): \(title)\n\(source)\n\n\(experiment)\n\n"
    if !landmarks.isEmpty {
      var table = TextTable([
        .init("value"), .init("computed", .right), .init("published", .right), .init("tolerance", .right), .init(""),
      ])
      for landmark in landmarks {
        table.append([
          landmark.name, formatNumber(landmark.computed, digits: 12), formatNumber(landmark.published, digits: 12),
          formatNumber(landmark.tolerance, digits: 2), landmark.agrees ? "ok" : "DIFFERS",
        ])
      }
      text += table.text + "\n"
    }
    var table = TextTable([
      .init("panel"), .init("simulated points"), .init("points", .right), .init("χ²", .right), .init("p", .right),
    ])
    for panel in panels {
      for curve in panel.curves where !curve.points.isEmpty {
        table.append([
          RichText(markup: panel.title).plain, RichText(markup: curve.label).plain, "\(curve.points.count)",
          String(format: "%.1f", curve.test.statistic), formatNumber(curve.test.probability, digits: 3),
        ])
      }
    }
    if test.degreesOfFreedom > 0 {
      text += table.text
      let verdict = test.agrees ? "agree with the closed form" : "DO NOT AGREE with the closed form"
      text +=
        "all: χ² = \(String(format: "%.1f", test.statistic)) for \(test.degreesOfFreedom) points, "
        + "p = \(formatNumber(test.probability, digits: 3)): they \(verdict)\n"
    }
    return text
  }
}

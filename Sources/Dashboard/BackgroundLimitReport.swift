import Archive
import Inference

/// Maps the upper limits on a background that was not found onto what the written report shows.
struct BackgroundLimitReport {
  let band: String
  let limits: BackgroundLimits
  /// The SI prefix in which densities are shown.
  let scale: DisplayScale

  var section: ReportSection { ReportSection(verdict: verdict, results: [table]) }

  private var percent: String { "\(formatNumber(100 * limits.confidence)) %" }

  private var verdict: [String] {
    guard let worst = limits.limits.max(by: { $0.amplitude < $1.amplitude }) else { return [] }
    let density = worst.amplitude.squareRoot() * scale.factor
    return [
      "Band \(band): a background is weaker than \(formatNumber(density, digits: 3)) \(scale.unit)/√Hz at "
        + "\(formatNumber(limits.referenceFrequency)) Hz (\(percent), whole vector, "
        + (worst.composition == .any ? "any mixture" : worst.composition.rawValue) + " of polarisations)."
    ]
  }

  private var table: ReportContent.ResultTable {
    let square = scale.factor * scale.factor
    return .init(
      title: "Upper limits at \(percent) on an isotropic background, band \(band)",
      rows: limits.limits.map { limit in
        .init(
          name: "power density at \(formatNumber(limits.referenceFrequency)) Hz, \(limit.composition.title)",
          symbol: RichText(markup: "$A$_{\(formatNumber(100 * limits.confidence))}"), value: limit.amplitude * square,
          unit: scale.densityUnit,
          note: "best "
            + formatEstimate(limit.best.value * square, limit.best.uncertainty * square)
            + (limit.composition == .any
              ? "; weakest at f_L = \(formatNumber(limit.longitudinalFraction, digits: 2)), P_V = "
                + formatNumber(limit.chirality, digits: 2) : ""))
      })
  }
}

extension BackgroundLimits.Composition {
  fileprivate var title: String {
    switch self {
    case .any: "any f_L and P_V"
    case .longitudinal: "longitudinal"
    case .transverse: "transverse"
    }
  }
}

import Correlator
import DarkMatter
import Glibc
import Numerics

/// Equation (40): two sensors at one place see the same dipole whatever the modes of an isotropic background are.
struct UniversalDipole: ReproductionItem {
  let id = "equation-40"
  let title = "Isotropic background: the universal dipole of two sensors at one place"
  let source = "arXiv:2111.06732, equations (38)-(40)"

  private let seconds = 250
  private let noise = 0.03

  private struct Background {
    var label: String
    var longitudinalFraction: Double
    var chirality: Double
  }

  var experiment: String {
    """
    A pair of axes at Mainz for each angle, \(seconds) s of 256 Hz streams with noise of 3 % of the field's density \
    each, in backgrounds of longitudinal, unpolarised transverse and right-handed waves from 1 to 100 Hz. Each point \
    is an experiment of its own.
    """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let backgrounds = [
      Background(label: "longitudinal", longitudinalFraction: 1, chirality: 0),
      Background(label: "transverse", longitudinalFraction: 0, chirality: 0),
      Background(label: "right-handed", longitudinalFraction: 0, chirality: 1),
    ]
    let angles = evenly(0, 165, 12)
    var curves: [ReproducedCurve] = []
    for (number, background) in backgrounds.enumerated() {
      var points: [MeasuredPoint] = []
      for (index, angle) in angles.enumerated() {
        let experiment = number * angles.count + index
        points.append(
          // Each mode at angles of its own, so that no point hides another.
          try measure(
            background, angle: angle + 5 * Double(number), run.part(experiment, of: backgrounds.count * angles.count),
            experiment: experiment))
      }
      curves.append(ReproducedCurve(label: background.label, x: [], y: [], points: points))
    }
    let theory = ReproducedCurve(label: "cos $θ$/3 for all modes", evenly(0, 180, 181), isReference: true) {
      cos($0 * .pi / 180) / 3
    }
    return [
      ReproducedPanel(
        title: "Two sensors at one place", xLabel: "angle $θ$ between the sensors [°]",
        yLabel: "$Γ$($l$_1, $l$_2)", xRange: -3...183, yRange: -0.4...0.4, curves: [theory] + curves)
    ]
  }

  private func measure(
    _ background: Background, angle: Double, _ run: ReproductionRun, experiment: Int
  ) throws -> MeasuredPoint {
    let pair = StationPair.intercontinental
    let turned = cos(angle * .pi / 180) * pair.along + sin(angle * .pi / 180) * pair.across
    let network = try SimulatedNetwork(
      [.init(name: "mainz", site: pair.first, axes: [pair.along, turned])],
      field: .isotropic(
        IsotropicBackground(
          spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: 0.5, highestFrequency: 104,
          longitudinalFraction: background.longitudinalFraction, chirality: background.chirality)),
      noiseDensity: noise, seed: run.seed(ofExperiment: experiment), duration: Int64(seconds) * 1_000_000_000)
    let plan = try BandPlan(
      name: "broad", lowestFrequency: 1, highestFrequency: 100, segment: 2_000_000_000, overlap: 0,
      window: .rectangular, integration: Int64(seconds) * 1_000_000_000)
    var point = MeasuredPoint(x: angle, value: .nan, error: .nan, expected: .nan)
    try network.correlate(plan, integrations: 1, progress: run.progress) { spectra in
      point = spectra.realCorrelation(
        0, 1, plan: plan, bins: 0..<plan.binCount, density: 1, noise: noise, power: 1 / 3
      ) { _ in cos(angle * .pi / 180) / 3 }
    }
    point.x = angle
    return point
  }

  /// The closed forms at zero separation, for sensors at 60°.
  func landmarks() -> [Landmark] {
    let (first, second) = (SIMD3<Double>(0, 0, 1), SIMD3(0, 3.0.squareRoot() / 2, 0.5))
    let modes: [(String, TwoPointTensor.Coefficients)] = [
      ("longitudinal", TwoPointTensor.longitudinal.coefficients(z: 0)),
      ("transverse", TwoPointTensor.transverse.coefficients(z: 0)),
      ("right-handed", TwoPointTensor.rightHanded(z: 0)), ("left-handed", TwoPointTensor.leftHanded(z: 0)),
    ]
    return modes.map { name, tensor in
      Landmark(
        "\(name) correlation at 60°", computed: tensor.contraction(baseline: SIMD3(), first, second),
        published: 1.0 / 6, tolerance: 1e-15)
    }
  }
}

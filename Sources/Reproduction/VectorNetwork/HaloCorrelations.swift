import DarkMatter
import Inference
import Numerics

/// Figure 3: axion gradient and magnetic-dipole dark photon of the standard halo against the baseline.
struct HaloCorrelations: ReproductionItem {
  let id = "figure-3"
  let title = "Standard halo: axion gradient and magnetic dipole against the baseline"
  let source = "arXiv:2111.06732, figure 3, equations (50)-(60)"

  var experiment: String { HaloFigure.experiment("a line") }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let couplings: [(VectorCoupling, String)] = [
      (.axionGradient, "Axion gradient"), (.magneticDipole, "Magnetic-dipole dark photon"),
    ]
    let arrangements = HaloFigure.arrangements
    var panels: [ReproducedPanel] = []
    for (number, (coupling, title)) in couplings.enumerated() {
      var curves: [ReproducedCurve] = []
      for (index, arrangement) in arrangements.enumerated() {
        let experiment = number * arrangements.count + index
        curves.append(
          try HaloFigure.curve(
            arrangement, of: coupling, run.part(experiment, of: couplings.count * arrangements.count),
            experiment: experiment))
      }
      panels.append(
        ReproducedPanel(
          title: title, xLabel: "$d$/$λ$_c", yLabel: "$C$($l$, $l$)/($ρ$ $v$_{vir}^2)", xRange: -0.15...6,
          curves: curves))
    }
    return panels
  }

  func landmarks() throws -> [Landmark] {
    let still = HaloModel(meanVelocity: SIMD3(), virialSpeed: 1)
    let z = SIMD3<Double>(0, 0, 1)
    func virial(_ coupling: HaloCoupling, _ axis: SIMD3<Double>) -> (Double) -> Double {
      { HaloCorrelation(still, separation: $0 * z).contraction(coupling, axis, axis).real }
    }
    let oblique = (x: SIMD3(0.5, -1, 2), wind: SIMD3(0.3, 0.4, -0.9), SIMD3(1.0, 2, 2), SIMD3(2.0, -1, 2))
    return HaloFigure.reference(
      "axion, oblique", .axionGradient, separation: oblique.x, wind: oblique.wind, oblique.2, oblique.3,
      real: -0.10011376671667, imaginary: 0.073250760425037)
      + HaloFigure.reference(
        "magnetic dipole, oblique", .magneticDipole, separation: oblique.x, wind: oblique.wind, oblique.2, oblique.3,
        real: -0.06209718876268, imaginary: -0.030867881135486)
      + [
        Landmark(
          "axion, no wind, l ∥ d = 2 λ_c", computed: virial(.axionGradient, z)(2), published: -0.18393972058572,
          tolerance: 1e-13),
        Landmark(
          "magnetic dipole, no wind, l ∥ d = 2 λ_c", computed: virial(.magneticDipole, z)(2),
          published: 0.12262648039048, tolerance: 1e-13),
        Landmark(
          "axion, no wind, l ∥ d vanishes at d/λ_c",
          computed: SpecialPoints.zero(of: virial(.axionGradient, z), in: 1...2),
          published: 2.0.squareRoot(), tolerance: 1e-12),
        Landmark(
          "magnetic dipole, no wind, l ⊥ d vanishes at d/λ_c",
          computed: SpecialPoints.zero(of: virial(.magneticDipole, SIMD3(1, 0, 0)), in: 1...3), published: 2,
          tolerance: 1e-12),
      ] + (try overlaps)
  }

  /// Section 8: how alike the couplings look to sensors at one place.
  private var overlaps: [Landmark] {
    get throws {
      let halo = HaloModel(meanVelocity: SIMD3(0, 0, -232.618 / 220), virialSpeed: 1)
      let (along, across, third) = (SIMD3<Double>(0, 0, 1), SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0))
      func overlap(
        _ a: HaloCoupling, _ b: HaloCoupling, _ axes: [SIMD3<Double>], _ halo: HaloModel, _ positions: [SIMD3<Double>]
      ) throws -> Double {
        try TemplateOverlap.between(
          TemplateOverlap.halo(a, halo, directions: axes, positions: positions),
          TemplateOverlap.halo(b, halo, directions: axes, positions: positions))
      }
      let rows: [(String, HaloCoupling, HaloCoupling, [SIMD3<Double>], Double)] = [
        ("two axes: axion and magnetic dipole", .axionGradient, .magneticDipole, [along, across], 0.6749),
        ("two axes: axion and electric dipole", .axionGradient, .electricDipole, [along, across], 0.8844),
        ("two axes: magnetic and electric dipole", .magneticDipole, .electricDipole, [along, across], 0.9413),
        ("three axes: axion and magnetic dipole", .axionGradient, .magneticDipole, [along, across, third], 0.6700),
        ("three axes: axion and electric dipole", .axionGradient, .electricDipole, [along, across, third], 0.8560),
        ("three axes: magnetic and electric dipole", .magneticDipole, .electricDipole, [along, across, third], 0.9573),
      ]
      let atOnePlace = try rows.map { name, a, b, axes, published in
        Landmark(
          "overlap, " + name, computed: try overlap(a, b, axes, halo, axes.map { _ in SIMD3() }),
          published: published, tolerance: 5.1e-5)
      }
      let still = HaloModel(meanVelocity: SIMD3(), virialSpeed: 1)
      return atOnePlace + [
        Landmark(
          "overlap, no wind, l ∥ d = 2 λ_c: axion and electric dipole",
          computed: try overlap(.axionGradient, .electricDipole, [along, along], still, [2 * along, SIMD3()]),
          published: 0.76159, tolerance: 5.1e-6)
      ]
    }
  }
}

import DarkMatter

/// Figure 8: a scalar field of the standard halo against the baseline.
struct ScalarCorrelation: ReproductionItem {
  let id = "figure-8"
  let title = "Standard halo: scalar field against the baseline"
  let source = "arXiv:2111.06732, figure 8, equation (A5)"

  var experiment: String {
    HaloFigure.experiment("a line of electric-dipole coupling")
      + " Every component of that field is a scalar field of a third of the power."
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let arrangements: [HaloExperiment.Arrangement] = [
      .init(label: "$d$ ⊥ $v$_g", baseline: .acrossWind, axis: SIMD3(1, 0, 0)),
      .init(label: "$d$ ∥ $v$_g", baseline: .alongWind, axis: SIMD3(1, 0, 0)),
    ]
    let curves = try arrangements.enumerated().map { index, arrangement in
      try HaloFigure.curve(
        arrangement, of: .electricDipole, theory: .scalar, scale: 3, run.part(index, of: arrangements.count),
        experiment: 200 + index)
    }
    return [
      ReproducedPanel(
        title: "Scalar field", xLabel: "$d$/$λ$_c", yLabel: "$m$^2 $C$/$ρ$", xRange: -0.15...6, curves: curves)
    ]
  }

  func landmarks() -> [Landmark] {
    let x = SIMD3(0.5, -1, 2)
    let wind = SIMD3(0.3, 0.4, -0.9)
    let axis = SIMD3<Double>(1, 2, 2)
    return HaloFigure.reference(
      "oblique", .scalar, separation: x, wind: wind, axis, axis, real: -0.12409603138278,
      imaginary: -0.23883034151735)
  }
}

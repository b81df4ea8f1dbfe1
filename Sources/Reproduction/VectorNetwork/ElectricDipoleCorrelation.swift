import DarkMatter

/// Figure 4: the electric-dipole dark photon of the standard halo against the baseline.
struct ElectricDipoleCorrelation: ReproductionItem {
  let id = "figure-4"
  let title = "Standard halo: electric dipole against the baseline"
  let source = "arXiv:2111.06732, figure 4, equation (62)"

  var experiment: String { HaloFigure.experiment("a line") }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    // It is the same for all directions of the sensors.
    let arrangements: [HaloExperiment.Arrangement] = [
      .init(label: "$d$ ⊥ $v$_g", baseline: .acrossWind, axis: SIMD3(0, 0, 1)),
      .init(label: "$d$ ∥ $v$_g", baseline: .alongWind, axis: SIMD3(0, 0, 1)),
    ]
    let curves = try arrangements.enumerated().map { index, arrangement in
      try HaloFigure.curve(
        arrangement, of: .electricDipole, run.part(index, of: arrangements.count), experiment: 100 + index)
    }
    return [
      ReproducedPanel(
        title: "Electric-dipole dark photon, parallel sensors", xLabel: "$d$/$λ$_c", yLabel: "$C$($l$, $l$)/$ρ$",
        xRange: -0.15...6, curves: curves)
    ]
  }

  func landmarks() -> [Landmark] {
    let x = SIMD3(0.5, -1, 2)
    let wind = SIMD3(0.3, 0.4, -0.9)
    let axis = SIMD3<Double>(1, 2, 2)
    return HaloFigure.reference(
      "oblique", .electricDipole, separation: x, wind: wind, axis, axis, real: -0.04136534379426,
      imaginary: -0.079610113839118)
  }
}

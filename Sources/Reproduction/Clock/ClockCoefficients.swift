import DarkMatter

/// How an oscillating charge radius and the ratio of two clocks depend on the couplings: the chain of numbers of
/// arXiv:2301.10784, and the one of them that does not reproduce.
struct ClockCoefficients: ReproductionItem {
  let id = "clock-coefficients"
  let title = "Clocks: from field shifts and the nucleus to couplings"
  let source = "arXiv:2301.10784, equations (3)-(15) and the appendix on R_01"

  var experiment: String {
    """
    K, the coefficients of the couplings and the signals are reproduced. R_01/(1 + R_01) = 0.995 ± 0.005, from which the \
    paper takes alpha and beta, DOES NOT REPRODUCE: the first-order response of a spherical well gives the ratios of the \
    plot, which run from 1 through 0 to a pole between ka = 2.9 and 3.0. It is near 1 at the ends only, where the \
    correction exceeds what it corrects. Nor do other normalisations of the source give the paper's number on the whole \
    interval. It is an input from the paper here; a dimensional estimate alone would give alpha = -2.
    """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    // The pole lies between.
    let parts = [evenly(1.58, 2.93, 200), evenly(2.97, 3.13, 40)]
    let curves = try parts.enumerated().map { number, part in
      try ReproducedCurve(
        label: number == 0 ? "$R$_{01}/(1 + $R$_{01}), below the pole" : "above the pole", part
      ) { try SphericalWell(ka: $0).responseRatio }
    }
    run.progress(1)
    let paper = ReproducedCurve(label: "paper: 0.995", x: [1.58, 3.13], y: [0.995, 0.995], isReference: true)
    return [
      ReproducedPanel(
        title: "Response of the radius to the potential's depth", xLabel: "$ka$", yLabel: "$R$_{01}/(1 + $R$_{01})",
        yRange: -1.5...2, curves: curves + [paper])
    ]
  }

  func landmarks() throws -> [Landmark] {
    let ytterbium = ClockSensitivity.ytterbiumChargeRadius
    let radius = ChargeRadiusDependence(responseRatio: 0.995)
    let answers = ytterbium.couplingCoefficients()
    func signal(_ couplings: ScalarCouplings) -> Double {
      ScalarClockSignal(mass: 1e-20, coefficients: answers).amplitude(couplings)
    }
    func exact(_ name: String, _ computed: Double, _ published: Double, _ relative: Double = 1e-9) -> Landmark {
      Landmark(name, computed: computed, published: published, tolerance: relative * abs(published))
    }
    let wells = try [
      (1.6, 12224.050938), (1.8, 19.705153435), (2.0, 2.3586579644), (2.5, 0.017302392264), (2.8, -0.35020491639),
      (3.1, -27.205808474),
    ].map { ka, response in exact("R_01 at ka = \(ka)", try SphericalWell(ka: ka).response, response, 1e-7) }
    return [
      Landmark(
        "K of E3/E2, as the paper rounds it", computed: ytterbium.chargeRadius, published: 2.4e-3, tolerance: 5e-5),
      exact("K of E3/E2, not rounded", ytterbium.chargeRadius, 0.0023625830888213),
      exact("alpha for R_01/(1 + R_01) = 0.995", radius.strongScale, -1.0945, 1e-9),
      exact("beta for R_01/(1 + R_01) = 0.995", radius.pionMass, -0.3383, 1e-9),
      exact("amplitude at 1e-20 eV for d_g = 1e-4", signal(ScalarCouplings(gluons: 1e-4)), -1.8983585188e-17),
      exact("amplitude at 1e-20 eV for d_mhat = 1e-4", signal(ScalarCouplings(quarkMass: 1e-4)), -5.86765360356e-18),
      exact(
        "1/T of 26 months as a mass, eV", ClockSignalOrder.linear.mass(frequency: 1 / ClockExperiment.span),
        6.0485262069e-23),
      exact("coherence time at 2e-17 eV, s", ClockSignalOrder.linear.coherenceTime(mass: 2e-17), 206_783_384.85),
    ] + wells
  }
}

import DarkMatter
import Inference

/// Figure 1: limits on d_g and d_mhat against mass.
struct ClockScalarLimits: ReproductionItem {
  let id = "clock-figure-1"
  let title = "Clocks: limits on the couplings to gluons and quarks"
  let source = "arXiv:2301.10784, figure 1, equation (10)"

  var experiment: String {
    ClockExperiment.text
      + " Limits with F = 3; the shift by the nuclear mass is the closed form of the charge radius times 49.5 and 229."
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let limits = try ClockExperiment(run, experiment: 901).limits(on: [.gluons, .quarkMass])
    run.progress(1)
    return zip(limits, [("$d$_g", 49.5), ("$d$_{m̂}", 229.0)]).map { limit, names in
      panel(limit, label: names.0, massShift: names.1)
    }
  }

  private func panel(_ limit: ClockLimit, label: String, massShift: Double) -> ReproducedPanel {
    let masses = logarithmically(ClockSignalOrder.linear.mass(frequency: 1 / ClockExperiment.span), 2e-17, 60)
    func closedForm(_ name: String, _ amplitude: Double, factor: Double = 1, isReference: Bool = false)
      -> ReproducedCurve
    {
      ReproducedCurve(label: name, masses, isReference: isReference) { mass in
        factor * Self.coupling(limit.coupling, mass: mass, amplitude: amplitude)
      }
    }
    return ReproducedPanel(
      title: label, xLabel: "mass [eV]", yLabel: label, xIsLogarithmic: true, yIsLogarithmic: true,
      curves: [
        ReproducedCurve(label: "simulated, largest", x: limit.masses, y: limit.values),
        closedForm("$A$ = 2e-17", ClockExperiment.envelope),
        closedForm("projection, 1e-18", ClockExperiment.projection),
        closedForm("mass shift, 2e-17", ClockExperiment.envelope, factor: massShift),
      ])
  }

  /// F A m M_Pl/(coefficient sqrt(rho)).
  private static func coupling(_ coupling: ClockCoupling, mass: Double, amplitude: Double) -> Double {
    let coefficient = coupling.coefficient(in: ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients())
    return ClockCouplingLimits().scalar(
      frequencies: [ClockSignalOrder.linear.frequency(mass: mass)], amplitudes: [amplitude], coefficient: coefficient)[
        0
      ]
      .coupling
  }

  func landmarks() -> [Landmark] {
    [
      (ClockCoupling.gluons, 1e-22, 2e-17, 3.160625319e-06), (.gluons, 1e-20, 2e-17, 0.0003160625319),
      (.gluons, 2e-17, 1e-18, 0.03160625319), (.quarkMass, 1e-20, 2e-17, 0.00102255525),
      (.quarkMass, 1e-18, 1e-18, 0.005112776252),
    ].map { coupling, mass, amplitude, published in
      Landmark(
        "limit on \(coupling.symbol) at \(mass) eV for A95 = \(amplitude)",
        computed: Self.coupling(coupling, mass: mass, amplitude: amplitude), published: published,
        tolerance: 1e-9 * published)
    }
  }
}

/// Figure 2: limits on 1/f_a against mass, as the paper has them and with the oscillation at twice the frequency.
struct ClockAxionLimits: ReproductionItem {
  let id = "clock-figure-2"
  let title = "Clocks: limits on the decay constant of the axion"
  let source = "arXiv:2301.10784, figure 2, equation (14)"

  var experiment: String {
    ClockExperiment.text
      + " Limits with F = 3. The paper compares amplitudes with the peak of theta^2 at f = m c^2/h (mode paper); theta^2 "
      + "oscillates with half of it at twice the frequency (mode physical): at equal amplitude limits weaker by sqrt 2."
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let limits = try ClockExperiment(run, experiment: 902).limits(on: [.axionOfPaper, .axion])
    run.progress(1)
    let names = ["simulated, mode paper", "simulated, mode physical"]
    let modes: [(String, AxionClockSignal.Mode, Double)] = [
      ("paper, $A$ = 2e-17", .paper, ClockExperiment.envelope),
      ("paper, projection 1e-18", .paper, ClockExperiment.projection),
      ("physical, $A$ = 2e-17", .physical, ClockExperiment.envelope),
    ]
    let simulated = zip(limits, names).map { ReproducedCurve(label: $1, x: $0.masses, y: $0.values) }
    let closed = modes.map { label, mode, amplitude in
      let lowest = mode.order.mass(frequency: 1 / ClockExperiment.span)
      let highest = mode.order.mass(frequency: ClockExperiment.highestFrequency)
      return ReproducedCurve(label: label, logarithmically(lowest, highest, 60)) {
        Self.inverseDecayConstant(mode, mass: $0, amplitude: amplitude)
      }
    }
    return [
      ReproducedPanel(
        title: "1/$f$_a", xLabel: "mass [eV]", yLabel: "1/$f$_a [GeV^{-1}]", xIsLogarithmic: true, yIsLogarithmic: true,
        curves: simulated + closed)
    ]
  }

  private static func inverseDecayConstant(_ mode: AxionClockSignal.Mode, mass: Double, amplitude: Double) -> Double {
    AxionClockSignal(mass: mass).inverseDecayConstant(
      amplitude: amplitude, stochasticFactor: StochasticFactor.paper.value, mode: mode)
  }

  func landmarks() -> [Landmark] {
    [
      (AxionClockSignal.Mode.paper, 1e-22, 2e-17, 5.789778554e-17), (.paper, 1e-20, 1e-18, 1.294633842e-15),
      (.paper, 2e-17, 2e-17, 1.157955711e-11), (.physical, 1e-20, 2e-17, 8.187983354e-15),
      (.physical, 2e-17, 1e-18, 3.661777476e-12),
    ].map { mode, mass, amplitude, published in
      Landmark(
        "1/f_a, mode \(mode.rawValue), at \(mass) eV for A95 = \(amplitude)",
        computed: Self.inverseDecayConstant(mode, mass: mass, amplitude: amplitude), published: published,
        tolerance: 1e-9 * published)
    }
  }
}

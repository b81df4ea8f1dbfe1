import DarkMatter
import Testing

/// Tables of the physics page clock, sections 2, 3 and 6.
@Suite("Signals of clocks")
struct ClockSignalTests {
  @Test("E3/E2 of the ytterbium ion answers to the charge radius with K = 2.4e-3")
  func fieldShift() {
    #expect(close(FieldShiftTransition.ytterbiumE3.sensitivity, 0.00175015576324, 1e-11))
    #expect(close(FieldShiftTransition.ytterbiumE2.sensitivity, -0.000612427325581, 1e-11))
    let sensitivity = ClockSensitivity.ytterbiumChargeRadius
    #expect(close(sensitivity.chargeRadius, 0.0023625830888213, 1e-13))
    #expect(close(sensitivity.couplingCoefficients().gluons, -1.1 * 0.0023625830888213, 1e-13))
    // The share of the radius that the paper takes for alpha and beta.
    let radius = ChargeRadiusDependence(responseRatio: 0.995)
    #expect(close(radius.strongScale, -1.0945, 1e-12) && close(radius.pionMass, -0.3383, 1e-12))
  }

  @Test("all four couplings of a pair of clocks")
  func couplings() {
    let sensitivity = ClockSensitivity(fineStructure: -2.52, electronMass: -1, quarkMass: -0.002, chargeRadius: 1e-3)
    let coefficients = sensitivity.couplingCoefficients(ChargeRadiusDependence(strongScale: -2, pionMass: -0.5))
    #expect(coefficients.fineStructure == -2.52 && coefficients.electronMass == -1)
    #expect(close(coefficients.gluons, -0.002 + 1 + 0.002, 1e-14))
    #expect(close(coefficients.quarkMass, -0.0005 - 0.002, 1e-14))
    let one = ScalarCouplings(fineStructure: 1, electronMass: 2, gluons: 3, quarkMass: 4)
    #expect(close(coefficients.dot(one), -2.52 - 2 + 3 - 0.01, 1e-14))
  }

  @Test("amplitudes and limits of scalar fields go there and back")
  func scalar() {
    let signal = ScalarClockSignal(mass: 1e-20)
    #expect(close(signal.amplitude(ScalarCouplings(gluons: 1e-4)), -1.8983585188e-17, 1e-10))
    #expect(close(signal.amplitude(ScalarCouplings(quarkMass: 1e-4)), -5.86765360356e-18, 1e-11))
    let limits = signal.couplings(amplitude: 2e-17, stochasticFactor: 3)
    #expect(close(limits.gluons, 0.0003160625319, 1e-9) && close(limits.quarkMass, 0.00102255525, 1e-9))
    // The charge radius alone says nothing of these.
    #expect(limits.fineStructure == .infinity && limits.electronMass == .infinity)
    let codata = ScalarClockSignal(mass: 1e-20, planckMass: ReducedPlanckMass.codata)
    let raised = codata.couplings(amplitude: 2e-17, stochasticFactor: 3)
    #expect(close(raised.gluons / limits.gluons, 1.0147181084, 1e-10))
  }

  @Test(
    "limits on the axion's decay constant",
    arguments: [
      (1e-22, 2e-17, 5.789778554e-17, 8.187983354e-17), (1e-20, 1e-18, 1.294633842e-15, 1.830888738e-15),
      (2e-17, 2e-17, 1.157955711e-11, 1.637596671e-11),
    ])
  func axion(mass: Double, amplitude: Double, paper: Double, physical: Double) {
    let signal = AxionClockSignal(mass: mass)
    #expect(close(signal.quarkMassFactor, 0.217501966773, 1e-11))
    let limits = AxionClockSignal.Mode.allCases.map {
      signal.inverseDecayConstant(amplitude: amplitude, stochasticFactor: 3, mode: $0)
    }
    #expect(close(limits[0], paper, 1e-9) && close(limits[1], physical, 1e-9))
    // With F = 1 the limit is the decay constant whose signal has this amplitude, and the shift is positive.
    let constant = 3 / limits[1]
    #expect(close(signal.oscillation(decayConstant: constant), amplitude, 1e-12))
    #expect(close(signal.peak(decayConstant: constant), 2 * amplitude, 1e-12))
  }

  @Test("frequencies, masses and coherence times")
  func frequencies() {
    #expect(close(ClockSignalOrder.linear.frequency(mass: 2e-17), 0.0048359784842, 1e-11))
    #expect(close(ClockSignalOrder.linear.mass(frequency: 0.005), 2.06783384846e-17, 1e-11))
    #expect(close(ClockSignalOrder.quadratic.mass(frequency: 0.005), 1.0339169242e-17, 1e-10))
    #expect(close(ClockSignalOrder.linear.coherenceTime(mass: 2e-17), 206783384.85, 1e-10))
    #expect(close(ClockSignalOrder.quadratic.coherenceTime(mass: 1e-18), 4135667696.9 / 2, 1e-10))
  }

  @Test("what a random amplitude costs")
  func stochastic() throws {
    let amplitude = try StochasticAmplitude()
    #expect(close(amplitude.threshold, 2.44774683068, 1e-11))
    #expect(close(amplitude.deterministic, 3.9297882419, 1e-10))
    #expect(close(amplitude.linearFactor, 2.7265711278, 1e-10))
    #expect(close(amplitude.quadraticFactor, 3.296008965, 1e-9))
    #expect(StochasticFactor.allCases.map { $0.value.rounded() } == [3, 3, 3, 1])
    // The published example of another threshold, in units sqrt 2 larger (known answers, section 6.4).
    let ninety = try StochasticAmplitude(falseAlarmProbability: 0.05, confidenceLevel: 0.9)
    #expect(abs(ninety.linear / 2.0.squareRoot() - 5.2377) < 1e-4)
    #expect(throws: StochasticAmplitudeError.self) {
      try StochasticAmplitude(falseAlarmProbability: 0.5, confidenceLevel: 0.4)
    }
  }

  @Test(
    "the spherical well's response is near the paper's only where it exceeds what it corrects",
    arguments: [
      (1.7, 2.9387865119, 12.809277729, 123.91807882, 0.99199475361),
      (2.5, 17.449867571, 0.48572514491, 0.017302392264, 0.017008111251),
      (2.9, 146.92460715, 0.33302593434, -0.75275941624, -3.044643419),
      (3.0, 451.92391524, 0.31022443052, -2.2782466542, 1.7823216253),
    ])
  func well(ka: Double, depth: Double, square: Double, response: Double, ratio: Double) throws {
    let well = try SphericalWell(ka: ka)
    #expect(close(well.depth, depth, 1e-10) && close(well.meanSquareRadius, square, 1e-10))
    #expect(close(well.response, response, 1e-9) && close(well.responseRatio, ratio, 1e-9))
    #expect(throws: SphericalWellError.self) { try SphericalWell(ka: 1.5) }
  }

  private func close(_ a: Double, _ b: Double, _ relative: Double) -> Bool { abs(a - b) <= relative * abs(b) }
}

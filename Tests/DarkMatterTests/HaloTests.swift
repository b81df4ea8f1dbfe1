import DarkMatter
import Glibc
import Numerics
import Testing

@Suite("Halo correlations and spectra")
struct HaloTests {
  private let first = SIMD3<Double>(1, 2, 2) / 3
  private let second = SIMD3<Double>(2, -1, 2) / 3

  private func expect(
    _ value: ComplexNumber, _ real: Double, _ imaginary: Double, within tolerance: Double,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let difference = (value - ComplexNumber(real, imaginary)).magnitude
    #expect(difference <= tolerance * hypot(real, imaginary), "\(value)", sourceLocation: location)
  }

  /// mpmath with 60 digits, from the closed forms of section 5.5.
  @Test("densities at speeds from 1e-6 to the middle of the line")
  func densities() {
    let slow = HaloSpectrum(
      HaloModel(meanVelocity: SIMD3(0, 0, 1e-3), virialSpeed: 1), speed: 1e-6, separation: SIMD3(0.5, -1, 2))
    expect(slow.contraction(.scalar, first, second), 1.00300270107981685e-12, 1.33733693477355721e-27, within: 1e-14)
    expect(
      slow.contraction(.axionGradient, first, second), 3.34334233693138551e-25, 8.35835584233455342e-40, within: 1e-14)
    expect(
      slow.contraction(.magneticDipole, first, second), 2.22889489128892767e-25, 1.67167116846700621e-40, within: 1e-14)
    expect(
      slow.contraction(.electricDipole, first, second), 3.34334233693272284e-13, 4.45778978257852402e-28, within: 1e-14)
    expect(slow.stokesV(first, second), -3.76126012905062964e-19, 4.17917792116435726e-22, within: 1e-14)

    let middle = HaloSpectrum(
      HaloModel(meanVelocity: SIMD3(0.3, 0.4, -0.9), virialSpeed: 1), speed: 1.5, separation: SIMD3(0.5, -1, 2))
    expect(middle.contraction(.scalar, first, second), -0.120347763010892385, -0.113924321713969832, within: 1e-14)
    expect(
      middle.contraction(.axionGradient, first, second), -0.145119672448935917, -0.0325000866645104665, within: 1e-14)
    expect(
      middle.contraction(.magneticDipole, first, second), -0.0418875981085239836, -0.0746098790639738849, within: 1e-14)
    expect(middle.stokesV(first, second), -0.0785133018798109766, 0.0703600249010195058, within: 1e-14)
  }

  /// A stream 1200 times as fast as it is wide: exp(2 v v̄/v_vir²) is 10^1250000. mpmath with 100 digits.
  @Test("cold streams neither overflow nor lose digits")
  func coldStream() {
    let stream = HaloModel(meanVelocity: SIMD3(0, 300, 0), virialSpeed: 0.25)
    let sideways = SIMD3<Double>(1, 5, 2) / 30.0.squareRoot()
    let spectrum = HaloSpectrum(stream, speed: 300, separation: SIMD3(0, 0, 0.125))
    expect(spectrum.contraction(.scalar, SIMD3(0, 1, 0), sideways), 2.05962617782267019, 0, within: 1e-13)
    expect(
      spectrum.contraction(.magneticDipole, SIMD3(0, 1, 0), sideways), 0.0428983880198056861, -0.32181625511385511,
      within: 1e-12)
    let correlation = HaloCorrelation(
      HaloModel(meanVelocity: SIMD3(0, 192, 0), virialSpeed: 0.25), separation: SIMD3(0, 96, 0), delay: 0.5)
    expect(
      correlation.contraction(.scalar, SIMD3(0, 1, 0), sideways), 0.104290082226537427, -0.90672588438127386,
      within: 1e-12)
  }

  /// Section 5.5: the integral over all speeds is 5.4 at equal time. Simpson's rule on a grid that resolves the phase.
  @Test("the densities add up to the correlation", arguments: HaloCoupling.allCases)
  func integral(coupling: HaloCoupling) {
    let halo = HaloModel(meanVelocity: SIMD3(0.3, 0.4, -0.9), virialSpeed: 0.8)
    let separation = SIMD3(0.5, -1, 2)
    let (steps, end) = (4000, 12.0)
    var sum = ComplexNumber.zero
    for step in 1..<steps {
      let spectrum = HaloSpectrum(halo, speed: end * Double(step) / Double(steps), separation: separation)
      sum += (step % 2 == 0 ? 2 : 4) * spectrum.contraction(coupling, first, second)
    }
    let total = sum * (end / Double(steps) / 3)
    let expected = HaloCorrelation(halo, separation: separation).contraction(coupling, first, second)
    #expect((total - expected).magnitude < 1e-10 * expected.magnitude + 1e-14, "\(total) \(expected)")
  }

  @Test("without wind the density is the isotropic tensor, section 5.5")
  func isotropicLimit() {
    let halo = HaloModel(meanVelocity: SIMD3(), virialSpeed: 1)
    let baseline = SIMD3<Double>(2, 3, 6) / 7
    for speed in [0.1, 0.7, 2.5] {
      let distance = 3.0
      let spectrum = HaloSpectrum(halo, speed: speed, separation: distance * baseline)
      let weight = spectrum.contraction(.scalar, baseline, baseline).real / SphericalBessel.j0(speed * distance)
      func tensor(_ tensor: TwoPointTensor) -> Double {
        weight * tensor.contraction(z: speed * distance, baseline: baseline, first, second)
      }
      let square = speed * speed
      expect(spectrum.contraction(.axionGradient, first, second), square * tensor(.longitudinal), 0, within: 1e-13)
      expect(
        spectrum.contraction(.magneticDipole, first, second), square * 2 / 3 * tensor(.transverse), 0, within: 1e-13)
      expect(spectrum.stokesV(first, second), tensor(.chirality), 0, within: 1e-13)
    }
  }

  /// f = f_m (1 + v²/2) by section 0; the step of the difference quotient leaves 1e-7.
  @Test("speeds and frequencies")
  func speeds() {
    let rest = 1e6
    func speed(_ excess: Double) -> Double { HaloModel.speed(frequency: rest + excess, restFrequency: rest) }
    #expect(abs(speed(0.5) - 1e-3) < 1e-12)
    #expect(speed(0) == 0 && speed(-1) == 0)
    let slope = (speed(0.5 + 1e-4) - speed(0.5 - 1e-4)) / 2e-4
    #expect(abs(HaloModel.speedPerFrequency(speed: 1e-3, restFrequency: rest) / slope - 1) < 1e-6)
  }

  @Test("equal helicities make the magnetic dipole")
  func helicities() {
    let halo = HaloModel(meanVelocity: SIMD3(0.3, 0.4, -0.9), virialSpeed: 1)
    let spectrum = HaloSpectrum(halo, speed: 1.2, separation: SIMD3(0.5, -1, 2))
    let both = spectrum.magneticDipole(rightHanded: 1 / 3, leftHanded: 1 / 3, first, second)
    #expect((both - spectrum.contraction(.magneticDipole, first, second)).magnitude < 1e-16)
    let right = spectrum.magneticDipole(rightHanded: 1, leftHanded: 0, first, second)
    let left = spectrum.magneticDipole(rightHanded: 0, leftHanded: 1, first, second)
    #expect(((right - left) - 2 * 1.44 * spectrum.stokesV(first, second)).magnitude < 1e-15)
  }

  @Test("far apart in space or time the field is independent, without a trap")
  func farApart() {
    let halo = HaloModel(meanVelocity: SIMD3(0, 0, -1), virialSpeed: 1)
    for separation in [1e3, 1e150, 1e300] {
      let value = HaloCorrelation(halo, separation: SIMD3(0, separation, 0)).contraction(.axionGradient, first, second)
      #expect(value == .zero)
    }
    let late = HaloCorrelation(halo, separation: SIMD3(), delay: 1e200)
    #expect(late.scalar.magnitude.isFinite)
  }
}

@Suite("Couplings and units")
struct CouplingTests {
  /// Vector-network section 0.
  @Test func conversions() {
    func expect(_ value: Double, _ expected: Double, _ tolerance: Double) {
      #expect(abs(value / expected - 1) < tolerance, "\(value) \(expected)")
    }
    expect(NaturalUnits.reducedPlanckConstant, 6.582119569509067e-16, 1e-15)
    expect(NaturalUnits.lengthTimesEnergy, 1.973269804593025e-7, 1e-15)
    expect(NaturalUnits.frequencyPerMass, 2.417989242084918e14, 1e-15)
    expect(NaturalUnits.naturalDensity(LocalDarkMatter.density), 3.0734022305524793e-6, 1e-14)
    expect(NaturalUnits.energyDensity(LocalDarkMatter.density), 6.408706536e-5, 1e-10)
    expect((2 * NaturalUnits.naturalDensity(0.4)).squareRoot(), 2.4792749869881e-3, 1e-13)
    expect(LocalDarkMatter.virialSpeed / speedOfLight, 7.338410094359e-4, 1e-12)
    expect(LocalDarkMatter.correlationLength(mass: 1e-10), 2688.9609318915e3, 1e-12)
    expect(LocalDarkMatter.darkElectricField(), 3804.747, 2e-7)
    expect(LocalDarkMatter.axionWindRate(coupling: 1e-9, speed: 220e3), 5.528291e-9, 1e-7)
  }

  /// Section 1: EDM suppresses the longitudinal mode of fast bosons by m/w, axial coupling enhances it by w/m.
  @Test func relativisticWeights() {
    let (mass, momentum) = (3.0, 4.0)
    func ratio(_ coupling: VectorCoupling) -> Double {
      coupling.longitudinalWeight(mass: mass, momentum: momentum)
        / coupling.transverseWeight(mass: mass, momentum: momentum)
    }
    for coupling in [VectorCoupling.electricDipole, .chargeForce] { #expect(abs(ratio(coupling) - 0.6) < 1e-15) }
    for coupling in [VectorCoupling.axialVector, .anapole, .kineticMixing] {
      #expect(abs(ratio(coupling) - 5.0 / 3) < 1e-15)
    }
    #expect(VectorCoupling.magneticDipole.longitudinalFraction(mass: mass, momentum: momentum) == 0)
    #expect(VectorCoupling.axionGradient.longitudinalFraction(mass: mass, momentum: momentum) == 1)
    // 0.36/(0.36 + 2) by hand.
    #expect(
      abs(VectorCoupling.electricDipole.longitudinalFraction(mass: mass, momentum: momentum) - 0.36 / 2.36) < 1e-15)
    for coupling in VectorCoupling.allCases {
      let (longitudinal, transverse) = coupling.defaultShares
      #expect(abs(longitudinal + 2 * transverse - 1) < 1e-15)
    }
  }
}

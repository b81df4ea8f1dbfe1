import DarkMatter
import Foundation
import Testing

@Suite("Coupling constants behind a line's amplitude")
struct CouplingConstantTests {
  /// Table of vector-network section 0: γ b_eff = 2 g sqrt(2 ρ) v/ħ = 5.528291e-9 rad/s for g = 1e-9/GeV, v = 220 km/s.
  @Test("an axion's gradient turns spins as the table says, in rad/s and in tesla")
  func gradient() throws {
    let amplitude = try CouplingConstant.axionGradient.amplitude(unit: "rad/s", mass: 1e-13)
    #expect(abs(amplitude * 1e-9 * 2.0.squareRoot() * 7.338410094359e-4 / 5.528291e-9 - 1) < 1e-6)
    let field = try CouplingConstant.axionGradient.amplitude(unit: "T", mass: 1e-13, gyromagneticRatio: -2e8)
    #expect(abs(field * 2e8 / amplitude - 1) < 1e-14)
    // The amplitude goes with the root of the density.
    let dense = try CouplingConstant.axionGradient.amplitude(unit: "rad/s", mass: 1e-13, density: 1.6)
    #expect(abs(dense / amplitude - 2) < 1e-14)
  }

  /// E' of 3804.747 V/m is the peak, and ε0 ω times it that of the current.
  @Test("kinetic mixing gives the dark electric field, and the current that stands for it")
  func mixing() throws {
    let field = try CouplingConstant.kineticMixing.amplitude(unit: "V/m", mass: 1e-10)
    #expect(abs(field * 2.0.squareRoot() / 3804.747 - 1) < 1e-6)
    let current = try CouplingConstant.kineticMixing.amplitude(unit: "A/m^2", mass: 1e-10)
    let angularFrequency = 2 * Double.pi * 2.417989242084918e14 * 1e-10
    #expect(abs(current / (8.8541878128e-12 * angularFrequency * field) - 1) < 1e-9)
  }

  /// O = A, m² A and E' = m A of one dark photon: amplitudes in the ratio 1 : m² : m.
  @Test("axial vector, anapole and dipole differ by powers of the mass")
  func dipoles() throws {
    let mass = 3e-12
    func amplitude(_ constant: CouplingConstant) throws -> Double {
      try constant.amplitude(unit: "rad/s", mass: mass)
    }
    let dipole = try amplitude(.electricDipole) * 1e9
    #expect(abs(try amplitude(.axialVector) * mass / dipole - 1) < 1e-14)
    #expect(abs(try amplitude(.anapole) * 1e18 / mass / dipole - 1) < 1e-14)
    #expect(try amplitude(.magneticDipole) == amplitude(.electricDipole))
  }

  @Test("what defines no constant is refused with the reason")
  func refusals() {
    #expect(throws: CouplingConstantError.needsGyromagneticRatio) {
      try CouplingConstant.measured(.axionGradient, unit: "T")
    }
    #expect(throws: CouplingConstantError.needsCharge(unit: "N")) {
      try CouplingConstant.measured(.electricDipole, unit: "N")
    }
    #expect(throws: CouplingConstantError.undefined(coupling: .axionGradient, unit: "V/m")) {
      try CouplingConstant.measured(.axionGradient, unit: "V/m")
    }
    #expect(throws: CouplingConstantError.undefined(coupling: .electricDipole, unit: "rad/s")) {
      try CouplingConstant.kineticMixing.amplitude(unit: "rad/s", mass: 1)
    }
  }
}

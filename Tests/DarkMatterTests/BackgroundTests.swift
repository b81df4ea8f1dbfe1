import DarkMatter
import Glibc
import Testing

@Suite("Spectra and isotropic backgrounds")
struct BackgroundTests {
  private let table = PowerSpectrum.table(frequencies: [1, 10, 40], densities: [2, 200, 50])

  @Test("power laws")
  func powerLaw() {
    let spectrum = PowerSpectrum.powerLaw(level: 3, reference: 20, index: -2)
    #expect(spectrum.density(at: 20) == 3)
    #expect(abs(spectrum.density(at: 10) - 12) < 1e-14)
    #expect(spectrum.density(at: 0) == 0 && spectrum.density(at: -1) == 0)
    #expect(PowerSpectrum.powerLaw(level: 3, reference: 20, index: 0).density(at: 7) == 3)
  }

  @Test("tables are straight lines in log-log, zero outside")
  func tables() {
    #expect(table.density(at: 1) == 2 && table.density(at: 10) == 200 && table.density(at: 40) == 50)
    // f² from 1 to 10 Hz, 1/f from 10 to 40 Hz.
    #expect(abs(table.density(at: 3) - 18) < 1e-13)
    #expect(abs(table.density(at: 20) - 100) < 1e-12)
    #expect(table.density(at: 0.999) == 0 && table.density(at: 40.001) == 0)
  }

  @Test("spectra that are refused")
  func badSpectra() {
    let bad: [PowerSpectrum] = [
      .powerLaw(level: -1, reference: 1, index: 0), .powerLaw(level: .nan, reference: 1, index: 0),
      .powerLaw(level: 1, reference: 0, index: 0), .powerLaw(level: 1, reference: 1, index: .infinity),
      .table(frequencies: [1], densities: [1]), .table(frequencies: [1, 2], densities: [1]),
      .table(frequencies: [2, 1], densities: [1, 1]), .table(frequencies: [0, 1], densities: [1, 1]),
      .table(frequencies: [1, 2], densities: [1, 0]), .table(frequencies: [1, 2], densities: [1, .infinity]),
    ]
    for spectrum in bad { #expect(throws: BackgroundError.self, "\(spectrum)") { try spectrum.validate() } }
    #expect(throws: Never.self) { try table.validate() }
  }

  @Test("backgrounds that are refused")
  func badBackgrounds() {
    func check(_ change: (inout IsotropicBackground) -> Void) throws {
      var background = IsotropicBackground(spectrum: table, lowestFrequency: 8, highestFrequency: 40)
      change(&background)
      try background.validate()
    }
    #expect(throws: Never.self) { try check { _ in } }
    #expect(throws: Never.self) {
      try check {
        $0.longitudinalFraction = 0.3
        $0.chirality = -0.7
      }
    }
    #expect(throws: BackgroundError.badBand(lowest: 8, highest: 8, rest: 0)) { try check { $0.highestFrequency = 8 } }
    #expect(throws: BackgroundError.badBand(lowest: 8, highest: 40, rest: 9)) { try check { $0.restFrequency = 9 } }
    #expect(throws: BackgroundError.badBand(lowest: 0, highest: 40, rest: 0)) { try check { $0.lowestFrequency = 0 } }
    #expect(throws: BackgroundError.self) { try check { $0.longitudinalFraction = 1.1 } }
    #expect(throws: BackgroundError.self) { try check { $0.restFrequency = -1 } }
    #expect(throws: BackgroundError.tooChiral(chirality: 0.8, longitudinalFraction: 0.3)) {
      try check {
        $0.longitudinalFraction = 0.3
        $0.chirality = 0.8
      }
    }
  }

  @Test("wavenumber: values by Python, light and rest")
  func wavenumbers() {
    // 2π sqrt((f - 60)(f + 60))/c
    #expect(abs(wavenumber(frequency: 100, restFrequency: 60) / 1.6766760175613454e-06 - 1) < 1e-14)
    #expect(abs(wavenumber(frequency: 60.0000001, restFrequency: 60) / 7.260220171068154e-11 - 1) < 1e-14)
    #expect(wavenumber(frequency: 60, restFrequency: 60) == 0 && wavenumber(frequency: 1, restFrequency: 60) == 0)
    #expect(abs(wavenumber(frequency: 10, restFrequency: 0) * 299_792_458 / (20 * Double.pi) - 1) < 1e-15)
  }

  @Test("cross spectrum: A/3 at one place, the stated mixture apart, exchange of the sensors flips the chiral part")
  func crossSpectrum() {
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 5, reference: 10, index: 1), lowestFrequency: 8, highestFrequency: 40,
      restFrequency: 6, longitudinalFraction: 0.25, chirality: 0.6)
    let (x, y) = (SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0))
    #expect(abs(background.density(at: 20, baseline: SIMD3(), x, x) - 10 / 3.0) < 1e-14)
    #expect(background.density(at: 20, baseline: SIMD3(), x, y) == 0)
    #expect(background.density(at: 7, baseline: SIMD3(), x, x) == 0)
    #expect(background.density(at: 41, baseline: SIMD3(), x, x) == 0)

    // p |x| = 3 along z; the rows for z = 3 of the physics page.
    let distance = 3 / wavenumber(frequency: 20, restFrequency: 6)
    let baseline = SIMD3(0, 0, distance)
    let parallel = background.density(at: 20, baseline: baseline, SIMD3(0, 0, 1), SIMD3(0, 0, 1))
    #expect(abs(parallel - 10 * (0.25 * -0.18341166382161 + 0.75 * 0.11522583325412)) < 1e-12)
    let chiral = background.density(at: 20, baseline: baseline, x, y)
    #expect(abs(chiral - 10 * 0.6 * 0.17283874988118) < 1e-12)
    #expect(background.density(at: 20, baseline: -baseline, y, x) == chiral)
    #expect(background.density(at: 20, baseline: baseline, y, x) == -chiral)
  }
}

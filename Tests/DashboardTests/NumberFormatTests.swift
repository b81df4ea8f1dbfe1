import Dashboard
import Foundation
import Testing

@Suite struct NumberFormatTests {
  // The rounding of the uncertainty is that of the Review of Particle Physics, introduction section 5.3: its examples
  // 0.827 ± 0.119, 0.827 ± 0.367 and the rule for 950 ... 999 are the first three rows.
  @Test(
    "estimates as a physicist writes them",
    arguments: [
      (0.827, 0.119, "0.83 ± 0.12"), (0.827, 0.367, "0.8 ± 0.4"), (0.827, 0.963, "0.8 ± 1.0"),
      (0.5823, 0.0874, "0.58 ± 0.09"), (0.5823, 0.0123, "0.582 ± 0.012"), (-0.5823, 0.0354, "-0.582 ± 0.035"),
      (0.5823, 0.0355, "0.58 ± 0.04"), (-0.004, 0.09, "0.00 ± 0.09"), (12_345, 678, "12300 ± 700"),
      (12_347, 123, "12350 ± 120"), (1, 0.0949, "1.00 ± 0.09"), (1, 0.0951, "1.00 ± 0.10"),
      (3.1234e-13, 4.2e-14, "3.1(4)e-13"), (3.1234e-13, 2.1e-14, "3.12(21)e-13"),
      (-3.1234e-13, 2.1e-14, "-3.12(21)e-13"),
      (4e-14, 3.1e-13, "0.4(3.1)e-13"), (0, 5e-13, "0(5)e-13"), (9.996e-13, 4e-16, "9.996(4)e-13"),
      (9.97e-13, 8e-15, "9.97(8)e-13"), (9.97e-13, 8e-14, "1.00(8)e-12"), (1.234567e9, 4.1e3, "1.234567(4)e9"),
      (2.9979e8, 1e9, "0.3(1.0)e9"), (1e-300, 2.2e-301, "1.00(22)e-300"), (0.000999, 0.00012, "1.00(12)e-3"),
    ])
  func estimates(value: Double, uncertainty: Double, text: String) {
    #expect(formatEstimate(value, uncertainty) == text)
  }

  @Test("units, and what is not a number")
  func unitsAndSpecialValues() {
    #expect(formatEstimate(0.58, 0.09, unit: "pT") == "(0.58 ± 0.09) pT")
    #expect(formatEstimate(3.1e-13, 4e-14, unit: "T") == "3.1(4)e-13 T")
    #expect(formatEstimate(458.2, nil) == "458.2")
    #expect(formatEstimate(2.5, 0, unit: "Hz") == "2.5 Hz")
    #expect(formatEstimate(.nan, 0.1) == "n/a")
    #expect(formatEstimate(.infinity, 0.1) == "∞")
    #expect(formatEstimate(0.5, .infinity) == "0.5 ± ∞")
    #expect(formatEstimate(0.5, .nan, unit: "T") == "(0.5 ± ?) T")
    #expect(formatEstimate(0.5, -1) == "0.5 ± ?")
  }

  @Test("a formatted estimate lies within half of its last digit of the value")
  func roundTrip() throws {
    var random = SplitMix(state: 11)
    for _ in 0..<2000 {
      let uncertainty = pow(10, -20 + 30 * random.uniform())
      let value = (2 * random.uniform() - 1) * uncertainty * pow(10, 4 * random.uniform())
      let text = formatEstimate(value, uncertainty)
      let number: Double
      if let bracket = text.firstIndex(of: "(") {
        let mantissa = try #require(Double(text[..<bracket]))
        let exponent = try #require(text.split(separator: "e").last.flatMap { Double($0) })
        number = mantissa * pow(10, exponent)
      } else {
        number = try #require(text.split(separator: " ").first.flatMap { Double($0) })
      }
      // Two digits kept at 1.00: half a unit of the last is at most 5 % of the uncertainty; one digit at 3.55: 14 %.
      #expect(abs(number - value) <= 0.1409 * uncertainty, "\(value) ± \(uncertainty) became \(text)")
    }
  }

  @Test(
    "numbers without an uncertainty",
    arguments: [
      (0.0, "0"), (-0.0, "0"), (3, "3"), (458.21, "458.2"), (12_742.3, "12742"), (0.001234567, "0.001235"),
      (1.5e-13, "1.5e-13"), (-2e7, "-2e7"), (0.99999, "1"), (999_999.9, "1e6"),
    ])
  func plainNumbers(value: Double, text: String) {
    #expect(formatNumber(value) == text)
  }

  @Test("counts in groups of three")
  func counts() {
    #expect(formatCount(0) == "0" && formatCount(999) == "999")
    #expect(formatCount(1_234_567) == "1\u{202F}234\u{202F}567")
    #expect(formatCount(-1000) == "-1\u{202F}000")
    #expect(formatCount(.min) == "-9\u{202F}223\u{202F}372\u{202F}036\u{202F}854\u{202F}775\u{202F}808")
  }
}

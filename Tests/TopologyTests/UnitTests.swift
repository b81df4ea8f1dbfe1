import Sky
import Testing
import Topology

@Suite("Units in values")
struct UnitTests {
  // Each expected value is the literal that the decimal digits stand for: prefixes must not round.
  @Test(
    "reads quantities to the nearest double",
    arguments: [
      (Dimension.frequency, "512 Hz", 512.0), (.frequency, "0.1kHz", 100), (.frequency, "3 mHz", 3e-3),
      (.frequency, ".5 Hz", 0.5), (.frequency, "1.5e2 Hz", 150), (.frequency, "  20   Hz ", 20),
      (.time, "600 s", 600), (.time, "10 min", 600), (.time, "2 ms", 2e-3), (.time, "1.5 h", 5400),
      (.time, "1 d", 86_400),
      (.time, "-7 ns", -7e-9), (.time, "5 µs", 5e-6), (.time, "5 μs", 5e-6), (.time, "5 us", 5e-6),
      (.speed, "20 km/s", 2e4), (.speed, "1 c", 299_792_458), (.angle, "45 deg", 45), (.angle, "-12.5°", -12.5),
      (.angle, "3.141592653589793 rad", 180), (.length, "8 km", 8000), (.length, "35 cm", 0.35),
      (.ratio, "2e-9", 2e-9), (.ratio, "3 ppm", 3e-6), (.ratio, "2 ns/s", 2e-9), (.ratio, "1 %", 0.01),
      (.restFrequency, "5 Hz", 5), (.restFrequency, "1 eV", 2.417989242084918e14),
      (FieldUnit.tesla.amplitude, "0.1 pT", 1e-13), (FieldUnit.tesla.amplitude, "0.3 nT", 3e-10),
      (FieldUnit.tesla.amplitude, "2 mG", 2e-7),
      (FieldUnit.tesla.amplitudeDensity, "0.5 pT/Hz^0.5", 5e-13),
      (FieldUnit.tesla.amplitudeDensity, "0.5 pT/√Hz", 5e-13),
      (FieldUnit.tesla.amplitudeDensity, "0.5 pT/rtHz", 5e-13),
      (FieldUnit.tesla.amplitudeDensity, "4 fT/sqrt(Hz)", 4e-15),
      (FieldUnit.tesla.density, "1e-26 T^2/Hz", 1e-26), (FieldUnit.tesla.density, "0.25 pT²/Hz", 2.5e-25),
      (FieldUnit.tesla.density, "1 G^2/Hz", 1e-8),
    ] as [(Dimension, String, Double)])
  func quantity(dimension: Dimension, text: String, expected: Double) throws {
    #expect(try dimension.value(of: text) == expected)
  }

  @Test("reads gyromagnetic ratios: γ, or γ/2π in hertz")
  func gyromagneticRatio() throws {
    let dimension = Dimension.gyromagneticRatio
    #expect(try dimension.value(of: "-2.0378e8 rad/s/T") == -2.0378e8)
    for (text, hertz) in [("42.577 MHz/T", 42.577e6), ("7 Hz/nT", 7e9), ("0.7 MHz/G", 7e9), ("28 GHz/T", 28e9)] {
      #expect(abs(try dimension.value(of: text) / (2 * .pi * hertz) - 1) < 1e-15)
    }
  }

  @Test("units of forces, torques, effective currents and of what has none")
  func otherFields() throws {
    func unit(_ symbol: String) throws -> FieldUnit { try #require(FieldUnit.all.first { $0.symbol == symbol }) }
    #expect(try unit("N").amplitudeDensity.value(of: "3 aN/√Hz") == 3e-18)
    #expect(try unit("A/m^2").amplitude.value(of: "3 nA/m^2") == 3e-9)
    #expect(try unit("A/m^2").density.value(of: "4 (pA/m²)²/Hz") == 4e-24)
    #expect(try unit("N m").amplitude.value(of: "2 fN m") == 2e-15)
    #expect(try unit("N m").amplitudeDensity.value(of: "3 aN m/√Hz") == 3e-18)
    #expect(try unit("N m").density.value(of: "4 (aN m)^2/Hz") == 4e-36)
    #expect(try unit("m/s^2").amplitudeDensity.value(of: "1 nm/s^2/Hz^0.5") == 1e-9)
    let plain = try unit("1")
    #expect(plain.word == "dimensionless")
    for (text, value) in [("1e-3", 1e-3), ("2", 2)] { #expect(try plain.amplitude.value(of: text) == value) }
    for text in ["1e-21 1/Hz^0.5", "1e-21 /√Hz", "1e-21 Hz^-0.5", "1e-21/rtHz"] {
      #expect(try plain.amplitudeDensity.value(of: text) == 1e-21)
    }
    for text in ["1e-42 1/Hz", "1e-42 /Hz", "1e-42 Hz^-1"] { #expect(try plain.density.value(of: text) == 1e-42) }
    #expect(throws: QuantityError.noUnit(number: "3")) { try plain.density.value(of: "3") }
    for dimension in [plain.amplitude, plain.amplitudeDensity, plain.density] {
      #expect(try dimension.value(of: dimension.text(of: 1e-21 / 3)) == 1e-21 / 3)
      #expect(throws: Never.self) { try dimension.value(of: dimension.example) }
    }
  }

  @Test("squares the prefix of a unit in parentheses")
  func squaredPrefix() throws {
    let electric = try #require(FieldUnit.all.first { $0.symbol == "V/m" })
    #expect(try electric.density.value(of: "4 (mV/m)^2/Hz") == 4e-6)
    #expect(try electric.amplitudeDensity.value(of: "4 uV/m/√Hz") == 4e-6)
  }

  @Test(
    "names what is wrong with a quantity",
    arguments: [
      ("512", QuantityError.noUnit(number: "512")), ("fast", .noNumber), ("", .noNumber),
      ("12 s", .wrongDimension(unit: "s", is: "a time")),
      ("3 pT/Hz^0.5", .wrongDimension(unit: "pT/Hz^0.5", is: "an amplitude spectral density of magnetic field")),
      ("3 hz", .unknownUnit("hz")), ("3 Hz Hz", .unknownUnit("Hz Hz")), ("1e400 Hz", .notFinite),
      ("1e99999 Hz", .noNumber),
      ("٣ Hz", .noNumber), ("1,5 Hz", .unknownUnit(",5 Hz")), ("km/s", .noNumber), ("3 kmin", .unknownUnit("kmin")),
    ] as [(String, QuantityError)])
  func wrongQuantity(text: String, expected: QuantityError) {
    #expect(throws: expected) { try Dimension.frequency.value(of: text) }
  }

  @Test(
    "keeps times exact to the nanosecond",
    arguments: [
      ("600 s", 600_000_000_000), ("0.1 s", 100_000_000), ("10 min", 600_000_000_000), ("1.000000001 s", 1_000_000_001),
      ("3e-9 s", 3), ("0.25 d", 21_600_000_000_000), ("2500 ps", nil), ("2000 ps", 2), ("0.5 ns", nil), ("0 s", 0),
      ("1e12 s", nil), ("36.5 ms", 36_500_000), ("0.1 min", 6_000_000_000),
    ] as [(String, Int64?)])
  func exactTime(text: String, expected: Int64?) {
    #expect((try? Dimension.nanoseconds(of: text)) == expected)
  }

  @Test(
    "writes nanoseconds as seconds that read back",
    arguments: [0, 1, -1, 100_000_000, 16_000_000_000, 1_000_000_007, Int64.max])
  func timeText(nanoseconds: Int64) throws {
    #expect(try Dimension.nanoseconds(of: Dimension.text(ofNanoseconds: nanoseconds)) == nanoseconds)
  }

  @Test(
    "keeps rates rational",
    arguments: [
      ("512 Hz", 512, 1), ("0.1 Hz", 1, 10), ("1/10 Hz", 1, 10), ("1/3 Hz", 1, 3), ("2.5 kHz", 2500, 1),
      ("4/6 Hz", 2, 3),
      ("1 mHz", 1, 1000), ("0.5/1.5 Hz", 1, 3),
    ] as [(String, Int64, Int64)])
  func rate(text: String, numerator: Int64, denominator: Int64) throws {
    let rate = try Dimension.sampleRate(of: text)
    #expect(rate == SampleRate(numerator, per: denominator))
    #expect(try Dimension.sampleRate(of: Dimension.text(of: rate)) == rate)
  }

  @Test(
    "refuses rates that are no fraction",
    arguments: ["0 Hz", "-5 Hz", "1/0 Hz", "1e-20 Hz", "1e300 Hz", "0.12345678901234567890 Hz"])
  func wrongRate(text: String) {
    #expect(throws: QuantityError.notRational) { try Dimension.sampleRate(of: text) }
  }
}

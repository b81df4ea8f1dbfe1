import Foundation
import Prediction
import Testing

/// What must hold for any inputs, through requests as a user makes them.
@Suite("Properties of the network quantities")
struct NetworkPropertyTests {
  private let directionPairs = [
    ("[1, 2, 2]", "[2, -1, 2]"), ("[0, 0, 1]", "[0.3, -4, 1e-3]"), ("[5, 1, 0]", "[5, 1, 0]"),
  ]

  private func answer(_ quantity: String, _ inputs: String) throws -> [String: Any] {
    try members(of: Predictor.response(to: "{\"id\": \"\", \"quantity\": \"\(quantity)\", \"inputs\": {\(inputs)}}"))
  }

  private func complex(_ quantity: String, _ inputs: String) throws -> [Double] {
    let answer = try answer(quantity, inputs)
    return try #require(answer["value"] as? [Double], "\(answer)")
  }

  private func number(_ quantity: String, _ inputs: String) throws -> Double {
    let answer = try answer(quantity, inputs)
    return try #require(answer["value"] as? Double, "\(answer)")
  }

  private func negated(_ vector: String) -> String {
    let numbers = vector.dropFirst().dropLast().split(separator: ",").compactMap { Double($0.filter { $0 != " " }) }
    return "[\(numbers.map { "\(-$0)" }.joined(separator: ", "))]"
  }

  @Test(
    "exchange of the sensors conjugates", arguments: ["scalar", "axion-gradient", "magnetic-dipole", "electric-dipole"])
  func halo(coupling: String) throws {
    let (separation, wind) = ("[0.5, -1, 2]", "\"mean_velocity\": [0.3, 0.4, -0.9], \"virial_speed\": 0.7")
    for (first, second) in directionPairs {
      func inputs(_ x: String, _ a: String, _ b: String) -> String {
        "\"coupling\": \"\(coupling)\", \"separation_times_mass\": \(x), \(wind), \"direction_1\": \(a), \"direction_2\": \(b)"
      }
      let forward = inputs(separation, first, second)
      let backward = inputs(negated(separation), second, first)
      let pairs = [
        (
          try complex("network.halo-correlation", forward + ", \"delay_times_mass\": 0.8"),
          try complex("network.halo-correlation", backward + ", \"delay_times_mass\": -0.8")
        ),
        (
          try complex("network.halo-spectral-density", forward + ", \"speed\": 1.3"),
          try complex("network.halo-spectral-density", backward + ", \"speed\": 1.3")
        ),
      ]
      for (a, b) in pairs {
        #expect(abs(a[0] - b[0]) < 1e-15 && abs(a[1] + b[1]) < 1e-15, "\(a) \(b)")
      }
    }
  }

  @Test("helicities are the transverse mode plus and minus V", arguments: [0, 1e-9, 0.3, 2, 2.5, 50])
  func isotropicHelicities(z: Double) throws {
    for (first, second) in directionPairs {
      func gamma(_ mode: String) throws -> Double {
        try number(
          "network.gamma-isotropic",
          "\"mode\": \"\(mode)\", \"z\": \(z), \"baseline_direction\": [2, 3, 6], \"direction_1\": \(first), \"direction_2\": \(second)"
        )
      }
      let (transverse, chiral) = (try gamma("transverse"), try gamma("stokes-v"))
      #expect(abs(try gamma("right-handed") - (transverse + chiral)) < 1e-16)
      #expect(abs(try gamma("left-handed") - (transverse - chiral)) < 1e-16)
      // Completeness: L and the two transverse modes make a field of independent components.
      #expect(abs(try gamma("longitudinal") + 2 * transverse - gamma("scalar")) < 2e-16)
    }
  }

  @Test("helicities of a stream")
  func streamHelicities() throws {
    for (first, second) in directionPairs {
      func gamma(_ mode: String, _ separation: String, _ a: String, _ b: String) throws -> [Double] {
        try complex(
          "network.gamma-stream",
          "\"mode\": \"\(mode)\", \"propagation_direction\": [2, 3, 6], \"separation_m\": \(separation), "
            + "\"wavenumber_rad_m\": 1.5, \"direction_1\": \(a), \"direction_2\": \(b)")
      }
      let modes = try Dictionary(
        uniqueKeysWithValues: ["transverse", "stokes-v", "right-handed", "left-handed"].map {
          ($0, try gamma($0, "[0.5, -1, 2]", first, second))
        })
      for part in 0..<2 {
        let transverse = try #require(modes["transverse"])[part]
        let chiral = try #require(modes["stokes-v"])[part]
        #expect(abs(try #require(modes["right-handed"])[part] - (transverse + chiral)) < 1e-16)
        #expect(abs(try #require(modes["left-handed"])[part] - (transverse - chiral)) < 1e-16)
      }
      for mode in ["longitudinal", "transverse", "stokes-v", "right-handed", "left-handed"] {
        let (a, b) = (try gamma(mode, "[0.5, -1, 2]", first, second), try gamma(mode, "[-0.5, 1, -2]", second, first))
        #expect(abs(a[0] - b[0]) < 1e-16 && abs(a[1] + b[1]) < 1e-16)
      }
    }
  }

  /// mpmath with 80 digits, from the closed forms of the physics page.
  @Test(
    "small and middling arguments",
    arguments: [
      (1e-9, 0.148148148148148148, 0.148148148148148148, -3.1746031746031746e-11),
      (1e-4, 0.148148147606953893, 0.148148148048374906, -3.17460317142857143e-6),
      (0.05, 0.148012870436486116, 0.148123205984771737, -0.00158690479733396064),
      (1.999, -0.0201184242048013267, 0.111189012440813815, -0.0414646100536613316),
      (2.001, -0.0203690210930090432, 0.111120800780256182, -0.0414682768996882532),
    ])
  func smallArguments(z: Double, longitudinal: Double, transverse: Double, chiral: Double) throws {
    for (mode, expected) in [("longitudinal", longitudinal), ("transverse", transverse), ("stokes-v", chiral)] {
      let value = try number(
        "network.gamma-isotropic",
        "\"mode\": \"\(mode)\", \"z\": \(z), \"baseline_direction\": [2, 3, 6], \"direction_1\": [1, 2, 2], \"direction_2\": [2, -1, 2]"
      )
      #expect(abs(value - expected) < 4e-15 * max(abs(expected), mode == "stokes-v" ? 0 : 0.1), "\(mode) \(value)")
    }
  }

  /// Seed 7: what random inputs of any size give is finite or an error; nothing traps.
  @Test("extreme inputs")
  func extremeInputs() throws {
    var generator = SplitMix(state: 7)
    func number() -> String {
      let magnitudes = ["0", "1e-320", "1e-200", "1e-9", "0.5", "1", "3.7", "90", "1e9", "1e160", "1.7e308"]
      let sign = generator.next() % 3 == 0 ? "-" : ""
      return sign + magnitudes[Int(generator.next() % UInt64(magnitudes.count))]
    }
    func vector() -> String { "[\(number()), \(number()), \(number())]" }
    func value(_ input: InputDescription) -> String {
      if input.kind.hasPrefix("\"") {
        let words = input.kind.split(separator: " or ")
        return String(words[Int(generator.next() % UInt64(words.count))])
      }
      switch input.kind {
      case "direction (3-vector, normalised)", "3-vector": return vector()
      case "list of directions", "list of 3-vectors": return "[\(vector()), \(vector())]"
      case "true or false": return "true"
      case let kind where kind.hasPrefix("Hermitian"):
        let (a, b) = (number(), number())
        return
          "[[\(number()), [\(a), \(b)]], [[\(a), \(b.hasPrefix("-") ? String(b.dropFirst()) : "-" + b)], \(number())]]"
      case let kind where kind.hasPrefix("list of numbers"): return "[1, \(number())]"
      default: return number()
      }
    }
    var values = 0
    for _ in 0..<200 {
      for quantity in QuantityTable.all where quantity.name.hasPrefix("network.") {
        let inputs = quantity.inputs.map { "\"\($0.key)\": \(value($0))" }.joined(separator: ", ")
        let answer = try answer(quantity.name, inputs)
        #expect((answer["value"] == nil) != (answer["error"] == nil))
        if answer["value"] != nil { values += 1 }
      }
    }
    #expect(values > 200)
  }
}

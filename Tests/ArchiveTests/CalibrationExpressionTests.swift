import Archive
import Testing

@Suite("Calibration expressions")
struct CalibrationExpressionTests {
  private func value(_ text: String, _ x: Double = 3) throws -> Double {
    let expression = try CalibrationExpression(text)
    let inputs = Dictionary(uniqueKeysWithValues: expression.datasets.map { ($0, [x]) })
    return expression.values(of: inputs, count: 1)[0]
  }

  @Test(
    "values and precedence are those of Python",
    arguments: [
      ("MagneticFields", 3.0), ("MagneticFields*2+1 [pT]", 7), ("1+2*3", 7), ("(1+2)*3", 9), ("-2**2", -4),
      ("2**-1", 0.5),
      ("2**3**2", 512), ("-MagneticFields/2", -1.5), ("1e3*x", 3000), ("1.5E-3", 0.0015), (".5+5.", 5.5), ("8/4/2", 1),
      ("7-3-2", 2), ("sqrt(16)", 4), ("np.sqrt(x*x+16)", 5), ("math.abs(-x)", 3), ("--x", 3), ("+x", 3), ("2*-x", -6),
      ("numpy.log10(100)", 2), ("(((x)))", 3), ("\t x * 2 ", 6),
    ])
  func values(_ text: String, _ expected: Double) throws {
    #expect(try value(text) == expected)
  }

  @Test("the unit is what stands in brackets, the datasets are what is named")
  func parts() throws {
    let expression = try CalibrationExpression("(MagneticFields - Offset) * 20.5 [pT]")
    #expect(expression.unit == "pT")
    #expect(expression.datasets == ["MagneticFields", "Offset"])
    #expect(try CalibrationExpression("x").unit == nil)
    #expect(expression.values(of: ["MagneticFields": [3, 5], "Offset": [1, 1]], count: 2) == [41, 82])
  }

  @Test(
    "all else is refused with the place of the fault",
    arguments: [
      ("", 0), ("[pT]", 0), ("1+", 2), ("(1", 2), ("1)", 1), ("1 2", 2), ("x*", 2), ("__import__('os')", 0),
      ("open(x)", 0), ("x.y", 0), ("a = 1", 2), ("1;2", 1), ("x//2", 2), ("1..2", 0), ("1e999", 0), ("x [pT", 3),
      ("x [pT] y", 7), ("sqrt x", 5), ("sqrt(x", 6), ("é", 0), ("x\n+1", 1), ("lambda: 1", 6), ("'x'", 0), ("\u{0}", 0),
    ])
  func faults(_ text: String, _ position: Int) {
    #expect {
      try CalibrationExpression(text)
    } throws: { error in
      (error as? CalibrationExpression.Fault)?.position == position
    }
  }

  @Test("deep and long texts end in an error, not in a crash")
  func bounded() {
    for text in [
      String(repeating: "(", count: 4000), String(repeating: "-", count: 4000) + "1",
      String(repeating: "2**", count: 1300) + "2", String(repeating: "sqrt(", count: 800) + "1",
      String(repeating: "1+", count: 100_000) + "1",
    ] {
      #expect(throws: CalibrationExpression.Fault.self) { try CalibrationExpression(text) }
    }
    // Long, but flat.
    #expect((try? value(String(repeating: "1+", count: 2000) + "1")) == 2001)
  }
}

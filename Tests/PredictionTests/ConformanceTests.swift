import Foundation
import Prediction
import Testing

// Tests/PredictionTests/Conformance holds public cases of the contract of `gnomon predict`: one request a line with the
// value that another program computed from the same physics pages, or, in errors.jsonl, that must be refused.

/// One line of a file of cases.
struct ConformanceCase: CustomStringConvertible, @unchecked Sendable {
  /// The line itself. It is a request too, since members beyond id, quantity and inputs are of no matter.
  var line: String
  var members: [String: Any]

  var description: String { (members["id"] as? String) ?? line }

  static func load(_ name: String) throws -> [ConformanceCase] {
    let folder = try #require(Bundle.module.url(forResource: "Conformance", withExtension: nil))
    let text = try String(contentsOf: folder.appendingPathComponent("\(name).jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      ConformanceCase(
        line: String(line), members: try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      )
    }
  }
}

/// The members of a response.
func members(of response: String?) throws -> [String: Any] {
  let text = try #require(response)
  return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

@Suite("Public cases of the contract")
struct ConformanceTests {
  @Test(arguments: [("network", 87), ("clock", 52), ("random", 12)])
  func values(namespace: String, count: Int) throws {
    let cases = try ConformanceCase.load(namespace)
    #expect(cases.count == count)
    for item in cases {
      let response = Predictor.response(to: item.line)
      let answer = try members(of: response)
      let relative = try #require(item.members["rel_tol"] as? Double)
      let absolute = try #require(item.members["abs_tol"] as? Double)
      #expect(answer["id"] as? String == item.members["id"] as? String)
      #expect(
        agrees(answer["value"], item.members["expected"], relative: relative, absolute: absolute),
        "\(item): \(response ?? "") against \(item.members["expected"] ?? "")")
    }
  }

  /// Cases of namespaces that are not there yet are unknown quantities, which is an error too.
  @Test func errors() throws {
    let cases = try ConformanceCase.load("errors")
    #expect(cases.count == 39)
    for item in cases {
      let raw = item.members["raw"] as? String
      let answer = try members(of: Predictor.response(to: raw ?? item.line))
      #expect((answer["error"] as? String)?.isEmpty == false, "\(item)")
      #expect(answer["value"] == nil, "\(item)")
      let expected = raw == nil ? item.members["id"] as? String : item.members["expected_id"] as? String
      #expect(answer["id"] as? String == expected, "\(item)")
    }
  }

  /// The refusals name what is at fault, so they are not refusals of something else.
  @Test(arguments: [
    ("error-001", "unknown quantity network.gamma"), ("error-002", "input z is missing"),
    ("error-003", "input direction_1 is zero"), ("error-004", "input direction_2"),
    ("error-005", "input mode is \"L\""),
    ("error-006", "input z is -1"), ("error-007", "input z is a text"), ("error-008", "unknown input zz"),
    ("error-009", "do not measure chirality"), ("error-010", "input chirality is 1.5"),
    ("error-011", "input signal is not Hermitian"), ("error-012", "Fisher matrix is singular"),
    ("error-013", "positions_m has 1"), ("error-014", "input counter in entry 4"), ("error-015", "input bin is 0.5"),
    ("error-016", "input sigma is 0"), ("error-017", "input confidence_level is 1"),
    ("error-018", "not positive definite"), ("error-019", "input ka is 1.5"), ("error-020", "input mass_eV is -1e-20"),
    ("error-021", "3 samples"),
    ("error-035", "not JSON"), ("error-036", "a list of 3"), ("error-037", "one id"), ("error-038", "one quantity"),
  ])
  func reasons(identifier: String, reason: String) throws {
    let item = try #require(ConformanceCase.load("errors").first { $0.description == identifier })
    let answer = try members(of: Predictor.response(to: item.members["raw"] as? String ?? item.line))
    #expect((answer["error"] as? String)?.contains(reason) == true, "\(answer)")
  }

  private func agrees(_ value: Any?, _ expected: Any?, relative: Double, absolute: Double) -> Bool {
    if let expected = expected as? [String: Any] {
      guard let value = value as? [String: Any], value.count == expected.count else { return false }
      return expected.allSatisfy { agrees(value[$0.key], $0.value, relative: relative, absolute: absolute) }
    }
    if let expected = expected as? [[Double]] {
      guard let value = value as? [[Double]], value.map(\.count) == expected.map(\.count) else { return false }
      return agrees(
        value.flatMap(\.self), expected.flatMap(\.self), relative: relative, absolute: absolute)
    }
    if let expected = expected as? [Double] {
      guard let value = value as? [Double], value.count == expected.count else { return false }
      let scale = expected.map(abs).max() ?? 0
      return zip(value, expected).allSatisfy { abs($0 - $1) <= absolute + relative * scale }
    }
    guard let value = value as? Double, let expected = expected as? Double else { return false }
    return abs(value - expected) <= absolute + relative * abs(expected)
  }
}

import Foundation
import Testing

@Suite("gnomon reproduce")
struct ReproduceTests {
  @Test("--list names the items with their sources, also as JSON")
  func list() throws {
    let text = try GnomonProcess.run(["reproduce", "--list"])
    #expect(text.status == 0)
    let json = try GnomonProcess.run(["reproduce", "--list", "--format", "json"])
    let items = try JSONDecoder().decode([[String: String]].self, from: Data(json.output.utf8))
    #expect(items.count >= 8)
    for item in items {
      let id = try #require(item["id"])
      let source = try #require(item["source"])
      #expect(text.output.contains(id) && text.output.contains(source))
    }
  }

  @Test("--check of an item passes, writes its files, and keeps progress off the results")
  func check() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/figures/new"
    let result = try GnomonProcess.run([
      "reproduce", "equation-40", "--check", "--seed", "11", "--format", "json", "--output", output,
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("equation-40 (1 of 1)"))
    let printed = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(printed.count == 1 && printed[0]["agrees"] as? Bool == true)
    let file = try Data(contentsOf: URL(fileURLWithPath: output + "/equation-40.json"))
    let written = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
    let provenance = try #require(written["provenance"] as? [String: Any])
    #expect(provenance["seed"] as? Int == 11)
    #expect(try String(contentsOfFile: output + "/equation-40.svg", encoding: .utf8).contains("</svg>"))
  }

  @Test(
    "wrong use exits with 2 and says what there is",
    arguments: [
      (["figure-1"], "figure-2"), ([], "--list"), (["figure-2", "--all"], "--all"),
      (["figure-2", "--seed", "one"], "--seed"),
    ] as [([String], String)])
  func wrongUse(_ arguments: [String], _ named: String) throws {
    let result = try GnomonProcess.run(["reproduce"] + arguments)
    #expect(result.status == 2)
    #expect(result.errors.contains(named))
    #expect(result.output.isEmpty)
  }
}

import Foundation
import Testing

/// A run of a topology with a line, its figures and what `--format json` says of its band.
private func band(_ topology: String, _ folder: TemporaryFolder, _ more: [String] = []) throws -> [String: Any] {
  let result = try GnomonProcess.run(
    ["up", "topologies/\(topology).yaml", "--output", folder.path + "/run", "--format", "json", "--quiet"] + more)
  #expect(result.status == 0, "\(result.errors)")
  let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  return try #require((answer["lines"] as? [[String: Any]])?.first)
}

@Suite("Lines, from the topology to the answer", .serialized)
struct LineRunTests {
  @Test("An axion halo is found at its frequency and drawn; without it nothing is found")
  func halo() throws {
    let folder = try TemporaryFolder()
    let found = try #require(try band("halo-axion", folder)["search"] as? [String: Any])
    let candidate = try #require((found["candidates"] as? [[String: Any]])?.first)
    let frequency = try #require(candidate["restFrequency"] as? Double)
    // A day resolves 6 µHz.
    #expect(abs(frequency - 10) < 1.2e-5)
    #expect(try #require(candidate["logGlobalProbability"] as? Double) < -100)
    let comparison = try #require(candidate["comparison"] as? [String: Any])
    let fits = try #require(comparison["fits"] as? [[String: Any]])
    #expect(((fits.first?["template"] as? [String: Any])?["name"] as? String) == "axion gradient")
    let figure = try String(contentsOfFile: folder.path + "/run/figures/lines-line.svg", encoding: .utf8)
    #expect(figure.contains("axion gradient") && figure.contains("injected"))

    let quiet = try TemporaryFolder()
    let nothing = try #require(
      try band("halo-axion", quiet, ["--set", "signals[0].enabled=false"])["search"] as? [String: Any])
    for candidate in try #require(nothing["candidates"] as? [[String: Any]]) {
      #expect(try #require(candidate["logGlobalProbability"] as? Double) > log(0.0027))
    }
  }

  @Test("A cold stream is told from a halo, and its direction comes out, up to its sign")
  func stream() throws {
    let folder = try TemporaryFolder()
    let band = try band("stream", folder)
    let found = try #require(band["search"] as? [String: Any])
    let candidate = try #require((found["candidates"] as? [[String: Any]])?.first)
    let comparison = try #require(candidate["comparison"] as? [String: Any])
    let fits = try #require(comparison["fits"] as? [[String: Any]])
    let name = try #require((fits.first?["template"] as? [String: Any])?["name"] as? String)
    #expect(name == "axion stream")
    // The topology's stream comes from 150°, 20°; both stations are within a small part of a wavelength.
    let sky = try #require((band["sky"] as? [String: Any])?["search"] as? [String: Any])
    let source = try #require((sky["sources"] as? [[String: Any]])?.first)
    let ascension = try #require(source["rightAscension"] as? Double)
    let declination = try #require(source["declination"] as? Double)
    #expect(
      abs(ascension - 150) <= 2 && abs(declination - 20) <= 2 || abs(ascension - 330) <= 2 && abs(declination + 20) <= 2
    )
    let others = try #require(comparison["pairs"] as? [[String: Any]])
    #expect(others.allSatisfy { ($0["statistic"] as? Double ?? 0) > 9 })
  }
}

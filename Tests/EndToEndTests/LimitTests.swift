import Archive
import Foundation
import Testing

@Suite("Limits, from a run without a line to the files", .serialized)
struct LimitRunTests {
  @Test("analyze --limits writes a file and a plot for each constant, and keeps the limits with the products")
  func files() throws {
    let folder = try TemporaryFolder()
    let run = try GnomonProcess.run([
      "up", "topologies/halo-axion.yaml", "--output", folder.path + "/run", "--format", "json", "--quiet", "--set",
      "signals[0].enabled=false", "--set", "duration=2 h",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let archive = folder.path + "/run/archive.h5"
    func analyze(_ name: String, _ more: [String]) throws -> String {
      let result = try GnomonProcess.run(
        ["analyze", archive, "--limits", folder.path + "/" + name, "--quiet"] + more)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    // A field in tesla is no coupling constant without the spins' gyromagnetic ratio: field and reason stand in the file.
    let text = try analyze("fields", [])
    #expect(text.contains("gyromagnetic ratio"))
    let field = try Self.curve(folder.path + "/fields/line-axion-gradient-rms.txt")
    #expect(field.comments.contains { $0.hasPrefix("no coupling constant") })

    _ = try analyze("couplings", ["--gyromagnetic-ratio", "2e8"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/couplings").filter {
      $0.hasSuffix(".txt")
    }
    #expect(
      names.sorted() == [
        "line-axion-gradient-g.txt", "line-electric-dipole-d.txt", "line-electric-dipole-g-anapole.txt",
        "line-electric-dipole-g-axial-vector.txt", "line-magnetic-dipole-mu.txt",
      ])
    let limit = try Self.curve(folder.path + "/couplings/line-axion-gradient-g.txt")
    for wanted in [
      "CL: 95.0 %", "method: CLs", "rho_DM: 0.4", "f_DM: 1", "stochastic", "command:", "archive.h5, checksum",
      "convention",
    ] {
      #expect(limit.comments.contains { $0.contains(wanted) }, "\(wanted)")
    }
    #expect(limit.masses == limit.masses.sorted() && limit.masses.count == field.masses.count)
    // 10 Hz is 4.1357e-14 eV; the rms of a gradient is about v/c times amplitude, so g is the field over the closed form.
    for (mass, (g, rms)) in zip(limit.masses, zip(limit.couplings, field.couplings)) {
      #expect(abs(mass / 4.135667697e-14 - 1) < 2e-3)
      let perCoupling = 2 * 1e-9 * (3.0734022305524793e-6).squareRoot() / 6.582119569509067e-16 / 2e8
      #expect((0.8e-3...1.5e-3).contains(rms / (g * perCoupling)))
    }
    let plot = try String(
      contentsOfFile: folder.path + "/couplings/limit-line-axion-gradient-axionGradient.svg", encoding: .utf8)
    #expect(plot.contains("NASDUCK") && plot.contains("this run"))
    let stored = try #require(try ArchiveReader(opening: archive).analysis(band: 0, named: "limits"))
    #expect(stored.result.contains("axionGradient") && stored.provenance.contains("--gyromagnetic-ratio"))
  }

  private static func curve(_ path: String) throws -> LimitCurve {
    try LimitCurve(parsing: String(contentsOfFile: path, encoding: .utf8), name: path)
  }
}

import Archive
import DarkMatter
import Foundation
import Inference
import Testing

@Suite("Limits as text, ours and published ones")
struct LimitTests {
  @Test("what is written reads back to the same bits, comments too")
  func roundTrip() throws {
    let curve = LimitCurve(
      comments: ["exclusion limit", "CL: 95 %", "mass [eV]  g [GeV^-1]"],
      masses: [4.1e-14, 1.0 / 3, 7e-9], couplings: [2.5e-7, 1e-300, 12.75])
    let back = try LimitCurve(parsing: curve.text, name: "test")
    #expect(back == curve)
    #expect(curve.text.hasPrefix("# exclusion limit\n# CL: 95 %\n# mass [eV]  g [GeV^-1]\n4.1e-14 2.5e-07\n"))
  }

  @Test("rows that close a polygon are dropped, tabs and trailing comments accepted")
  func brackets() throws {
    let text = "# name\n1e-10\t 1e0\n1e-10\t2e-5 # first\n\n2e-10  3e-5\n2e-10 1e20\n"
    let curve = try LimitCurve(parsing: text, name: "test")
    #expect(curve.masses == [1e-10, 2e-10] && curve.couplings == [2e-5, 3e-5])
  }

  @Test("lines that are no pair of numbers are named", arguments: ["1e-10\n", "a b\n", "1 2 3\n", "-1e-10 2\n"])
  func faults(text: String) {
    #expect {
      try LimitCurve(parsing: "# ok\n1e-9 2e-5\n" + text, name: "file.txt")
    } throws: { error in
      "\(error)".contains("file.txt") && "\(error)".contains("line 3")
    }
  }

  /// The program's copies are the repository's files, which are those of AxionLimits.
  @Test("published limits are the files of data/limits, and readable")
  func published() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let papers = PublishedLimit.all(on: .axionGradient)
    #expect(papers.count == 5)
    for paper in papers {
      let file = try String(contentsOf: root.appending(path: "data/limits/\(paper.file)"), encoding: .utf8)
      #expect(paper.text == file, "\(paper.file)")
      let curve = try LimitCurve(parsing: file, name: paper.file)
      #expect(curve.masses.count - paper.curve.masses.count == (paper.isProjection ? 1 : 0))
      #expect(paper.curve.masses.count >= 2 && paper.curve.couplings.allSatisfy { $0 < 0.1 })
    }
    // g_ae = 3.886e-10 over 2 m_e; g_aNN of NASDUCK as it stands in the file's second row.
    let electron = try #require(papers.first { $0.fermion == "electron" })
    #expect(abs(electron.curve.couplings[0] / (3.885861218063914e-10 / 1.0219979e-3) - 1) < 1e-6)
    let neutron = try #require(papers.first { $0.name == "NASDUCK" })
    #expect(neutron.curve.masses[0] == 3.966117806392933e-15 && neutron.curve.couplings[0] == 0.00007270037016589314)
    // The paper's own curve: its points in the middle lie about its formula with A95 = 1.5e-17 and F = 3 (clock.md 6).
    let clocks = ClockCoupling.allCases.flatMap { PublishedLimit.all(on: $0) }
    for paper in clocks {
      let file = try String(contentsOf: root.appending(path: "data/limits/\(paper.file)"), encoding: .utf8)
      #expect(paper.text == file && paper.curve.masses.count >= 16, "\(paper.file)")
    }
    let ytterbium = try #require(PublishedLimit.all(on: .axionOfPaper).first).curve
    let place = try #require(ytterbium.masses.firstIndex { $0 > 1e-19 })
    #expect(abs(ytterbium.couplings[place] / (5.789778554e-14 * ytterbium.masses[place] / 1e-19) - 1) < 0.5)
    for constant in CouplingConstant.allCases where constant != .axionGradient {
      #expect(PublishedLimit.all(on: constant).isEmpty)
    }
  }
}

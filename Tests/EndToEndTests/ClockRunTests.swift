import Archive
import Foundation
import Inference
import Testing

/// A run of a topology with clocks: what is stored in its archive, and the archive.
private func run(
  _ topology: String, _ folder: TemporaryFolder, _ more: [String] = []
) throws -> (analysis: ClockAnalysis, archive: ArchiveReader) {
  let result = try GnomonProcess.run(
    ["up", "topologies/\(topology).yaml", "--output", folder.path + "/run", "--quiet"] + more)
  try #require(result.status == 0, "\(result.errors)")
  #expect(result.output.contains("0 lost"))
  let archive = try ArchiveReader(opening: folder.path + "/run/archive.h5")
  let stored = try #require(try archive.analysis(named: ArchiveAnalysis.storedClocksName))
  let checksums = try #require(try archive.checksums())
  #expect(stored.productsChecksum == checksums.samples)
  return (try JSONDecoder().decode(ClockAnalysis.self, from: Data(stored.result.utf8)), archive)
}

@Suite("Clocks, from the topology to the answer", .serialized)
struct ClockRunTests {
  @Test("An oscillation of the charge radius is found in a clock with gaps, at its frequency and amplitude")
  func found() throws {
    let folder = try TemporaryFolder()
    let (analysis, archive) = try run("clock-yb", folder)
    let search = try #require(analysis.searches.first)
    let peak = search.peak
    #expect(search.isDetection && peak.falseAlarmProbability < 1e-30)
    // The topology's: K times the modulation, at 0.3 mHz.
    #expect(abs(peak.frequency - 3e-4) < 4 * peak.frequencyUncertainty)
    #expect(peak.frequencyUncertainty < 0.1 / (30 * 86_400))
    #expect(abs(peak.amplitude - 0.0023625830888213 * 1e-13) < 4 * peak.amplitudeUncertainty)
    // sigma_A = sigma_1 sqrt(2/live time) far above 1/T (physics page clock, section 5).
    let expected = 1e-14 * (2 / search.liveTime).squareRoot()
    #expect(abs(peak.amplitudeUncertainty / expected - 1) < 0.03)

    // Two days of maintenance, and outages: missing, not zero, and not counted as read.
    let samples = try archive.samples(stream: 0, channel: 0, 0..<25_920)
    #expect(samples[8640..<10_368].allSatisfy { $0.isNaN })
    #expect(!samples.contains(0))
    #expect(search.readings == samples.count { !$0.isNaN })
    #expect(search.readings < 25_920 - 1728)

    let report = try String(contentsOfFile: folder.path + "/run/report.html", encoding: .utf8)
    #expect(report.contains("Clock yb-ptb: an oscillation is found"))
    let figure = try String(
      contentsOfFile: folder.path + "/run/figures/clock-spectrum-yb-ptb.svg", encoding: .utf8)
    #expect(figure.contains("threshold") && figure.contains("injected"))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/run/figures/clock-stability.svg"))
  }

  @Test("Noise alone stays below the threshold, its limit and Allan deviation are those of white noise")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let (analysis, _) = try run("clock-yb", folder, ["--set", "signals[0].enabled=false"])
    let search = try #require(analysis.searches.first)
    // Seed 1; a false alarm has a probability of 5 %.
    #expect(!search.isDetection)
    // The typical limit: that of the median amplitude 1.1774 sigma_A, in the table of section 5.1 (bayes), above the
    // averaging's share of it below 5 mHz.
    let typical = 3.086659528 * 1e-14 * (2 / search.liveTime).squareRoot()
    #expect(search.medianUpperLimit > 0.95 * typical && search.medianUpperLimit < 1.3 * typical)
    for deviation in try #require(analysis.stabilities.first).deviations.prefix(4) {
      let white = 1e-14 / deviation.averagingTime.squareRoot()
      let error = white / (2 * deviation.degreesOfFreedom).squareRoot()
      #expect(abs(deviation.deviation - white) < 4 * error, "\(deviation.averagingTime) s")
    }
  }

  @Test("Two clocks of different noise see one stochastic field and agree about it")
  func together() throws {
    let folder = try TemporaryFolder()
    let (analysis, archive) = try run("clock-network", folder)
    #expect(analysis.searches.map(\.clocks) == [["braunschweig"], ["boulder"], ["braunschweig", "boulder"]])
    let (first, both) = (analysis.searches[0], analysis.searches[2])
    #expect(both.isDetection)
    // 1e-18 eV (table of section 2.3).
    #expect(abs(both.peak.frequency - 0.00024179892421) < 4 * both.peak.frequencyUncertainty)
    #expect(both.peak.power > first.peak.power)
    // Two degrees of freedom: exceeded with a probability of 5e-5.
    #expect(both.peak.inconsistency < 20)
    #expect(try archive.injections().map(\.model) == ["scalar"])
  }

  @Test("Clocks that measure nothing, and fields that no clock sees, are refused with a remedy")
  func refused() throws {
    for (setting, reason) in [
      ("nodes.yb-ptb.unit=T", "write `unit: dimensionless`"),
      ("nodes.yb-ptb.sensitivity.charge-radius=0", "does not depend on any constant"),
      ("signals[0].radius-modulation=0", "its amplitude is zero in every clock"),
    ] {
      let result = try GnomonProcess.run(["topology", "check", "topologies/clock-yb.yaml", "--set", setting])
      #expect(result.status == 1)
      #expect((result.output + result.errors).contains(reason), "\(result.output)\(result.errors)")
    }
  }
}

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

@Suite("Clocks, from the topology to the answer", .serialized, .timeLimit(.minutes(5)))
struct ClockRunTests {
  /// Two months at 100 s instead of 26 at 10 s.
  private let short = [
    "--set", "duration=60 d", "--set", "nodes.yb-ptb.rate=0.01 Hz", "--set", "nodes.yb-ptb.block-samples=1024",
  ]

  @Test("An oscillation of the charge radius is found in a clock with gaps, at its frequency and amplitude")
  func found() throws {
    let folder = try TemporaryFolder()
    let (analysis, archive) = try run("clock-yb", folder, short + ["--set", "signals.radius.couplings.gluons=0.05"])
    let search = try #require(analysis.searches.first)
    let peak = search.peak
    #expect(search.isDetection && peak.falseAlarmProbability < 1e-30)
    // 1e-19 eV and d_g = 0.05: the table of section 2.3, and the reference of section 2.1 scaled with d_g/m.
    #expect(abs(peak.frequency - 2.4179892421e-5) < 4 * peak.frequencyUncertainty)
    #expect(peak.frequencyUncertainty < 0.1 / (60 * 86_400))
    #expect(abs(peak.amplitude - 50 * 1.8983585188e-17) < 4 * peak.amplitudeUncertainty)
    // sigma_A = sigma_1 sqrt(2/live time) far above 1/T (physics page clock, section 5).
    let expected = 1e-14 * (2 / search.liveTime).squareRoot()
    // The gaps leave cosine and sine different by some parts in a thousand.
    #expect(abs(peak.amplitudeUncertainty / expected - 1) < 0.01)

    // Dead days and outages: missing, not zero, and not counted as read.
    let samples = try archive.samples(stream: 0, channel: 0, 0..<51_840)
    let dead = (0..<60).count { day in samples[day * 864..<(day + 1) * 864].allSatisfy { $0.isNaN } }
    #expect(dead > 10 && dead < 60)
    #expect(!samples.contains(0))
    #expect(search.readings == samples.count { !$0.isNaN })
    #expect(search.readings < (60 - dead) * 864)

    let report = try String(contentsOfFile: folder.path + "/run/report.html", encoding: .utf8)
    #expect(report.contains("Clock yb-ptb: an oscillation is found") && report.contains("Allan deviations of yb-ptb"))
    for figure in [
      "clock-spectrum", "clock-stability", "limit-clock-d_g", "limit-clock-inverse-f_a",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/run/figures/\(figure).svg"), "\(figure)")
    }

    // The limits again, stated otherwise, as text.
    let again = try GnomonProcess.run([
      "analyze", folder.path + "/run/archive.h5", "--no-store", "--quiet", "--limits", folder.path + "/limits",
      "--stochastic-factor", "none", "--amplitude-limit", "cls",
    ])
    try #require(again.status == 0, "\(again.errors)")
    for (word, paper) in [
      ("d_g", 0.003160625319 / 3), ("d_mhat", 0.0102255525 / 3), ("inverse-f_a-paper", 5.789778554e-14 / 3),
    ] {
      let name = "clock-yb-ptb-\(word).txt"
      let text = try String(contentsOfFile: folder.path + "/limits/\(name)", encoding: .utf8)
      let curve = try LimitCurve(parsing: text, name: name)
      let place = try #require(curve.masses.firstIndex { $0 > 5e-19 })
      // The reference limits of section 6 for A95 = 2e-17 at 1e-19 eV, taken to the limit on the amplitude that is stated here.
      let stretch = try #require(search.spectrum.first { $0.frequency > curve.masses[place] * 0.98 * 2.418e14 })
      let typical = stretch.upperLimit / 2e-17
      let scale = word == "inverse-f_a-paper" ? typical.squareRoot() : typical
      #expect(abs(curve.couplings[place] / (paper * curve.masses[place] / 1e-19 * scale) - 1) < 0.3, "\(word)")
      #expect(text.contains("# stochastic factor F on the coupling: 1.0\n") && text.contains(", cls;"))
    }
  }

  @Test(
    "A field that loses its coherence many times in a run is found in segments, its limit holds, and without it nothing is"
  )
  func segments() throws {
    let folder = try TemporaryFolder()
    // A halo ten times as fast, so that a run of six hours is eight coherence times of a line at 4 Hz: tau_c = 1e4/f.
    let fast = [
      "--set", "duration=20000 s", "--set", "nodes.yb-ptb.rate=10 Hz", "--set", "nodes.yb-ptb.gaps.live-days=0.8",
      "--set", "signals.radius.rest-frequency=4 Hz", "--set", "signals.radius.stochastic=true",
      "--set", "signals.radius.virial-speed=2200 km/s",
    ]
    let coupling = 2e4
    for isThere in [true, false] {
      let name = isThere ? "run" : "quiet"
      let up = try GnomonProcess.run(
        ["up", "topologies/clock-yb.yaml", "--output", folder.path + "/" + name, "--quiet"] + fast
          + ["--set", isThere ? "signals.radius.couplings.gluons=\(coupling)" : "signals.radius.enabled=false"])
      try #require(up.status == 0, "\(up.errors)")
      let result = try GnomonProcess.run([
        "analyze", folder.path + "/\(name)/archive.h5", "--no-store", "--quiet", "--coherence-speed", "0.01",
        "--format", "json", "--limits", folder.path + "/limits-\(name)",
      ])
      try #require(result.status == 0, "\(result.errors)")
      let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let searches = ((json["clocks"] as? [String: Any])?["analysis"] as? [String: Any])?["searches"] as? [Any]
      let search = try JSONDecoder().decode(
        ClockSearchResult.self, from: JSONSerialization.data(withJSONObject: try #require(searches?.first)))
      // Noise alone: seed 1.
      #expect(isThere ? search.isDetection : search.peak.falseAlarmProbability > 0.001)
      let first = try #require(search.segmentedBands.first)
      #expect(first.segments == 2 && abs(first.lowestFrequency - 0.5) < 0.001)
      let text = try String(contentsOfFile: folder.path + "/limits-\(name)/clock-yb-ptb-d_g.txt", encoding: .utf8)
      #expect(text.contains("# search: coherent below") && text.contains("in the limit, F = 1\n"))
      guard isThere else { continue }
      #expect(search.peak.segments >= 8 && search.peak.falseAlarmProbability < 1e-6)
      // The waves are above their rest mass by half of three squared speeds: 4e-5, and their spread is 3e-5.
      #expect(abs(search.peak.frequency / 4 - 1.00004) < 1e-4)
      // At 1e-22 eV and d_g = 1e-4 the page's equation (10) has 1.898e-15, and the amplitude goes as d_g/m.
      let truth = 1.8983585188e-17 * (coupling / 1e-4) * 1e-20 / (4 / 2.417989242e14)
      #expect(abs(search.peak.amplitude / truth - 1) < 4 * search.peak.amplitudeUncertainty / truth)
      let curve = try LimitCurve(parsing: text, name: "d_g")
      let near = zip(curve.masses, curve.couplings).min {
        abs($0.0 * 2.417989242e14 - 4) < abs($1.0 * 2.417989242e14 - 4)
      }
      // The field is seen, and its limit is above it but of its size.
      #expect(try #require(near).1 > coupling && (try #require(near).1) < 3 * coupling)
    }
  }

  @Test("Noise alone stays below the threshold, its limit and Allan deviation are those of white noise")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let (analysis, _) = try run("clock-yb", folder, short + ["--set", "signals[0].enabled=false"])
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

    // What was forecast: the limits of this run at its many frequencies are so many draws.
    let quiet = ["forecast", "topologies/clock-yb.yaml", "--set", "signals[0].enabled=false"] + short
    let planned = try GnomonProcess.run(quiet + ["--format", "json"])
    try #require(planned.status == 0, "\(planned.errors)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(planned.output.utf8)) as? [String: Any])
    let searches = try #require((json["clocks"] as? [String: Any])?["searches"] as? [Any])
    let forecast = try JSONDecoder().decode(
      ClockForecast.self, from: JSONSerialization.data(withJSONObject: try #require(searches.first)))
    #expect(abs(forecast.liveTime / search.liveTime - 1) < 1e-9)
    for coupling in [ClockCoupling.gluons, .axion] {
      let found = try #require(search.limits.first { $0.coupling == coupling })
      let expected = try #require(forecast.limits.first { $0.coupling == coupling })
      // From 30/T on: stretches of many frequencies.
      let least = expected.masses[0] * 600
      let ratios = zip(found.masses, found.medians).filter { $0.0 > least }.compactMap { mass, value in
        expected.masses.firstIndex { $0 >= mass }.map { value / expected.medians[$0] * expected.masses[$0] / mass }
      }
      let mean = ratios.reduce(0, +) / Double(ratios.count)
      #expect(ratios.count > 100 && abs(mean - 1) < 0.03, "\(coupling): \(mean)")
    }
  }

  @Test(
    "Clocks and magnetometers in one archive: each kind in its band, the clocks searched together, and the replay is the same"
  )
  func mixed() throws {
    let folder = try TemporaryFolder()
    let (analysis, archive) = try run(
      "clock-network", folder,
      [
        "--set", "duration=2 d",
        // The search for the line in the magnetometers costs more than all of the rest.
        "--set", "bands.field.analysis=none", "--set", "signals.axion.enabled=false",
      ])
    let names = ["braunschweig", "paris", "boulder", "tsukuba"]
    #expect(analysis.unsearched.isEmpty && analysis.searches.prefix(4).map(\.clocks) == names.map { [$0] })
    let common = try #require(
      analysis.searches.first { $0.limits.first?.coupling == .fineStructure && $0.clocks == names })
    #expect(common.isDetection)
    // 1e-18 eV (table of section 2.3).
    #expect(abs(common.peak.frequency - 0.00024179892421) < 4 * common.peak.frequencyUncertainty)
    // Six degrees of freedom: exceeded with a probability of 4e-5.
    #expect(common.peak.inconsistency < 30)
    // d_g leaves the cavity out.
    #expect(
      analysis.searches.contains {
        $0.limits.first?.coupling == .gluons && $0.clocks == ["braunschweig", "paris", "tsukuba"]
      })

    // Magnetometers in one band, clocks in the other.
    let (fields, pairs) = (try archive.products(band: 0), try archive.products(band: 1))
    #expect(
      fields.count == 288
        && fields.allSatisfy { $0.present == [false, false, false, false] + [Bool](repeating: true, count: 6) })
    #expect(!pairs.isEmpty && pairs.allSatisfy { $0.present.suffix(6).allSatisfy { !$0 } })
    #expect(pairs.contains { $0.present.prefix(4) == [true, true, true, true] })
    // The matrices of clocks: white noise of 2 sigma_1^2 in 1/Hz, far above the signal's frequency.
    let full = pairs.filter { $0.present[1] }
    let bin = archive.bands[1].binCount - 3
    let power =
      full.reduce(0) { $0 + $1.values[2 * (bin * 100 + 11)] * Double($1.segments) }
      / Double(full.reduce(0) { $0 + $1.segments })
    #expect(abs(power / (2 * 5e-14 * 5e-14) - 1) < 0.6)
    let report = try String(contentsOfFile: folder.path + "/run/report.html", encoding: .utf8)
    let together = "Clocks braunschweig, paris, boulder, tsukuba (<i>d</i><sub>e</sub>): an oscillation is found"
    #expect(report.contains(together))
    // The same matrices, pair by pair: that of the two clocks which follow it best.
    #expect(report.contains("Coherence of clock pairs, band pairs"))
    let coherences = try #require(try archive.analysis(band: 1, named: ArchiveAnalysis.storedPairsName))
    let correlations = try JSONDecoder().decode(ClockBandCorrelations.self, from: Data(coherences.result.utf8))
    #expect(correlations.pairs.count == 6 && correlations.frequencies.count == archive.bands[1].binCount)
    #expect(correlations.sharingNoise.isEmpty)

    let replay = try GnomonProcess.run(["replay", folder.path + "/run/archive.h5", "--check", "--quiet"])
    #expect(replay.status == 0, "\(replay.output)\(replay.errors)")
  }

  @Test("Clocks that measure nothing, and fields that no clock sees, are refused with a remedy")
  func refused() throws {
    for (setting, reason) in [
      ("nodes.yb-ptb.unit=T", "write `unit: dimensionless`"),
      ("nodes.yb-ptb.sensitivity.charge-radius=0", "does not depend on any constant"),
      ("nodes.yb-ptb.white-frequency-noise=0", "a clock without noise"),
      ("signals[0].couplings.gluons=0", "its amplitude is zero in every clock"),
    ] {
      let result = try GnomonProcess.run(["topology", "check", "topologies/clock-yb.yaml", "--set", setting])
      #expect(result.status == 1)
      #expect((result.output + result.errors).contains(reason), "\(result.output)\(result.errors)")
    }
  }
}

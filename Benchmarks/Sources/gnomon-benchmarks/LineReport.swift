import Dashboard
import Foundation
import Inference
import Numerics

/// The benchmarks of the search for narrow lines as the command line runs them.
enum LineBenchmarks {
  /// Prints a table of estimates; into a folder go all probabilities and their p-p plots.
  static func calibration(experiments: Int, ratios: [Double], seed: UInt64, results: String?) throws {
    var regimes: [LineCalibration.Regime] = []
    say(
      "coupling  T/tau_c  modes  max over f  power (mean)       var/Fisher     known f  expected  pull amplitude   pull frequency   68/90/95 %"
    )
    for (coupling, name) in [
      (LineHypothesis.standardHalo[1].coupling, "EDM"), (LineHypothesis.standardHalo[0].coupling, "axion"),
    ] {
      for times in ratios {
        let regime = try LineCalibration.regime(
          coupling, name: name, coherenceTimes: times, experiments: experiments,
          // Regimes that share their random numbers deviate together.
          key: Philox.derive(seed, tag: 0x4C49_4E45, a: Int64(regimes.count), b: 0))
        regimes.append(regime)
        say(
          name.padding(toLength: 9, withPad: " ", startingAt: 0)
            + String(
              format:
                "%8.1f %6.1f  %10.3f  %6.3f +- %5.3f  %5.2f +- %4.2f  %8.3f  %8.3f  %6.2f +- %5.2f  %6.2f +- %5.2f   %.3f %.3f %.3f",
              times, regime.modes, regime.maximumRatio, regime.powerRatio, regime.powerRatioError,
              regime.varianceRatio, regime.varianceRatioError, regime.knownFrequencyRatio, regime.expectedRatio,
              regime.amplitudePull[0], regime.amplitudePull[1], regime.frequencyPull[0],
              regime.frequencyPull[1], regime.coverage[0], regime.coverage[1], regime.coverage[2]))
      }
    }
    guard let results else { return }
    let panels = regimes.map { regime in
      ProbabilityFigure.panel(
        RichText(markup: "\(regime.coupling), T/τ_c = \(regime.coherenceTimes)"),
        [("strength", regime.amplitudeRanks), ("frequency", regime.frequencyRanks)])
    }
    try StudyFiles.write(
      regimes, figure: ProbabilityFigure.drawing(panels), name: "line-calibration", folder: results)
  }

  /// Prints the shares of loud scans of noise; into a folder go all probabilities and their p-p plots.
  ///
  /// - Parameter cases: names of the kinds of scans; empty for all.
  static func falseAlarms(scans: Int, cases: [String], results: String?) throws {
    let one = Array(LineHypothesis.standardHalo[1...1])
    let alarms = try [
      ("one template", one, 59, 10.0, 1.0), ("three", LineHypothesis.standardHalo, 59, 10, 1),
      ("one template in one bin", one, 59, 10, 1e-3), ("three in one bin", LineHypothesis.standardHalo, 59, 10, 1e-3),
      // Two pieces of a run shorter than the coherence time.
      ("one in one bin of ten days", one, 2879, 0.5, 1e-3),
    ]
    .filter { cases.isEmpty || cases.contains($0.0) }
    .map { name, templates, segments, center, halfWidth in
      let alarm = try LineCalibration.falseAlarms(
        scans: scans, templates: templates, segments: segments, center: center, halfWidth: halfWidth)
      let shares = alarm.shares.map { String(format: "p < %g: ", $0.stated) + $0.text }
      say("false alarms of \(scans) scans, \(name): " + shares.joined(separator: ", "))
      return (name: name, alarm: alarm)
    }
    guard let results else { return }
    let panel = ProbabilityFigure.panel(
      "global p of the loudest candidate in noise", alarms.map { ($0.name, $0.alarm.probabilities) })
    try StudyFiles.write(
      alarms.map(\.alarm), figure: ProbabilityFigure.drawing([panel]), name: "line-false-alarms", folder: results)
  }

  /// Prints at once: a regime takes minutes, and its row should not wait in a buffer for the others.
  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}

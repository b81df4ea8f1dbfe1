import Foundation
import Inference

/// The benchmarks of the search for narrow lines as the command line runs them.
enum LineBenchmarks {
  /// What `line-calibration` writes for p-p plots.
  private struct Document: Codable {
    var regimes: [LineCalibration.Regime]
    var falseAlarms: [LineCalibration.FalseAlarms]
  }

  /// Prints a table and writes JSON with all probabilities.
  static func calibration(experiments: Int, output: String) throws {
    var regimes: [LineCalibration.Regime] = []
    say(
      "coupling  T/tau_c  modes  max over f  power (mean)       var/Fisher  pull amplitude   pull frequency   68/90/95 %"
    )
    for (coupling, name) in [
      (LineHypothesis.standardHalo[1].coupling, "EDM"), (LineHypothesis.standardHalo[0].coupling, "axion"),
    ] {
      for times in [0.3, 3, 30] {
        let regime = try LineCalibration.regime(
          coupling, name: name, coherenceTimes: times, experiments: experiments)
        regimes.append(regime)
        say(
          name.padding(toLength: 9, withPad: " ", startingAt: 0)
            + String(
              format: "%8.1f %6.1f  %10.3f  %6.3f +- %5.3f    %10.2f  %6.2f +- %5.2f  %6.2f +- %5.2f   %.3f %.3f %.3f",
              times, regime.modes, regime.maximumRatio, regime.powerRatio, regime.powerRatioError,
              regime.varianceRatio, regime.amplitudePull[0], regime.amplitudePull[1], regime.frequencyPull[0],
              regime.frequencyPull[1], regime.coverage[0], regime.coverage[1], regime.coverage[2]))
      }
    }
    let alarms = try [Array(LineHypothesis.standardHalo[1...1]), LineHypothesis.standardHalo].map {
      try LineCalibration.falseAlarms(scans: experiments, templates: $0)
    }
    for (alarm, name) in zip(alarms, ["one template", "three templates"]) {
      let shares = zip(alarm.levels, alarm.shares).map { String(format: "%.3f at %g", $1, $0) }
      say("false alarms of \(alarm.scans) scans, \(name): " + shares.joined(separator: ", "))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(Document(regimes: regimes, falseAlarms: alarms)).write(to: URL(fileURLWithPath: output))
    say("wrote \(output)")
  }

  /// Prints at once: a regime takes minutes, and its row should not wait in a buffer for the others.
  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}

import ArgumentParser
import Foundation

/// Many simulated searches of clock data: false alarms, bias and coverage with their statistical errors.
struct ClockCalibrationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock-calibration",
    abstract: "Simulates clock searches and prints rates of false alarms, biases and coverages.")

  @Option(help: "Runs of each case.")
  var runs = 1000

  func run() throws {
    let noise = try ClockBenchmark.calibrate(runs: runs, cycles: 0, strength: 0)
    for (level, count) in [(0.05, noise.falseAlarms5), (0.01, noise.falseAlarms1)] {
      let error = (level * (1 - level) / Double(runs)).squareRoot()
      print(String(format: "false alarms at %.2f: %.4f +- %.4f", level, Double(count) / Double(runs), error))
    }
    let mean = noise.powers.reduce(0, +) / Double(noise.powers.count)
    let above = noise.powers.filter { $0 > 2.9957 }.count
    print(String(format: "mean power %.4f, share above 2.9957: %.4f", mean, Double(above) / Double(noise.powers.count)))
    print(
      "cycles  strength  bias of cosine  of sine  (+- \(String(format: "%.3f", 1 / Double(runs).squareRoot())))  coverage"
    )
    for cycles in [0.25, 0.6, 31.4, 203.7] {
      for strength in [1.0, 2, 3, 5] {
        let result = try ClockBenchmark.calibrate(runs: runs, cycles: cycles, strength: strength)
        print(
          String(
            format: "%6.2f  %8.0f  %14.3f  %7.3f  %21.4f", cycles, strength,
            result.cosines.reduce(0, +) / Double(runs), result.sines.reduce(0, +) / Double(runs),
            Double(result.covered) / Double(runs)))
      }
    }
  }
}

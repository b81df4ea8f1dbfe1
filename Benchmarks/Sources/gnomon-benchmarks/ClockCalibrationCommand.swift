import ArgumentParser
import Foundation

/// Many simulated searches of clock data: false alarms, bias and coverage with their statistical errors.
struct ClockCalibrationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock-calibration",
    abstract: "Simulates clock searches and prints rates of false alarms, biases and coverages.")

  @Option(help: "Runs of each case.")
  var runs = 1000

  @Flag(help: "Only the searches in segments, of runs that outlast the coherence time.")
  var segments = false

  @Option(help: "Folder for the JSON and the plots.")
  var results: String?

  func run() throws {
    if segments {
      let study = try SegmentedCalibration(runs: runs) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
      print(study.text)
      if let results {
        try StudyFiles.write(
          study, figure: ProbabilityFigure.drawing([study.panel]), name: "clock-calibration-segments", folder: results)
      }
      return
    }
    let study = try ClockCalibration(runs: runs) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    print(study.text)
    if let results {
      try StudyFiles.write(study, figure: study.figure, name: "clock-calibration", folder: results)
    }
  }
}

import Correlator
import Foundation
import Inference

extension ArchiveReader {
  /// Makes the null tests of every line that a search found.
  ///
  /// - Parameters:
  ///   - analysis: its bands with lines take the tests.
  ///   - options: how many draws and trials.
  ///   - progress: called with a line of text for each found line.
  /// - Throws: `ArchiveError`, `InferenceError` or `LinearAlgebraError`.
  func checkLines(
    _ analysis: inout ArchiveAnalysis, options: LineNullTestOptions, progress: (String) -> Void
  ) throws {
    let names = streams.map(\.name)
    for index in analysis.lines.indices {
      let band = analysis.lines[index]
      guard let plan = bands.first(where: { $0.name == band.name }), let detection = band.search.detection else {
        continue
      }
      let found = band.search.candidates.filter { $0.logGlobalProbability < log(band.search.globalThreshold) }
      var tests: [LineNullTests] = []
      for (number, line) in found.enumerated() {
        // The loudest was compared with all hypotheses, a cold stream among them.
        let best = number == 0 ? detection.comparison?.fits.first : nil
        let frequency = best?.restFrequency ?? line.restFrequency
        guard
          let observation = try observation(
            closestTo: frequency, plan: plan, segmentLength: band.search.segmentLength)
        else { continue }
        progress("null tests of the line at \(frequency) Hz in band \(band.name)")
        tests.append(
          try testLine(
            best?.template ?? line.template, restFrequency: frequency, in: observation, stationNames: names,
            options: options))
      }
      analysis.lines[index].nullTests = tests
    }
  }
}

import Correlator
import DarkMatter
import Inference

extension ArchiveReader {
  /// Looks for lines between the first and the last bin of a band.
  ///
  /// - Parameter progress: called with a line of text now and then.
  /// - Throws: `ArchiveError` or `InferenceError`.
  func searchForLines(
    band: Int, options: LineAnalysisOptions, progress: (String) -> Void
  ) throws -> ArchiveAnalysis.LineBand {
    let plan = bands[band]
    let (lowest, highest) = (plan.frequency(0), plan.frequency(plan.binCount - 1))
    progress("reading band \(plan.name): \(lowest) to \(highest) Hz")
    let observations = try lineObservations(from: lowest, to: highest)
    guard let first = observations.first else { throw InferenceError.noBins }
    progress(
      "searching band \(plan.name): \(observations.count) half bins, \(first.times.count) segments of "
        + "\(first.segmentLength) s, \(options.templates.count) hypotheses")
    var announced = 0
    let search = try LineAnalysis(observations, options: options) { done in
      let tenth = 10 * done / observations.count
      guard tenth > announced else { return }
      announced = tenth
      progress("searching band \(plan.name): \(10 * tenth) %")
    }
    return ArchiveAnalysis.LineBand(name: plan.name, search: search, injected: try injectedLines())
  }

  /// The lines that the archive records as injected.
  private func injectedLines() throws -> [DarkMatterLine] {
    try injections().filter { $0.model == "line" }.compactMap { try? decode(DarkMatterLine.self, from: $0.parameters) }
  }
}

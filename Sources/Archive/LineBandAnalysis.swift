import Correlator
import DarkMatter
import Foundation
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
    let reader = try LineReader(self, plan: plan, from: lowest, to: highest, workers: options.workers)
    progress(
      "searching band \(plan.name), \(lowest) to \(highest) Hz: \(reader.summary), \(options.templates.count) hypotheses"
    )
    guard reader.blockCount > 0 else { throw InferenceError.noBins }
    let start = ContinuousClock.now
    var announced = start
    let search = try LineAnalysis(
      blockCount: reader.blockCount, options: options,
      progress: { share in
        let now = ContinuousClock.now
        guard share > 0, now - announced > .seconds(2) else { return }
        announced = now
        let left = (now - start) / .seconds(1) * (1 - share) / share
        progress("searching band \(plan.name): \(Int(100 * share)) %, \(Int(left.rounded(.up))) s left")
      }, block: reader.block)
    return ArchiveAnalysis.LineBand(name: plan.name, search: search, injected: try injectedLines())
  }

  /// The lines that the archive records as injected.
  private func injectedLines() throws -> [DarkMatterLine] {
    try injections().filter { $0.model == "line" }.compactMap { try? decode(DarkMatterLine.self, from: $0.parameters) }
  }
}

import Numerics

/// The results of independent simulated experiments, made by two threads.
///
/// - Parameters:
///   - count: of experiments.
///   - body: makes one from its number.
/// - Throws: what `body` throws first.
func concurrentRuns<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
  var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
  results.withUnsafeMutableBufferPointer { results in
    nonisolated(unsafe) let results = results
    forEachPiece(count, workers: 2) { _, run in
      results[run] = Swift.Result { try body(run) }
    }
  }
  return try results.compactMap { try $0?.get() }
}

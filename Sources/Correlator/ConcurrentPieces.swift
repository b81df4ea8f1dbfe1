import Dispatch
import Synchronization

/// Runs `body(worker, piece)` once for every piece 0 ..< count on up to `workers` threads; a worker that is done takes the
/// next piece. Returns when all are done. Which worker takes which piece must not matter to the result.
func forEachPiece(_ count: Int, workers: Int, _ body: (_ worker: Int, _ piece: Int) -> Void) {
  let threads = min(workers, count)
  guard threads > 1 else {
    for piece in 0..<count { body(0, piece) }
    return
  }
  let next = Atomic(0)
  withoutActuallyEscaping(body) { body in
    // The workers share what the body captures; it keeps their pieces apart.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        body(worker, piece)
      }
    }
  }
}

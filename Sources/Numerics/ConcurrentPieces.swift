import Dispatch
import Synchronization

/// Runs `body(worker, piece)` once for every piece on several threads, and returns when all are done.
///
/// A worker that is done takes the next piece; which worker takes which piece must not matter to the result.
///
/// - Parameters:
///   - count: pieces are 0 ..< count.
///   - workers: the most threads to use; `worker` is below it.
public func forEachPiece(_ count: Int, workers: Int, _ body: (_ worker: Int, _ piece: Int) -> Void) {
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

import Foundation

/// A named operating-system thread with a result to wait for.
public final class Worker: @unchecked Sendable {
  // `result` is written once by the thread before it signals and read only after the signal.
  private let finished = DispatchSemaphore(value: 0)
  private var result: Result<Void, any Error> = .success(())

  /// Starts the thread.
  /// - Parameters:
  ///   - name: as debuggers and `top -H` show it.
  ///   - body: runs on the thread; what it throws is rethrown by ``join()``.
  ///   - onFailure: runs on the thread with what the body threw.
  public init(
    _ name: String, _ body: @escaping @Sendable () throws -> Void,
    onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
  ) {
    let thread = Thread { [self] in
      result = Result(catching: body)
      if case .failure(let error) = result { onFailure(error) }
      finished.signal()
    }
    thread.name = name
    thread.stackSize = 1 << 20
    thread.start()
  }

  /// Waits for the thread's end; at most one caller.
  /// - Throws: what the body threw.
  public func join() throws {
    finished.wait()
    finished.signal()
    try result.get()
  }
}

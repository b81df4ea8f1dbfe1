import Foundation

/// Watches for the ways in which a process is asked to end: SIGINT, SIGTERM, and the end of a supervisor's pipe.
public final class Termination {
  private let sources: [any DispatchSourceSignal]

  /// - Parameters:
  ///   - supervised: whether the end of standard input means that the supervisor has died.
  ///   - handler: called with the reason at every such event, on a queue of its own.
  public init(supervised: Bool = false, handler: @escaping @Sendable (String) -> Void) {
    let queue = DispatchQueue(label: "termination")
    sources = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")].map { number, name in
      // The default action would end the process before the source is told.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(name) }
      source.resume()
      return source
    }
    // A peer that vanishes is an error of the write, not a reason to die.
    signal(SIGPIPE, SIG_IGN)
    if supervised {
      _ = Worker("supervisor") {
        readToEnd(of: STDIN_FILENO) { _ in }
        handler("the process that started this one has ended")
      }
    }
  }
}

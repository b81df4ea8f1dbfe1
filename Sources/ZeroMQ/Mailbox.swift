import Synchronization

/// Letters from any thread to the one thread that waits on a socket.
public final class Mailbox<Letter: Sendable>: Sendable {
  /// Rung at every ``post(_:)``: hand it to ``Socket/wait(for:milliseconds:)``.
  public let wakeup = Wakeup()
  private let letters = Mutex<[Letter]>([])

  public init() {}

  /// Leaves a letter and wakes the owner.
  public func post(_ letter: Letter) {
    letters.withLock { $0.append(letter) }
    wakeup.ring()
  }

  /// Takes all letters, in the order of their posting.
  public func take() -> [Letter] {
    letters.withLock { letters in
      defer { letters.removeAll(keepingCapacity: true) }
      return letters
    }
  }
}

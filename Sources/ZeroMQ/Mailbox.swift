import Synchronization

/// Letters from any thread to the one thread that waits on a socket.
public final class Mailbox<Letter: Sendable>: Sendable {
  /// Rung when the first letter since ``take()`` comes: hand it to ``Socket/wait(for:milliseconds:)``, and take all letters
  /// after every wait.
  public let wakeup = Wakeup()
  private let letters = Mutex<[Letter]>([])

  public init() {}

  /// Leaves a letter and wakes the owner.
  public func post(_ letter: Letter) {
    let isFirst = letters.withLock { letters in
      letters.append(letter)
      return letters.count == 1
    }
    // Who finds others there knows that they rang, and that their owner has yet to look.
    if isFirst { wakeup.ring() }
  }

  /// Takes all letters, in the order of their posting.
  public func take() -> [Letter] {
    letters.withLock { letters in
      defer { letters.removeAll(keepingCapacity: true) }
      return letters
    }
  }
}

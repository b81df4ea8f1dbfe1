import CZeroMQ
import Foundation

/// A bell that any thread may ring to wake the one thread that waits on a socket.
public final class Wakeup: Sendable {
  let descriptor: Int32

  public init() {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
  }

  deinit {
    close(descriptor)
  }

  /// Wakes the waiting thread, now or at its next wait.
  public func ring() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}

import Foundation

/// A first-in first-out queue between threads that makes the writer wait when it is full: nothing is ever dropped.
public final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  // All state is touched only with the condition locked.
  private let condition = NSCondition()
  private let capacity: Int
  private var elements: [Element] = []
  private var closed = false

  /// - Parameter capacity: elements that wait at most; positive.
  public init(capacity: Int) {
    precondition(capacity > 0, "a queue needs room")
    self.capacity = capacity
  }

  /// Appends, waiting for room.
  /// - Returns: false when the queue is closed and the element was not taken.
  @discardableResult
  public func push(_ element: Element) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while elements.count >= capacity && !closed { condition.wait() }
    guard !closed else { return false }
    elements.append(element)
    condition.broadcast()
    return true
  }

  /// Takes the first element, waiting for one.
  /// - Returns: nil when the queue is closed and empty.
  public func pop() -> Element? {
    condition.lock()
    defer { condition.unlock() }
    while elements.isEmpty && !closed { condition.wait() }
    guard !elements.isEmpty else { return nil }
    condition.broadcast()
    return elements.removeFirst()
  }

  /// Waits until there is an element to take, or the queue is closed.
  /// - Parameter seconds: at most so long.
  /// - Returns: false when the time is over and nothing came.
  public func waitForElement(atMost seconds: Double) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let end = Date(timeIntervalSinceNow: seconds)
    while elements.isEmpty && !closed {
      guard condition.wait(until: end) else { break }
    }
    return !elements.isEmpty || closed
  }

  /// Lets no more in; what waits can still be taken.
  public func close() {
    condition.lock()
    closed = true
    condition.broadcast()
    condition.unlock()
  }
}

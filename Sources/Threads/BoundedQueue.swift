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

  /// Appends elements, waiting for room for all at once; there must be so much.
  /// - Returns: false when the queue is closed and none was taken.
  @discardableResult
  public func push(contentsOf all: [Element]) -> Bool {
    precondition(all.count <= capacity, "what is pushed at once fits into the queue")
    condition.lock()
    defer { condition.unlock() }
    while elements.count > capacity - all.count && !closed { condition.wait() }
    guard !closed else { return false }
    elements.append(contentsOf: all)
    condition.broadcast()
    return true
  }

  /// Takes the first elements, waiting for one.
  /// - Parameter limit: elements that are taken at most; positive.
  /// - Returns: none when the queue is closed and empty.
  public func pop(atMost limit: Int) -> [Element] {
    precondition(limit > 0, "something is asked for")
    condition.lock()
    defer { condition.unlock() }
    while elements.isEmpty && !closed { condition.wait() }
    let first = Array(elements.prefix(limit))
    elements.removeFirst(first.count)
    condition.broadcast()
    return first
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
